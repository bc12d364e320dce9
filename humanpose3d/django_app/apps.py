"""The app as Django sees it."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register

from humanpose3d.django_app.checks import check_models_are_there


class HumanPose3DConfig(AppConfig):
    """Names the app, and registers its check."""

    name = "humanpose3d.django_app"
    label = "humanpose3d"
    verbose_name = "HumanPose3D"

    def ready(self) -> None:
        """Let ``manage.py check`` look for the models."""
        register(check_models_are_there, "humanpose3d")
