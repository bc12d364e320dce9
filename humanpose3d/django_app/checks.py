"""System check that warns about missing models; it reads the disk only and never stops a project from starting."""

from __future__ import annotations

from django.core.checks import CheckMessage, Warning

from humanpose3d.model_assets import ModelAssetError, UserPaths, check_models
from humanpose3d.model_assets.settings import is_offline

MODELS_NOT_READY = "humanpose3d.W001"
UNUSABLE_SETTINGS = "humanpose3d.W002"

_FETCHED_HINT = (
    "The pipeline fetches them when it first needs them. To fetch them now: python manage.py download_models"
)
_OFFLINE_HINT = (
    "HUMANPOSE3D_OFFLINE is set, so they can't be fetched. Copy the files there, or use: humanpose3d models import FILE"
)


def check_models_are_there(**_options: object) -> list[CheckMessage]:
    """Return a warning if a model is missing or corrupt, or if it can't be known; otherwise nothing."""
    try:
        absent = [status for status in check_models() if not status.ready]
        hint = _OFFLINE_HINT if is_offline() else _FETCHED_HINT
    except (ModelAssetError, OSError) as error:
        return [Warning(f"HumanPose3D can't look for its models: {error}", id=UNUSABLE_SETTINGS)]
    if not absent:
        return []
    listed = ", ".join(f"{status.path.name} ({status.state})" for status in absent)
    message = f"HumanPose3D's models are not ready in {UserPaths.default().models}: {listed}."
    return [Warning(message, hint=hint, id=MODELS_NOT_READY)]
