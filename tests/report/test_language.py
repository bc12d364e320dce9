"""Pages in other languages than English: nothing is left untranslated, and a new language is one file."""

import gettext
import re
import string
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.parsed_page import Page
from support.rendered_walk import walk_record

from humanpose3d.errors import InvalidSettingError
from humanpose3d.kinematics.validity.bands import measured_bands
from humanpose3d.pipeline.markers import markers_from_landmarks
from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.report import language
from humanpose3d.report.data.content import ReportContent
from humanpose3d.report.data.gather import gather_content
from humanpose3d.report.html.comparison import Compared, render_comparison
from humanpose3d.report.html.index import IndexRow, write_index
from humanpose3d.report.html.report import render_report
from humanpose3d.report.language import in_language, languages, message, plural, translated
from humanpose3d.runs.settings import Settings

pytest.importorskip("babel", reason="catalogues are checked with Babel: pip install babel")

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from update_translations import catalogue_path, messages_of_the_project, read_catalogue

MakeWalk = Callable[..., ReportContent]

ENGLISH = re.compile(r"\b(the|of|is|are|was|were|and|not|frames?|with|from|to|it|by)\b")
"""Words that a German sentence has not."""


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def placeholders(text: str) -> set[str]:
    named = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    return named | set(re.findall(r"%\(\w+\)[sd]|%[sd]|\[\w+\]", text))


@pytest.fixture(scope="module")
def catalogue() -> list[Message]:
    return [each for each in read_catalogue(catalogue_path("de")) if each.id]


def test_every_message_of_the_project_is_in_the_catalogue_and_no_other(catalogue: list[Message]) -> None:
    """If this fails, run scripts/update_translations.py, which names what has no translation."""
    wanted = {(each.id, each.context) for each in messages_of_the_project() if each.id}
    assert {(each.id, each.context) for each in catalogue} ^ wanted == set()


def test_messages_of_the_app_are_found() -> None:
    wanted = {"Drop a video here", ("%(number)s file", "%(number)s files"), "Walking speed", "Undo"}
    assert wanted <= {each.id for each in messages_of_the_project()}


def test_every_message_has_a_whole_translation_with_the_same_placeholders(catalogue: list[Message]) -> None:
    for each in catalogue:
        assert not each.fuzzy, each.id
        for text in forms(each.string):
            assert text, each.id
            assert placeholders(text) in [placeholders(form) for form in forms(each.id)], each.id
            assert text.count('"') <= forms(each.id)[-1].count('"'), f"would end an attribute: {each.id}"
            assert re.findall(r"</?\w+", text) == re.findall(r"</?\w+", forms(each.id)[-1]), each.id


@pytest.mark.parametrize("name", ["humanpose3d.mo", "django.mo"])
def test_the_compiled_catalogue_is_that_of_the_file(catalogue: list[Message], name: str) -> None:
    with catalogue_path("de").with_name(name).open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for each in catalogue:
        if each.context:
            assert compiled.pgettext(each.context, each.id) == each.string
        elif isinstance(each.id, tuple):
            assert [compiled.ngettext(*each.id, number) for number in (1, 2)] == list(each.string)
        else:
            assert compiled.gettext(each.id) == each.string


@pytest.fixture(scope="module")
def walk(walk_landmarks: Landmarks) -> ReportContent:
    """The rendered walk as a run would report it, with a warning and a stage that was left out."""
    markers = markers_from_landmarks(walk_landmarks)
    motion = {"name": "motion", "status": "skipped", "reason": "switched off", "seconds": 0.0}
    record = walk_record()
    stages = [stage for stage in record["stages"] if stage["name"] != "motion"]  # type: ignore[attr-defined]
    record |= {
        "warnings": ["The detector confused left and right in 30 of 120 frames; they were put right or bridged, and "
                     "deserve a look."],
        "stages": [*stages, motion],
        "command": "humanpose3d run walk.mp4",
    }  # fmt: skip
    return gather_content("walk", initial=markers, final=markers, landmarks=walk_landmarks, record=record)


def plots_in(figures: Any) -> Iterator[Any]:
    """Yield the plots of a page, however they are grouped."""
    for each in figures.values() if figures else ():
        yield from [each] if each and "data" in each else plots_in(each)


def shown(page: str) -> Iterator[str]:
    """Yield what a page shows or reads out, without commands, licences and works to cite."""
    parsed = Page(re.sub(r"<(ol|pre)>.*?</\1>", "", page, flags=re.DOTALL))
    yield from (text.strip() for text in parsed.texts if text.strip())
    for _, attributes in parsed.tags:
        yield from (attributes[name] or "" for name in ("aria-label", "alt", "title") if name in attributes)
    for plot in plots_in(parsed.data.get("figures")) if parsed.scripts else ():
        yield from (trace["name"] for trace in plot["data"] if "name" in trace)
        yield from (note["text"] for note in plot["layout"]["annotations"])
        yield plot["layout"]["xaxis"]["title"]["text"]


def german_pages(walk: ReportContent, folder: Path) -> dict[str, str]:
    row = IndexRow(1, "person_1/report.html", "0.0 to 3.9 s", "464 pixels", "walking", "with care")
    write_index(folder / "index.html", "walk.mp4", [row], None, "de")
    return {
        "report": render_report(walk, language="de"),
        "comparison": render_comparison(Compared("May", walk), Compared("June", walk), "de"),
        "index": (folder / "index.html").read_text(encoding="utf-8"),
    }


