"""Small networks, and what the originals made of recorded poses; the rendered people's true joints."""

from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "data"
SMALL_CHECKPOINTS = DATA / "checkpoints"
