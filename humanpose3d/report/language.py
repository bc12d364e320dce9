"""The language of the pages: English, or one that has a catalogue of translations in the folder ``locale``."""

from pathlib import Path

__all__ = ["DEFAULT", "languages"]

DEFAULT = "en"
"""The language of all messages in the code."""

LOCALE = Path(__file__).with_name("locale")
_DOMAIN = "humanpose3d"


def languages() -> tuple[str, ...]:
    """Return the codes of the languages that pages can be written in, such as ``("de", "en")``."""
    found = {path.parents[1].name for path in LOCALE.glob(f"*/LC_MESSAGES/{_DOMAIN}.mo")}
    return tuple(sorted({DEFAULT, *found}))
