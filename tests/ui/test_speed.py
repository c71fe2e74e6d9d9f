"""What the pages cost, beside an empty Streamlit page in the same run; `make bench-ui` writes it down."""

import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests import browsing
from tests.ui import measuring
from tests.ui.measuring import SCENE, Traffic
from tests.ui.test_study_in_a_browser import answer

pytestmark = [pytest.mark.browser, pytest.mark.bench, pytest.mark.timeout(600)]

HERE = Path(__file__).parent
REPORT = browsing.ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- ui: written by make bench-ui -->", "<!-- ui: end -->"
PAINT_RATIO, RERUN_RATIO, FPS, SESSION_BYTES = 1.5, 2.0, 30, 500_000
EMPTY_TEXT = ".stMarkdown p"
STAGE_SLIDER = ".st-key-conditions input[type=range]"
STUDY = {
    "the lessons": ("/lessons", ".wd-methods"),
    "a lesson": ("/lesson?id=wal-and-checkpoints", ".seg"),
    "practice": ("/practice", ".asks"),
    "the mock paper": ("/paper", '[data-testid="stBaseButton-primary"]'),
    "the questions": ("/questions", ".st-key-seek_words input"),
    "the history": ("/history", '[data-testid="stAlert"]'),
    "progress": ("/progress", '[data-testid="stExpander"]'),
}
"""Each page for the examination: its address, and what a learner came for."""

rows: list[tuple[str, str, str, str]] = []


def promised(text: str, *, kept: bool) -> str:
    """A promise as the table tells it.  Times are told and never asserted: a busy machine is no defect of the pages."""
    return f"{text} {'met' if kept else '**missed**'}"


def told(name: str, page: float, empty: float, most: float | None = None) -> None:
    """A row: a page beside the empty one."""
    unit, digits, factor = ("s", 2, 1) if empty >= 0.5 else ("ms", 0, 1000)
    ratio = page / empty
    shown = f"{page * factor:.{digits}f} {unit} / {empty * factor:.{digits}f} {unit}"
    rows.append((name, shown, f"{ratio:.2f} ×", promised(f"≤ {most} ×", kept=ratio <= most) if most else ""))


@pytest.fixture(scope="module")
def empty_server() -> Iterator[str]:
    with browsing.serve(HERE / "empty_page.py") as address:
        yield address


@pytest.fixture(scope="module")
def endless_server() -> Iterator[str]:
    with browsing.serve(HERE / "endless_page.py") as address:
        yield address


@pytest.fixture(scope="module")
def timed(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("benchmark_enable"))


@pytest.fixture(scope="module", autouse=True)
def report(timed: bool) -> Iterator[None]:
    yield
    if timed and rows:
        write_report()


def test_the_theatre_is_painted_within_one_and_a_half_empty_pages(
    browser: Browser, app_server: str, empty_server: str, timed: bool
) -> None:
    theatre, empty = measuring.interleaved(
        lambda: measuring.first_paint(browser, app_server + SCENE, ".seg"),
        lambda: measuring.first_paint(browser, empty_server, EMPTY_TEXT),
        rounds=9 if timed else 3,
    )
    told("First paint of the Theatre / of an empty page", theatre, empty, PAINT_RATIO)
    assert min(theatre, empty) > 0, "both pages were painted"


def test_a_changed_setting_is_drawn_within_two_empty_reruns(
    browser: Browser, app_server: str, empty_server: str, timed: bool
) -> None:
    context = browsing.new_context(browser)
    one, two = context.new_page(), context.new_page()
    one.goto(app_server + SCENE)
    one.locator(".seg").first.wait_for()
    two.goto(empty_server)
    browsing.wait_until_drawn(two)
    keys = ["ArrowRight"] * 3 + ["ArrowLeft"] * 3
    theatre, empty = [], []
    for _ in range(4 if timed else 1):
        one.bring_to_front()
        theatre += measuring.moves(one, STAGE_SLIDER, ".ruler-name", keys)
        two.bring_to_front()
        empty += measuring.moves(two, "input[type=range]", EMPTY_TEXT, ["ArrowRight"] * len(keys))
    context.close()
    picture, rerun = statistics.median(theatre), statistics.median(empty)
    told("Changed setting to new picture / an empty rerun", picture, rerun, RERUN_RATIO)
    assert len(theatre) == len(empty) == len(keys) * (4 if timed else 1), "every move was answered by a new picture"


def test_the_study_pages_are_painted_within_one_and_a_half_empty_pages(
    browser: Browser, app_server: str, empty_server: str, timed: bool
) -> None:
    pages = {name: (app_server + address, shown) for name, (address, shown) in STUDY.items()}
    found: dict[str, list[float]] = {name: [] for name in pages}
    blank: list[float] = []
    # In turn, so that all see the same machine; the first round is for warming up.
    for _ in range((5 if timed else 1) + 1):
        blank += [measuring.first_paint(browser, empty_server, EMPTY_TEXT) for _ in range(2)]
        for name, (address, shown) in pages.items():
            found[name].append(measuring.first_paint(browser, address, shown))
    empty = statistics.median(blank[2:])
    for name, times in found.items():
        told(f"First paint of {name} / of an empty page", statistics.median(times[1:]), empty, PAINT_RATIO)
    assert all(len(times) == len(blank) / 2 for times in found.values()), "every page was painted each time"


