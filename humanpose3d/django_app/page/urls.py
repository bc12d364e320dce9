"""Addresses of the page. Trials, people and uploads have numbers; no name of a person is part of an address."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from humanpose3d.django_app.page.views import people, prepare, results, settings, trials, uploads

_PAGE = [
    path("", trials.trials, name="trials"),
    path("trials/<int:pk>/", trials.trial, name="trial"),
    path("trials/<int:pk>/progress", trials.progress, name="progress"),
    path("trials/<int:pk>/cancel", trials.cancel_trial, name="cancel"),
    path("trials/<int:pk>/retry", trials.retry, name="retry"),
    path("trials/<int:pk>/describe", trials.describe, name="describe"),
    path("trials/<int:pk>/delete", trials.delete, name="delete"),
    path("trials/<int:pk>/prepare", prepare.prepare, name="prepare"),
    path("trials/<int:pk>/picture", prepare.picture, name="picture"),
    path("trials/<int:pk>/video", prepare.video, name="video"),
    path("trials/<int:pk>/report", results.report, name="report"),
    path("trials/<int:pk>/zip", results.archive, name="zip"),
    path("trials/<int:pk>/files/<path:name>", results.file, name="file"),
    path("compare", results.compare, name="compare"),
    path("comparison", results.comparison, name="comparison"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/", people.person, name="person"),
    path("uploads/", uploads.upload_new, name="upload_new"),
    path("uploads/<uuid:pk>/", uploads.upload, name="upload"),
    path("uploads/<uuid:pk>/finish", uploads.upload_finish, name="upload_finish"),
    path("settings/", settings.settings, name="settings"),
    path("settings/models", settings.models_state, name="models_state"),
    path("settings/models/fetch", settings.models_fetch, name="models_fetch"),
    path("settings/models/verify", settings.models_verify, name="models_verify"),
    path("settings/offline", settings.offline, name="offline"),
    path("settings/adopt", settings.adopt_folder, name="adopt"),
    path("demo", prepare.demo, name="demo"),
]

urlpatterns = [
    path("", include((_PAGE, "page"))),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/login/", auth.LoginView.as_view(), name="login"),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
]
