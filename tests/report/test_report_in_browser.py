"""The report opened in headless Chromium: seen, played, stepped, turned, clicked, saved, and checked with axe-core."""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.chromium import launched, need_chromium
from support.rendered_walk import walk_record

from humanpose3d.loaders.pose_landmarker import load_pose_landmarker
from humanpose3d.pipeline.detection import observe
from humanpose3d.pipeline.markers import markers_from_landmarks
from humanpose3d.pipeline.trajectories import Landmarks
from humanpose3d.report.data.content import Cycle, ReportContent
from humanpose3d.report.data.gather import gather_content
from humanpose3d.report.html.comparison import Compared, write_comparison
from humanpose3d.report.html.report import notebook_html, write_report
from humanpose3d.report.overlay import LONG_SIDE, write_overlay
from humanpose3d.video.reader import VideoReader

PROJECT = Path(__file__).resolve().parents[2]
sys.path.append(str(PROJECT / "scripts"))
import make_report_pictures  # noqa: E402

pytestmark = pytest.mark.slow


MakeWalk = Callable[..., ReportContent]
NAME = 'walk "it\'s" <b>&</b> 🚶'
SLOWEST_S = 180  # of one thing on a busy machine that draws in 3D without a graphics card
EYE = "document.getElementById('skeleton').layout.scene.camera.eye"


CHROMIUM = need_chromium()

# As the page itself: half a millisecond before a frame counts as the frame.
FRAME_OF_VIDEO = "Math.floor((video.currentTime + 5e-4) * 30)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched(CHROMIUM) as browser:
        yield browser


