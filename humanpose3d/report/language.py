"""The language of the pages: English, or one that has a catalogue of translations in the folder ``locale``.

The code speaks English, and so do its data: reasons, warnings and verdicts are finished sentences, also those in
``run.json``. Only a page translates what it shows. Its own words are messages, given to :func:`message`. For a sentence
that reaches it finished, :func:`translated` looks for the template in the catalogue that fits, and translates what
fills it too.
"""

import gettext
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

__all__ = ["DEFAULT", "decimal_mark", "in_language", "language", "languages", "message", "plural", "translated"]

DEFAULT = "en"
"""The language of all messages in the code."""

LOCALE = Path(__file__).with_name("locale")
_DOMAIN = "humanpose3d"

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_NUMBER = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])")
_QUANTITY = re.compile(r"(?:[-−+]?\d[\d.]*|[ ±/°%]|\b(?:s|m|m/s|mm|ms|kg|Hz)\b)+")
_SEPARATORS = ("; ", ", ", ": ")


class _Template(NamedTuple):
    """A message with placeholders."""

    pattern: re.Pattern[str]
    translation: str
    length: int  # of its own words

    @classmethod
    def of(cls, text: str, translation: str) -> "_Template | None":
        """Make it of an entry of a catalogue, if that has placeholders."""
        parts = _PLACEHOLDER.split(text)  # text, name, text, ...
        if len(parts) == 1:
            return None
        groups = [f"(?P<{part}>.+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts)]
        return cls(re.compile("".join(groups), re.DOTALL), translation, sum(map(len, parts[::2])))


class _Catalogue:
    """The translations into one language."""

    def __init__(self, code: str, folder: Path) -> None:
        self.code = code
        self.messages = gettext.NullTranslations() if code == DEFAULT else gettext.translation(_DOMAIN, folder, [code])
        self.decimal_mark = self.messages.pgettext("decimal mark", ".")

    @cached_property
    def templates(self) -> list[_Template]:
        """The messages with placeholders; those with the most words of their own come first."""
        entries = getattr(self.messages, "_catalog", {})  # gettext has no other way to list them
        found = [_Template.of(text, translation) for text, translation in entries.items() if isinstance(text, str)]
        return sorted(filter(None, found), key=lambda each: -each.length)

    def lookup(self, text: str) -> str | None:
        """Return the translation of a message; one that begins a line may have a capital that the message has not."""
        if (found := self.messages.gettext(text)) != text:
            return found
        small = text[:1].lower() + text[1:]
        if small != text and (found := self.messages.gettext(small)) != small:
            return found[:1].upper() + found[1:]
        return None

    def translated(self, text: str) -> str:
        """Translate a finished text; where only parts of it are known, as in one with a name, those parts."""
        if (found := self._known(text)) is not None:
            return found
        for template in self.templates:
            if match := template.pattern.fullmatch(text):
                values = {name: self.translated(value) for name, value in match.groupdict().items()}
                return template.translation.format_map(values)
        for separator in _SEPARATORS:
            if separator in text:
                return separator.join(self.translated(part) for part in text.split(separator))
        return text

    @lru_cache(maxsize=4096)  # noqa: B019  (there is one catalogue for each language)
    def _known(self, text: str) -> str | None:
        """Translate a text of which everything is known: a message, a quantity, a list, or a template with such."""
        if (found := self.lookup(text)) is not None:
            return found
        if _QUANTITY.fullmatch(text):
            return self.with_decimal_mark(text)
        for separator in _SEPARATORS:
            if separator in text and (parts := self._all_known(text.split(separator))):
                return separator.join(parts)
        for template in self.templates:
            if (match := template.pattern.fullmatch(text)) and (values := self._all_known(match.groups())):
                return template.translation.format_map(dict(zip(match.groupdict(), values, strict=True)))
        if text.endswith(".") and (found := self._known(text[:-1])) is not None:
            return f"{found}."
        return None

    def _all_known(self, texts: Sequence[str]) -> list[str]:
        """Translate texts of which everything is known; empty if one of them is not."""
        found = [self._known(text) for text in texts]
        return [] if None in found else [text for text in found if text is not None]

    def with_decimal_mark(self, text: str) -> str:
        """Write the numbers in a text with the decimal mark of the language."""
        return _NUMBER.sub(lambda number: number[0].replace(".", self.decimal_mark), text)


def languages() -> tuple[str, ...]:
    """Return the codes of the languages that pages can be written in, such as ``("de", "en")``."""
    found = {path.parents[1].name for path in LOCALE.glob(f"*/LC_MESSAGES/{_DOMAIN}.mo")}
    return tuple(sorted({DEFAULT, *found}))


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """Write what the block makes in a language of :func:`languages`."""
    token = _current.set(_catalogue(code, LOCALE))
    try:
        yield
    finally:
        _current.reset(token)


def language() -> str:
    """Return the code of the language in use, such as ``"de"``."""
    return _current.get(_ENGLISH).code


def decimal_mark() -> str:
    """Return the decimal mark of the language in use."""
    return _current.get(_ENGLISH).decimal_mark


def message(text: str, **values: object) -> str:
    """Translate a message of a page, and fill in the values for the names in its braces."""
    translation = _current.get(_ENGLISH).messages.gettext(text)
    return translation.format_map(values) if values else translation


def plural(one: str, many: str, number: int, **values: object) -> str:
    """Translate the form of a message that fits a number, which also fills in ``{number}``."""
    return _current.get(_ENGLISH).messages.ngettext(one, many, number).format_map({"number": number, **values})


def translated(text: str) -> str:
    """Translate a finished English text: by its own message, or by a template that it fits, part by part.

    A text that no message fits stays as it is; numbers get the decimal mark of the language.
    """
    catalogue = _current.get(_ENGLISH)
    return text if catalogue.code == DEFAULT or not text else catalogue.translated(text)


@lru_cache
def _catalogue(code: str, folder: Path) -> _Catalogue:
    return _Catalogue(code, folder)


_ENGLISH = _Catalogue(DEFAULT, LOCALE)
_current: ContextVar[_Catalogue] = ContextVar("language")