def test_german_pages_hold_no_english_sentence(walk: ReportContent, catalogue: list[Message], tmp_path: Path) -> None:
    english = {text for each in catalogue for text in forms(each.id) if " " in text and text not in forms(each.string)}
    for name, page in german_pages(walk, tmp_path).items():
        assert '<html lang="de">' in page
        texts = list(shown(page))
        assert len(texts) > 10
        assert [text for text in texts if text in english or ENGLISH.search(text)] == [], name
        assert [text for text in texts if re.search(r"\d\.\d+ ?(s|m|°|%)(\W|$)", text)] == [], name


def test_the_language_of_a_run_is_that_of_its_report(walk: ReportContent) -> None:
    settings = {**walk.provenance.settings, "language": "de"}
    german = ReportContent(walk.name, walk.times, walk.degrees, record={**walk.record, "settings": settings})
    assert '<html lang="de">' in render_report(german)
    assert '<html lang="en">' in render_report(german, language="en")
    assert '<html lang="en">' in render_report(walk)
    unknown = ReportContent(walk.name, walk.times, walk.degrees, record={"settings": {"language": "tlh"}})
    assert '<html lang="en">' in render_report(unknown)


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("", ""),
        ("walk.mp4", "walk.mp4"),
        ("knee", "Knie"),
        ("Knee, flexion", "Knie, Flexion"),
        ("1.103 ± 0.018 s", "1,103 ± 0,018 s"),
        ("left 3° to 60°, right −5° to 61°", "links 3° bis 60°, rechts −5° bis 61°"),
        ("right heel strike at 1.23 s set", "rechter Fersenkontakt bei 1,23 s gesetzt"),
        (
            "right: hidden in 80 % of the frames, left: ± 58° from changing directions, because the person turned",
            "rechts: in 80 % der Bilder verdeckt, links: ± 58° aus wechselnden Richtungen, weil sich die Person drehte",
        ),
        ("the recording lasts 0.1 s", "die Aufnahme dauert 0,1 s"),
        ("Not usable: hips, knees, frontal plane.", "Nicht verwendbar: Hüften, Knie, Frontalebene."),
        (
            "not measured: too uncertain from behind (± 0.25 m); film from the side",
            "nicht gemessen: von hinten zu unsicher (± 0,25 m); filmen Sie von der Seite",
        ),
        (
            "not measured: too uncertain from behind (± 12 steps/min)",
            "nicht gemessen: von hinten zu unsicher (± 12 Schritte/min)",
        ),
        (
            "only 1 left stance in the recording, and it takes at least 2",
            "nur 1 linke Standphase in der Aufnahme, und es braucht mindestens 2",
        ),
        (
            "no right step in the recording, and it takes at least 2",
            "rechter Schritt: keinmal in der Aufnahme, und es braucht mindestens 2",
        ),
        ("version 0.10.33", "version 0.10.33"),
    ],
)
def test_a_finished_sentence_is_translated_with_what_fills_it(english: str, german: str) -> None:
    with in_language("de"):
        assert translated(english) == german
    assert translated(english) == english


def test_every_sentence_finds_its_own_translation(catalogue: list[Message]) -> None:
    """Whatever fills it in, and however like another one it is."""
    with in_language("de"):
        for each in catalogue:
            if isinstance(each.id, str) and not each.context:
                values = {name: str(number) for number, name in enumerate(sorted(placeholders(each.id)), start=10)}
                assert translated(each.id.format(**values)) == each.string.format(**values)


def test_the_plural_fits_the_number() -> None:
    with in_language("de"):
        assert plural("{number} trial", "{number} trials", 1) == "1 Messung"
        assert plural("{number} trial", "{number} trials", 7) == "7 Messungen"
    assert plural("{number} trial", "{number} trials", 1) == "1 trial"


def test_where_uncertainties_come_from_is_translated() -> None:
    with in_language("de"):
        assert not ENGLISH.search(translated(measured_bands().source))


def test_a_third_language_is_one_file(walk: ReportContent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "LOCALE", tmp_path)
    dutch = Catalog(locale="nl")
    dutch.add("The numbers", "De getallen")
    dutch.add("{frames} frames, {seconds} s", "{frames} beelden, {seconds} s")
    dutch.add(".", ",", context="decimal mark")
    target = tmp_path / "nl" / "LC_MESSAGES" / "humanpose3d.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, dutch)
    assert languages() == ("en", "nl")
    assert Settings(language="nl").language == "nl"
    page = render_report(walk, language="nl")
    assert '<html lang="nl">' in page
    assert "De getallen" in page
    assert "120 beelden, 3,97 s" in page
    assert "Joint angles" in page  # what is not translated stays English


def test_an_unknown_language_is_refused_in_one_sentence() -> None:
    with pytest.raises(InvalidSettingError, match=r"^The language must be one of de, en, not 'tlh'\.$"):
        Settings(language="tlh")


def test_a_block_in_a_language_leaves_no_trace() -> None:
    with in_language("de"):
        assert message("Curves") == "Kurven"
        with in_language("en"):
            assert message("Curves") == "Curves"
        assert message("Curves") == "Kurven"
    assert message("Curves") == "Curves"