def test_the_first_visitor_after_a_start_waits_little_longer(browser: Browser, timed: bool) -> None:
    first: dict[str, list[float]] = {"app.py": [], "empty": []}
    for _ in range(3 if timed else 1):
        with browsing.serve() as address:
            first["app.py"].append(measuring.first_paint(browser, address + "/practice", ".asks"))
        with browsing.serve(HERE / "empty_page.py") as address:
            first["empty"].append(measuring.first_paint(browser, address, EMPTY_TEXT))
    page, empty = (statistics.median(times) for times in first.values())
    told("Practice, the very first visitor after the app's start / of an empty page", page, empty)
    assert min(page, empty) > 0, "both came up"


def test_an_answer_is_explained_and_the_next_question_put_within_two_empty_reruns(
    browser: Browser, app_server: str, empty_server: str, timed: bool
) -> None:
    context = browsing.new_context(browser)
    one, two = context.new_page(), context.new_page()
    one.goto(app_server + "/practice")
    two.goto(empty_server)
    browsing.wait_until_drawn(two)
    explained, put, empty = [], [], []
    for _ in range(24 if timed else 3):
        one.bring_to_front()
        one.locator(".asks").wait_for()
        answer(one)
        one.wait_for_timeout(300)
        explained.append(measuring.pressed(one, ".asks", ".judged", "Enter"))
        one.wait_for_timeout(300)
        put.append(measuring.pressed(one, ".judged", ".asks", "Enter"))
        two.bring_to_front()
        empty += measuring.moves(two, "input[type=range]", EMPTY_TEXT, ["ArrowRight"])
    context.close()
    rerun = statistics.median(empty)
    told("From an answer to its explanation / an empty rerun", statistics.median(explained), rerun, RERUN_RATIO)
    told("From there to the next question / an empty rerun", statistics.median(put), rerun, RERUN_RATIO)
    assert len(explained) == len(put) == len(empty) == (24 if timed else 3), "everything was answered, nothing hung"


def test_five_thousand_steps_play_smoothly_without_the_server(browser: Browser, endless_server: str) -> None:
    context = browsing.new_context(browser)
    page = context.new_page()
    traffic = Traffic()
    traffic.listen(page)
    page.goto(endless_server)
    page.locator(".seg").first.wait_for()
    browsing.wait_until_drawn(page)
    page.wait_for_timeout(500)
    loaded = traffic.volume
    page.get_by_label("Speed").select_option("60")
    before = traffic.sent + traffic.received
    page.get_by_role("button", name="Play").click()
    fps, steps = page.evaluate(measuring.FPS)
    frames = traffic.sent + traffic.received - before
    context.close()
    rows.append(
        (
            "Frames a second, playing 5,000 steps at 60 steps/s",
            f"{steps} steps in 5 s",
            f"{fps:.0f} fps",
            promised(f"≥ {FPS} fps", kept=fps >= FPS),
        )
    )
    rows.append(("Websocket messages during these 5 s", "", str(frames), "0"))
    rows.append(
        ("Bytes of a session with a run of 5,000 steps", "", f"{loaded / 1000:.0f} kB", f"≤ {SESSION_BYTES // 1000} kB")
    )
    assert frames == 0
    assert steps > 0, "it plays"
    assert loaded <= SESSION_BYTES


def test_a_session_with_ten_changed_settings_stays_small(browser: Browser, app_server: str) -> None:
    context = browsing.new_context(browser)
    page = context.new_page()
    traffic = Traffic()
    traffic.listen(page)
    page.goto(app_server + SCENE)
    page.locator(".seg").first.wait_for()
    measuring.moves(
        page, STAGE_SLIDER, ".ruler-name", ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft"] * 2
    )
    context.close()
    rows.append(
        (
            "Bytes of a session that changes ten settings",
            "",
            f"{traffic.volume / 1000:.0f} kB",
            f"≤ {SESSION_BYTES // 1000} kB",
        )
    )
    assert traffic.volume <= SESSION_BYTES


def write_report() -> None:
    """Put the table between its markers; whatever else the file holds stays."""
    table = ["| What | Measured | Result | Promise |", "| --- | --- | ---: | ---: |"]
    table += [f"| {' | '.join(row)} |" for row in rows]
    block = "\n".join(
        [BEGIN, "", "## The pages, in headless Chromium beside an empty Streamlit page", "", *table, "", END]
    )
    old = REPORT.read_text(encoding="utf-8") if REPORT.exists() else "# Performance\n"
    if BEGIN in old and END in old:
        new = old[: old.index(BEGIN)] + block + old[old.index(END) + len(END) :]
    else:
        new = f"{old.rstrip()}\n\n{block}\n"
    REPORT.write_text(new, encoding="utf-8")