@pytest.fixture(scope="module")
def report(
    make_walk: MakeWalk, demo_clip: Path, walk_landmarks: Landmarks, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("report")
    with VideoReader(demo_clip) as reader:
        write_overlay(folder / "overlay.mp4", reader.yuv_frames(LONG_SIDE), walk_landmarks, rate=30)
    write_report(folder / "report.html", make_walk(name=NAME), folder / "overlay.mp4")
    return folder / "report.html"


class Opened:
    """A page that notes what it complains about and what it asks the network for."""

    def __init__(self, browser: Any, path: Path, **device: Any) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, "offline": True, **device})
        self.context.set_default_timeout(SLOWEST_S * 1000)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self._note(message))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())
        self.wait("document.querySelectorAll('.plot.js-plotly-plot').length >= 7")
        self.wait("(document.getElementById('skeleton')?.dataset.frame ?? '0') === '0'")

    def _note(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def wait(self, condition: str) -> None:
        """Wait until a JavaScript condition holds; Playwright's own way needs eval, which the page's policy forbids."""
        deadline = time.monotonic() + SLOWEST_S
        while not self.page.evaluate(f"Boolean({condition})"):
            assert time.monotonic() < deadline, f"{condition} did not come true; complaints: {self.complaints}"
            self.page.wait_for_timeout(20)

    def frame(self) -> int:
        return int(self.page.evaluate("player.frame"))


@pytest.fixture(scope="module")
def shared(browser: Any, report: Path) -> Iterator[Opened]:
    opened = Opened(browser, report)
    yield opened
    opened.context.close()


@pytest.fixture
def opened(shared: Opened) -> Iterator[Opened]:
    """The open report, at its first frame; whatever a test does with it, it must not complain."""
    shared.page.evaluate("player.pause(); player.setRate(1); player.seek(0)")
    shared.wait("!video.seeking && document.getElementById('skeleton').dataset.frame === '0'")
    yield shared
    assert shared.complaints == []


def shown_in_both(opened: Opened, frame: int) -> None:
    """Wait until video and skeleton show one frame."""
    opened.wait(f"document.getElementById('skeleton').dataset.frame === '{frame}' && !video.seeking")
    assert opened.page.evaluate(FRAME_OF_VIDEO) == frame


def test_it_opens_without_network_or_complaint(opened: Opened, report: Path) -> None:
    assert opened.page.title().startswith(NAME)
    assert opened.page.locator("h1").inner_text() == NAME
    asked = [url for url in opened.requests if not url.startswith(("blob:", "data:"))]
    assert asked == [report.as_uri()]


def test_the_picture_in_the_video_is_the_frame_of_the_skeleton(opened: Opened) -> None:
    opened.page.evaluate(
        "video.requestVideoFrameCallback((now, shown) => { window.shownTime = shown.mediaTime }); player.seek(77)"
    )
    opened.wait("window.shownTime !== undefined")
    shown_in_both(opened, 77)
    assert opened.page.evaluate("window.shownTime") == pytest.approx(77 / 30, abs=1e-3)
    positions = opened.page.evaluate("document.getElementById('skeleton').data[0].z")
    expected = opened.page.evaluate(
        "(() => { const v = floatsFrom(report.skeleton.positions); const m = report.skeleton.markers;"
        " return report.skeleton.lines[0].path.map(i => i === null ? null : v[3 * (77 * m + i) + 1]); })()"
    )
    assert positions == pytest.approx(expected)


def test_steps_and_scrubber_move_everything(opened: Opened) -> None:
    page = opened.page
    page.click("#forward")
    page.click("#forward")
    page.click("#back")
    shown_in_both(opened, 1)
    page.locator("#scrubber").fill("60")
    shown_in_both(opened, 60)
    assert page.locator("#clock").inner_text() == "2.000 s, frame 61 of 120"
    page.locator("#joint-knee").scroll_into_view_if_needed()
    opened.wait("Math.abs(document.querySelector('[data-joint=knee]').layout.shapes[0].x0 - 2) < 1e-6")


def test_it_plays_slowly_and_stops(opened: Opened) -> None:
    page = opened.page
    page.select_option("#speed", "0.1")
    page.click("#play")
    opened.wait("player.frame > 4")
    assert page.locator("#play").inner_text() == "Pause"
    assert page.evaluate("video.playbackRate") == 0.1
    page.click("#play")
    opened.wait("document.getElementById('play').textContent === 'Play'")
    shown_in_both(opened, opened.frame())
    page.select_option("#speed", "1")


def test_it_stops_at_the_picture_that_the_video_shows(opened: Opened) -> None:
    opened.page.evaluate("player.setRate(0.25); player.play()")
    opened.wait("player.frame > 4")
    # Busy for a while, the page cannot learn of the pictures that the video goes on to show.
    opened.page.evaluate("{ const end = performance.now() + 400; while (performance.now() < end); player.pause(); }")
    opened.wait(f"player.frame === {FRAME_OF_VIDEO}")
    opened.wait(f"document.getElementById('skeleton').dataset.frame === String({FRAME_OF_VIDEO})")


def test_a_click_on_a_curve_goes_there(opened: Opened) -> None:
    plot = opened.page.locator("[data-joint=knee][data-kind=time]")
    plot.scroll_into_view_if_needed()
    box = plot.locator(".nsewdrag").first.bounding_box()
    opened.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    opened.wait("document.querySelector('[data-joint=knee] .hoverlayer').childElementCount > 0")
    opened.page.mouse.down()
    opened.page.mouse.up()
    opened.wait("player.frame > 50 && player.frame < 70")
    shown_in_both(opened, opened.frame())


def test_the_view_follows_a_person_who_walks_away(browser: Any, make_walk: MakeWalk, tmp_path: Path) -> None:
    still = make_walk().markers
    assert still is not None
    moved = still.positions + still.times[:, None, None] * [1.2, 0.0, 0.0]
    write_report(tmp_path / "walks.html", make_walk(markers=replace(still, positions=moved)))
    opened = Opened(browser, tmp_path / "walks.html")
    scene = "document.getElementById('skeleton').layout.scene"
    for frame in (0, 60, 119):
        opened.page.evaluate(f"player.seek({frame})")
        opened.wait(f"document.getElementById('skeleton').dataset.frame === '{frame}'")
        low, high = opened.page.evaluate(f"{scene}.xaxis.range")
        assert low < moved[frame, :, 0].min() < moved[frame, :, 0].max() < high
        assert high - low < 3, "it is near enough to be seen"
    way = opened.page.evaluate("document.getElementById('skeleton').data.at(-1)")
    assert way["name"] == "way"
    assert max(way["x"]) - min(way["x"]) > 4
    assert set(way["z"]) == {0}
    opened.page.evaluate("player.seek(60)")
    opened.wait("document.getElementById('skeleton').dataset.frame === '60'")
    assert opened.complaints == []
    opened.context.close()


def test_scripts_speak_the_language_of_the_page(browser: Any, make_walk: MakeWalk, tmp_path: Path) -> None:
    write_report(tmp_path / "german.html", make_walk(), language="de")
    opened = Opened(browser, tmp_path / "german.html")
    opened.page.click("#forward")
    assert opened.page.inner_text("#clock") == "0,033 s, Bild 2 von 120"
    assert opened.page.inner_text("#play") == "Abspielen"
    opened.page.click("#play")
    assert opened.page.inner_text("#play") == "Pause"
    assert opened.complaints == []
    opened.context.close()


def test_the_skeleton_turns_with_keys_buttons_and_mouse(opened: Opened) -> None:
    page = opened.page
    page.click("[data-view=front]")
    opened.wait(f"Math.abs({EYE}.x) < 1e-6")
    start = page.evaluate(EYE)
    page.locator("#skeleton").focus()
    page.keyboard.press("ArrowRight")
    opened.wait(f"Math.abs({EYE}.x - {start['x']}) > 0.1")
    page.keyboard.press("Home")
    opened.wait(f"Math.abs({EYE}.x - {start['x']}) < 1e-6")
    page.click("[data-view=side]")
    opened.wait(f"{EYE}.x > 1")
    page.click("[data-view=front]")
    opened.wait(f"Math.abs({EYE}.x - {start['x']}) < 1e-6")
    box = page.locator("#skeleton").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 100)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(box["x"] + 200 + 15 * step, box["y"] + 100)
        page.evaluate("new Promise(requestAnimationFrame)")  # a hand is slower than a frame
        if step == 7:
            page.evaluate("player.seek(1)")
            opened.wait("document.getElementById('skeleton').dataset.frame === '1'")
            turned = page.evaluate(EYE)["x"]
            assert abs(turned - start["x"]) > 0.5, "a new frame must not turn the view back while the mouse is down"
    page.mouse.up()
    opened.wait(f"Math.abs({EYE}.x - {start['x']}) > {abs(turned - start['x'])}")
    page.click("#forward")
    opened.wait("document.getElementById('skeleton').dataset.frame === '2'")
    assert abs(page.evaluate(EYE)["x"] - start["x"]) > 0.1, "a new frame must not turn the view back"


