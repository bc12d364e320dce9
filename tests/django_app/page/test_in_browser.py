"""The page in headless Chromium, against the real server and worker: from the first visit to two compared trials."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from support.chromium import launched, need_chromium

from django_app.page.served import Served

for _package in ("django_tasks_db", "waitress"):
    pytest.importorskip(_package, reason="The extra 'app' is not installed: pip install 'humanpose3d[app]'")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

pytestmark = pytest.mark.slow

SLOWEST_MS = 180_000  # of one thing on a busy machine
NAME = "Kniebeuge <script>alert(1)<∕script> 🚶 مشي.mp4"
PERSON = "P07 <b>&"


CHROMIUM = need_chromium()


@pytest.fixture(scope="module")
def address(models_checkout: Path, guarded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address, with its token, of a server that runs in a process of its own with one worker."""
    models = {"HUMANPOSE3D_MODELS_PATH": str(models_checkout), "HUMANPOSE3D_OFFLINE": "1"}
    with Served(tmp_path_factory.mktemp("app"), **models) as served:
        yield served.url


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched(CHROMIUM) as browser:
        yield browser


class Visitor:
    """A browser window that reaches nothing but the page, and notes every complaint."""

    def __init__(self, browser: Any, address: str, **device: Any) -> None:
        self.complaints: list[str] = []
        self.origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        device = {"viewport": {"width": 1200, "height": 900}, "locale": "en-GB", **device}
        self.context = browser.new_context(**device)
        self.context.set_default_timeout(SLOWEST_MS)
        self.context.route("**/*", self._only_the_page)
        self.page = self.context.new_page()
        self.choosers: list[Any] = []
        self.page.on("filechooser", lambda chooser: self.choosers.append(chooser))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        self.page.goto(address)

    def _only_the_page(self, route: Any) -> None:
        if route.request.url.startswith((self.origin, "blob:", "data:")):
            route.continue_()
        else:
            self.complaints.append(f"asked for {route.request.url}")
            route.abort()

    def go(self, path: str) -> None:
        self.page.goto(self.origin + path)

    def open_person(self) -> None:
        """Follow the link to the person, and wait until styles and scripts are there too."""
        self.page.get_by_role("link", name=PERSON).click()
        self.page.wait_for_url("**/people/*/")

    def violations(self) -> list[str]:
        """Return what axe-core finds on the page, light and dark."""
        found = []
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            found += [
                f"{scheme} {self.page.url}: {violation['id']} {[node['html'] for node in violation['nodes']]}"
                for violation in axe.Axe().run(self.page).response["violations"]
            ]
        return found


@dataclass
class Story:
    """What was seen from the first visit to two finished trials of one person."""

    first_screen: str = ""
    violations: list[str] = field(default_factory=list)
    demo: list[str] = field(default_factory=list)
    trials: list[str] = field(default_factory=list)
    progress: list[str] = field(default_factory=list)


def wait_for_state(visitor: Visitor, badge: str) -> None:
    visitor.page.locator(".title .badge", has_text=re.compile(f"^({badge})$")).wait_for()


@pytest.fixture(scope="module")
def visitor(browser: Any, address: str) -> Iterator[Visitor]:
    found = Visitor(browser, address)
    yield found
    found.context.close()


