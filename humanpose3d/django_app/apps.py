"""Configuration of the Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register

from humanpose3d.django_app.checks import check_models_are_there


class HumanPose3DConfig(AppConfig):
    """Name of the app, and registration of its check."""

    name = "humanpose3d.django_app"
    label = "humanpose3d"
    verbose_name = "HumanPose3D"

    def ready(self) -> None:
        """Register the check for ``manage.py check``."""
        register(check_models_are_there, "humanpose3d")