@pytest.fixture(scope="module")
def phone(browser: Any, report: Path) -> Iterator[Opened]:
    opened = Opened(browser, report, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    yield opened
    assert opened.complaints == []
    opened.context.close()


def drag(opened: Opened, selector: str, *fingers: tuple[tuple[float, float], tuple[float, float]]) -> None:
    """Move fingers from one place to another, both from the middle of an element."""
    opened.page.evaluate(f"document.querySelector({selector!r}).scrollIntoView({{block: 'center'}})")
    box = opened.page.locator(selector).first.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = opened.context.new_cdp_session(opened.page)

    def touch(kind: str, part: float) -> None:
        places = [[m + a + part * (b - a) for m, a, b in zip(middle, *each, strict=True)] for each in fingers]
        points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places)] if kind != "touchEnd" else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0)
    for step in range(1, 9):
        touch("touchMove", step / 8)
        opened.page.evaluate("new Promise(requestAnimationFrame)")
    touch("touchEnd", 1)


def test_one_finger_turns_the_skeleton_and_two_zoom(phone: Opened) -> None:
    page, distance = phone.page, f"Math.hypot({EYE}.x, {EYE}.y, {EYE}.z)"
    front, far = page.evaluate(EYE), page.evaluate(distance)
    scrolled = "Math.round(scrollY)"
    drag(phone, "#skeleton", ((-60, 0), (80, 0)))
    there = page.evaluate(scrolled)
    phone.wait(f"Math.abs({EYE}.x - {front['x']}) > 0.5")
    turned = page.evaluate(EYE)["x"]
    page.evaluate("player.seek(5)")
    phone.wait("document.getElementById('skeleton').dataset.frame === '5'")
    assert page.evaluate(EYE)["x"] == pytest.approx(turned), "a new frame must not turn the view back"
    assert page.evaluate(distance) == pytest.approx(far)
    drag(phone, "#skeleton", ((-30, 0), (-60, 0)), ((30, 0), (60, 0)))
    phone.wait(f"Math.abs({distance} - {far / 2}) < 0.05")
    assert page.evaluate(scrolled) == there, "a finger in the view must not scroll the page"