@pytest.fixture(scope="module")
def story(visitor: Visitor, short_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Live through it once, with the mouse for the first trial and with the keyboard alone for the second."""
    story, page = Story(), visitor.page
    story.first_screen = page.locator("main").inner_text()
    story.violations += visitor.violations()

    page.get_by_role("button", name="Run the demo").click()
    page.locator("#progress").wait_for()
    story.demo.append(page.locator("#progress").inner_text())
    story.violations += visitor.violations()
    page.get_by_role("button", name="Cancel").click()
    wait_for_state(visitor, "cancelled")
    story.demo.append(page.locator(".title .badge").inner_text())
    story.violations += visitor.violations()

    video = tmp_path_factory.mktemp("videos") / NAME
    shutil.copyfile(short_clip, video)
    visitor.go("/")
    page.locator("#files").set_input_files(video)
    prepare(visitor, by_keyboard=False)
    story.violations += visitor.violations()
    page.get_by_role("button", name="Start").click()
    follow(visitor, story)

    visitor.go("/")
    tab_to(visitor, "#files")
    page.keyboard.press("Enter")
    deadline = time.monotonic() + SLOWEST_MS / 1000
    while not visitor.choosers and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    visitor.choosers.pop().set_files(video)
    prepare(visitor, by_keyboard=True)
    page.keyboard.press("Enter")
    follow(visitor, story)
    return story


def prepare(visitor: Visitor, *, by_keyboard: bool) -> None:
    page = visitor.page
    page.locator("#prepare").wait_for()
    page.wait_for_load_state()  # scripts too
    fields = {"#id_person": PERSON, "#id_movement": "squat", "#id_height": "1,78", "#id_weight": "75"}
    if not by_keyboard:
        page.locator("#picture").click(position={"x": 100, "y": 120})
        for selector, text in fields.items():
            page.locator(selector).fill(text)
        return
    tab_to(visitor, "#picture")
    page.keyboard.press("ArrowLeft")
    assert "at the mark" in page.locator("#who").inner_text()
    for selector, text in fields.items():
        tab_to(visitor, selector)
        page.keyboard.type(text)


def tab_to(visitor: Visitor, selector: str) -> None:
    """Press Tab until something has the focus; the first press of all lands on the link that skips the head."""
    for _ in range(60):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached with the Tab key")


def follow(visitor: Visitor, story: Story) -> None:
    """Watch a trial until its report is there; the page does so by itself."""
    visitor.page.locator("#progress, iframe.report").first.wait_for()
    if visitor.page.locator("#progress").count():
        story.progress.append(visitor.page.locator("#progress").inner_text())
    visitor.page.locator("iframe.report").wait_for()
    story.trials.append(urlsplit(visitor.page.url).path)


@pytest.fixture(autouse=True)
def no_complaints(visitor: Visitor) -> Iterator[None]:
    yield
    assert visitor.complaints == []


def test_the_first_screen_says_what_to_do(story: Story) -> None:
    for sentence in ("Drop a video here", "Choose a video", "Film", "Read the report", "Run the demo"):
        assert sentence in story.first_screen


def test_the_demo_starts_with_one_click_and_can_be_cancelled(story: Story) -> None:
    started, ended = story.demo
    assert re.search(r"Waiting|Starting|frame|model", started)
    assert ended == "cancelled"


def test_a_trial_is_followed_to_its_report(story: Story, visitor: Visitor) -> None:
    assert len(story.progress) == 2
    visitor.go(story.trials[0])
    report = visitor.page.frame_locator("iframe.report")
    report.locator("h1").wait_for()
    assert PERSON in report.locator("h1").inner_text()
    assert visitor.page.locator("h1").inner_text() == NAME
    assert visitor.violations() == []


def test_results_are_downloaded(story: Story, visitor: Visitor) -> None:
    visitor.go(story.trials[0])
    with visitor.page.expect_download() as zipped:
        visitor.page.get_by_role("link", name="Download everything").click()
    assert Path(zipped.value.path()).stat().st_size > 10_000
    visitor.page.locator("summary", has_text="files").click()
    with visitor.page.expect_download() as single:
        visitor.page.locator(".files a", has_text="run.json").click()
    assert Path(single.value.path()).read_bytes().startswith(b"{")


def test_two_trials_are_compared_and_become_curves(story: Story, visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("/")
    compare = page.get_by_role("button", name="Compare the chosen trials")
    assert compare.is_disabled()
    for box in page.locator("input[name=trial]").all():
        box.check()
    compare.click()
    page.frame_locator("iframe.report").locator("h1").wait_for()
    assert page.locator("main table tbody tr").count() > 3
    assert visitor.violations() == []
    visitor.go(story.trials[0])
    visitor.open_person()
    assert page.locator(".curve svg .dot").count() >= 2
    assert visitor.violations() == []


def test_ticked_trials_stay_ticked_while_the_list_is_fetched_again(story: Story, visitor: Visitor) -> None:
    visitor.go("/")
    box = visitor.page.locator("input[name=trial]").first
    with visitor.page.expect_response(lambda response: response.request.headers.get("hx-request") == "true"):
        box.check()
    with visitor.page.expect_response(lambda response: response.request.headers.get("hx-request") == "true"):
        pass
    assert box.is_checked()


def test_the_list_is_searched(story: Story, visitor: Visitor) -> None:
    visitor.go("/")
    page = visitor.page
    page.locator("#q").fill("no such trial")
    page.get_by_text("No trial fits this search.").wait_for()
    page.locator("#q").fill("Kniebeuge")
    page.locator(".trials h3", has_text="Kniebeuge").first.wait_for()
    assert "q=Kniebeuge" in page.url
    page.reload()
    assert page.locator(".trials h3").count() == 2


def test_a_trial_is_renamed_and_deleted(story: Story, visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("/")
    page.locator(".trials h3 a", has_text="Demo").click()
    page.wait_for_url("**/trials/*/")
    page.wait_for_load_state()  # scripts too
    page.get_by_role("button", name="Rename").click()
    page.get_by_label("Title").fill("gone soon")
    page.get_by_role("button", name="Save").click()
    page.locator("h1", has_text="gone soon").wait_for()
    page.wait_for_load_state()
    page.get_by_role("button", name="Delete").click()
    page.get_by_label("Everything of this trial").check()
    assert visitor.violations() == []
    page.locator("#delete-form").get_by_role("button", name="Delete").click()
    page.locator("#drop-title").wait_for()
    page.wait_for_load_state()
    assert page.locator(".trials h3", has_text="gone soon").count() == 0


def test_axe_finds_no_violation_on_the_way_and_on_the_other_pages(story: Story, visitor: Visitor) -> None:
    assert story.violations == []
    for path in ("/", "/people/", "/settings/", "/nothing-here"):
        visitor.go(path)
        assert visitor.violations() == []
    visitor.complaints[:] = [text for text in visitor.complaints if "404" not in text]


def test_german_on_a_narrow_phone(story: Story, browser: Any, address: str) -> None:
    """The browser's language, and nothing wider than its window."""
    phone = Visitor(browser, address, viewport={"width": 375, "height": 740}, locale="de-DE", color_scheme="dark")
    phone.go(story.trials[0])
    person = phone.page.get_by_role("link", name=PERSON).get_attribute("href")
    trial, (first, second) = story.trials[0], [path.split("/")[2] for path in story.trials]
    comparison = f"/compare?trial={first}&trial={second}"
    seen = {}
    for path in ("/", trial, f"{trial}prepare", f"{trial}delete", comparison, "/people/", person, "/settings/"):
        phone.go(path)
        seen[path] = phone.page.locator("main").inner_text()
        assert phone.page.evaluate("document.documentElement.scrollWidth") <= 375, path
    assert "Video hier ablegen" in seen["/"]
    assert phone.page.evaluate("document.documentElement.lang") == "de"
    phone.page.locator("#language").select_option("en")
    phone.page.get_by_role("button", name="Verwenden").click()
    phone.page.get_by_role("heading", name="Settings").wait_for()
    assert phone.complaints == []
    phone.context.close()


def test_what_is_dropped_and_is_no_video_is_refused_in_one_sentence(story: Story, visitor: Visitor) -> None:
    visitor.go("/")
    files = "[new File([], 'empty.mp4'), new File(['not a video'], 'notes.mp4')]"
    script = (
        f"() => {{ const data = new DataTransfer(); {files}.forEach((file) => data.items.add(file)); return data; }}"
    )
    visitor.page.dispatch_event("#upload", "drop", {"dataTransfer": visitor.page.evaluate_handle(script)})
    errors = visitor.page.locator("#uploads .error")
    errors.nth(1).wait_for()
    assert [len(text) > 10 for text in errors.all_inner_texts()] == [True, True]
    assert visitor.violations() == []
    visitor.complaints[:] = [text for text in visitor.complaints if "422" not in text]


def test_a_cut_upload_continues_and_its_seconds_are_chosen_with_keys(
    story: Story, visitor: Visitor, short_clip: Path
) -> None:
    page = visitor.page
    visitor.go("/")
    page.route("**/uploads/*/", lambda route: route.abort(), times=2)
    page.locator("#files").set_input_files(short_clip)
    page.locator("#picture").wait_for()
    page.wait_for_load_state()
    visitor.complaints[:] = [text for text in visitor.complaints if "ERR_FAILED" not in text]

    tab_to(visitor, "#range input:first-child")
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    assert page.locator("#id_start").input_value() == "0.12"
    page.keyboard.press("End")
    start, end = (float(page.locator(f"#id_{name}").input_value()) for name in ("start", "end"))
    assert start == pytest.approx(end - 0.1), "the handles do not cross"

    page.locator("#shown", has_text=f"{start:.2f}").wait_for()
    page.locator("#picture").click()
    assert float(page.locator("#id_person_at").input_value()) == pytest.approx(start, abs=0.01)
    tab_to(visitor, "#range input:first-child")
    page.keyboard.press("Home")
    assert page.locator("#unchoose").is_visible()
    tab_to(visitor, "#range input:last-child")
    page.keyboard.press("Home")
    assert page.locator("#unchoose").is_hidden(), "a mark outside the chosen seconds would name nobody"


def test_a_broken_connection_is_told_and_the_page_catches_up(story: Story, visitor: Visitor) -> None:
    visitor.go("/")
    visitor.context.set_offline(True)
    visitor.page.locator("#connection").wait_for(state="visible")
    visitor.context.set_offline(False)
    visitor.page.locator("#connection").wait_for(state="hidden")
    visitor.complaints[:] = [text for text in visitor.complaints if not re.match("htmx:|.*DISCONNECTED", text)]


def test_it_prints(story: Story, visitor: Visitor) -> None:
    visitor.go(story.trials[0])
    visitor.open_person()
    visitor.page.emulate_media(media="print")
    assert not visitor.page.locator("body > header").is_visible()
    assert visitor.page.locator(".curve svg").first.is_visible()
    visitor.page.emulate_media(media="screen")
