"""Configuration of the app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PageConfig(AppConfig):
    """Name of the app."""

    name = "humanpose3d.django_app.page"
    label = "page"
    verbose_name = _("Trials")
    default_auto_field = "django.db.models.BigAutoField"