def test_a_finger_over_a_curve_scrolls_and_a_tap_goes_there(phone: Opened) -> None:
    page, plot = phone.page, "[data-joint=knee][data-kind=time]"
    page.evaluate(f"document.querySelector({plot!r}).scrollIntoView({{block: 'center'}})")
    before = page.evaluate("scrollY")
    drag(phone, plot, ((0, 0), (0, -80)))
    phone.wait(f"scrollY > {before} + 40")
    page.evaluate(f"document.querySelector({plot!r}).scrollIntoView({{block: 'center'}})")
    box = page.locator(f"{plot} .nsewdrag").first.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    phone.wait("player.frame > 50 && player.frame < 70")


def test_curves_switch_and_zoom_with_the_keyboard(opened: Opened) -> None:
    page = opened.page
    page.locator("input[name=curves][value=both]").focus()
    page.keyboard.press("ArrowDown")
    knee = "document.querySelector('[data-joint=knee][data-kind=time]')"
    opened.wait(f"{knee}.data.every(trace => trace.visible === (trace.meta === 'result'))")
    page.evaluate("player.seek(60)")
    page.locator("[data-zoom='0.5']").focus()
    page.keyboard.press("Enter")
    opened.wait(f"{knee}.layout.xaxis.range[1] - {knee}.layout.xaxis.range[0] < 2.1")
    low, high = page.evaluate(f"{knee}.layout.xaxis.range")
    assert low < 2 < high
    page.locator("[data-zoom=all]").press("Enter")
    opened.wait(f"{knee}.layout.xaxis.range[0] === 0")
    page.locator("input[name=curves][value=both]").check()


def test_on_a_wide_screen_the_movement_stays_beside_the_curves(opened: Opened) -> None:
    opened.page.locator("#joint-elbow").scroll_into_view_if_needed()
    opened.wait("document.getElementById('viewer').getBoundingClientRect().top === 0")
    for part in ("#video", "#skeleton", "#play"):
        box = opened.page.locator(part).bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 900, part


def test_the_csv_behind_a_curve_is_complete(opened: Opened, make_walk: MakeWalk) -> None:
    with opened.page.expect_download() as waiting:
        opened.page.click("[data-csv=knee]")
    lines = Path(waiting.value.path()).read_text(encoding="utf-8").splitlines()
    assert waiting.value.suggested_filename.endswith("_knee.csv")
    assert len(lines) == 121
    names, cells = lines[0].split(","), lines[31].split(",")
    assert names[:3] == ["time_s", "knee_L_flex_deg", "knee_L_flex_deg_as_detected"]
    assert float(cells[1]) == pytest.approx(make_walk().degrees[30, 4, 0], abs=1e-3)
    assert lines[56].split(",")[1] == "", "a gap must stay empty"


