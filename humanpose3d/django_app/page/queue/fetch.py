"""Fetch the models on request of the settings page."""

from __future__ import annotations

import time

from humanpose3d.django_app.page.models import Choices
from humanpose3d.model_assets import ModelAssetError, download_models

__all__ = ["fetch"]

_BETWEEN_NOTES_SECONDS = 0.5


def fetch() -> None:
    """Fetch what is missing, and note progress and end."""
    noted, arrived = 0.0, {}

    def show(model: str, done: int, size: int) -> None:
        nonlocal noted
        arrived[model] = (done, size)
        if time.monotonic() - noted > _BETWEEN_NOTES_SECONDS:
            noted = time.monotonic()
            so_far, in_all = (sum(each[i] for each in arrived.values()) / 2**20 for i in (0, 1))
            _note("running", f"{model}: {so_far:.0f} / {in_all:.0f} MB")

    _note("running", "")
    try:
        download_models(progress=show)
    except ModelAssetError as error:
        _note("failed", str(error))
    except BaseException:
        _note("idle", "")
        raise
    else:
        _note("idle", "")


def _note(state: str, text: str) -> None:
    choices = Choices.current()
    choices.fetch_state, choices.fetch_text = state, text
    choices.save()