def test_everything_can_be_reached_with_the_tab_key(opened: Opened) -> None:
    opened.page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    reached = set()
    for _ in range(40):
        opened.page.keyboard.press("Tab")
        reached.add(opened.page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert {"skeleton", "play", "back", "forward", "speed", "repeat", "scrubber"} <= reached


def refuse_violations(opened: Opened) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    found = axe.Axe().run(opened.page)
    assert found.violations_count == 0, found.generate_report()


def test_axe_finds_no_violation(opened: Opened) -> None:
    refuse_violations(opened)


@pytest.fixture(scope="module")
def compared(
    browser: Any, report: Path, make_walk: MakeWalk, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opened]:
    """The walk beside the same with half of its cycles' length and its bending 5 degrees greater."""
    later = make_walk(degrees=make_walk().degrees + 5, cycles=tuple(Cycle(s, s + 0.55, "R") for s in (0.55, 1.1)))
    page = tmp_path_factory.mktemp("comparison") / "comparison.html"
    overlay = report.with_name("overlay.mp4")
    write_comparison(page, Compared(NAME, make_walk(name=NAME), overlay), Compared("later", later, overlay))
    opened = Opened(browser, page)
    yield opened
    assert opened.complaints == []
    opened.context.close()


def test_one_slider_moves_both_to_the_same_part_of_the_cycle(compared: Opened) -> None:
    page = compared.page
    page.evaluate("pair.seek(1.5)")
    assert page.locator("#clock").inner_text() == "50 % of gait cycle 2 of 2"
    for number, moment in ((0, 1.1 + 0.55), (1, 1.1 + 0.275)):
        frame = int(moment * 30 + 1e-6)
        compared.wait(f"document.getElementById('skeleton-{number}').dataset.frame === '{frame}'")
        compared.wait(f"!document.getElementById('video-{number}').seeking")
        shown = page.evaluate(f"document.getElementById('video-{number}').currentTime")
        assert shown == pytest.approx(moment, abs=1 / 30)
    page.select_option("#align", "time")
    page.locator("#scrubber").fill("0.5")
    compared.wait("tracks.every((track) => track.frame === 59)")
    page.select_option("#align", "cycle")


def test_both_play_together_and_stop(compared: Opened) -> None:
    page = compared.page
    page.select_option("#speed", "0.25")
    page.click("#play")
    compared.wait("pair.position > 0.2")
    page.click("#play")
    compared.wait("document.getElementById('play').textContent === 'Play'")
    stopped = page.evaluate("pair.position")
    page.click("#forward")
    assert page.evaluate("pair.position") > stopped
    page.select_option("#speed", "1")


def test_axe_finds_no_violation_in_a_comparison(compared: Opened) -> None:
    refuse_violations(compared)


def test_without_a_video_it_still_plays(browser: Any, make_walk: MakeWalk, tmp_path: Path) -> None:
    write_report(tmp_path / "report.html", make_walk())
    opened = Opened(browser, tmp_path / "report.html")
    opened.page.click("#play")
    opened.wait("player.frame > 5")
    opened.page.click("#play")
    opened.page.click("#forward")
    assert opened.complaints == []
    opened.context.close()


def test_a_real_trial_opens_without_complaint(
    browser: Any, shared_data: Path, pose_model: Path, tmp_path: Path
) -> None:
    video, overlay = shared_data / "singleperson" / "cam04.mp4", tmp_path / "overlay.mp4"
    with VideoReader(video) as reader, load_pose_landmarker(pose_model) as landmarker:
        landmarks = observe(reader.frames(), landmarker).landmarks
    with VideoReader(video) as reader:
        write_overlay(overlay, reader.yuv_frames(LONG_SIDE), landmarks, rate=reader.info.nominal_rate)
    markers = markers_from_landmarks(landmarks)
    content = gather_content("cam04", initial=markers, final=markers, landmarks=landmarks)
    write_report(tmp_path / "report.html", content, overlay)
    assert (tmp_path / "report.html").stat().st_size < 4e6
    opened = Opened(browser, tmp_path / "report.html")
    opened.page.evaluate("player.seek(50)")
    opened.wait("document.getElementById('skeleton').dataset.frame === '50' && !video.seeking")
    assert opened.page.evaluate("video.currentTime - report.times[50]") == pytest.approx(0.5 / 60, abs=2e-3)
    assert "Usable" in opened.page.locator("#verdict-title").inner_text()
    refuse_violations(opened)
    assert opened.complaints == []
    opened.context.close()


def test_slow_motion_shows_the_frame_of_the_moment_in_life(
    browser: Any, report: Path, make_walk: MakeWalk, tmp_path: Path
) -> None:
    record = {**walk_record(), "settings": {"height_m": 1.78, "slow_motion_factor": 8.0}}
    slow = make_walk(times=make_walk().times / 8, markers=None, landmarks=None, cycles=(), record=record)
    write_report(tmp_path / "report.html", slow, report.with_name("overlay.mp4"))
    opened = Opened(browser, tmp_path / "report.html")
    opened.page.evaluate("player.seek(60)")
    opened.wait("!video.seeking")
    assert opened.page.locator("#clock").inner_text() == "0.250 s, frame 61 of 120"
    assert opened.page.evaluate(FRAME_OF_VIDEO) == 60
    opened.page.click("#play")
    opened.wait("player.frame > 63")
    opened.page.click("#play")
    assert abs(opened.page.evaluate("video.currentTime") * 30 - opened.frame()) < 3
    assert opened.complaints == []
    opened.context.close()


def test_the_switch_between_angles_moves_all_that_shows_them(
    browser: Any, make_solved: MakeWalk, tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    write_report(page, make_solved(knee=("side", "oblique")))
    opened = Opened(browser, page)
    whose = "Angles of OpenSim's model for knee; for all other joints as ISB recommends."

    def shown(method: str) -> str:
        opened.wait(f"document.querySelectorAll('.findings[data-angles={method}] .js-plotly-plot').length >= 7")
        visible = [part for part in opened.page.locator("[data-angles]").all() if part.is_visible()]
        assert {part.get_attribute("data-angles") for part in visible} == {method}
        assert sum("verdict" in (part.get_attribute("class") or "") for part in visible) == 1
        return str(opened.page.locator(f".findings[data-angles={method}]").inner_text())

    assert whose in shown("nearer")
    opened.page.locator("input[value=nearer]").focus()
    opened.page.keyboard.press("ArrowDown")
    isb = shown("isb")
    opened.page.keyboard.press("ArrowDown")
    opensim = shown("opensim")
    assert "errors of 3 degrees" in opened.page.locator(".findings[data-angles=opensim]").text_content()
    assert isb != opensim
    knee = "document.querySelector('.findings[data-angles=opensim] [data-joint=knee][data-kind=time]')"
    assert opened.page.evaluate(f"Math.max(...{knee}.data[1].y)") < 40
    refuse_violations(opened)
    opened.page.emulate_media(media="print")
    assert not opened.page.locator("#angle-methods").is_visible()
    assert "Angles of OpenSim's model, solved by inverse kinematics." in opened.page.locator("body").inner_text()
    assert opened.complaints == []
    opened.context.close()
    plain = browser.new_context(java_script_enabled=False, offline=True)
    without_script = plain.new_page()
    without_script.goto(page.as_uri())
    assert not without_script.locator("#angle-methods").is_visible()
    assert whose in without_script.locator("body").inner_text()
    plain.close()


def test_it_opens_within_a_notebook(browser: Any, make_walk: MakeWalk, demo_clip: Path, tmp_path: Path) -> None:
    inside = notebook_html(make_walk(name=NAME), demo_clip)
    (tmp_path / "notebook.html").write_text(f"<!doctype html><p>cell</p>{inside}", encoding="utf-8")
    page = browser.new_page()
    page.set_default_timeout(SLOWEST_S * 1000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto((tmp_path / "notebook.html").as_uri())
    frame = page.frame_locator("iframe")
    frame.locator("#joint-knee ~ .plots .main-svg").first.wait_for()
    frame.locator("#forward").click()
    assert "frame 2 of 120" in frame.locator("#clock").inner_text()
    assert complaints == []
    page.close()


def test_the_pictures_of_the_guide_can_be_taken_again(browser: Any, report: Path, tmp_path: Path) -> None:
    make_report_pictures.take_pictures(browser, report, tmp_path)
    for name in ("report.png", "report_numbers.png"):
        picture, kept = tmp_path / name, PROJECT / "docs" / name
        assert picture.read_bytes()[16:24] == kept.read_bytes()[16:24], "the size, as the file's head tells it"


def test_it_prints(opened: Opened) -> None:
    opened.page.locator("#skeleton-picture").wait_for(state="attached")
    opened.page.emulate_media(media="print")
    assert opened.page.locator("#skeleton-picture").is_visible(), "browsers print no 3D canvas"
    assert not opened.page.locator("#controls").is_visible()
    assert len(opened.page.pdf()) > 50_000
    opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    widest = "Math.max(...[...document.querySelectorAll('.plot .main-svg')].map(svg => svg.clientWidth))"
    assert opened.page.evaluate(widest) <= 703, "wider than A4 between its margins"
    opened.page.evaluate("dispatchEvent(new Event('afterprint'))")
    opened.page.emulate_media(media="screen")
