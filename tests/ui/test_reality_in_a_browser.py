"""A real server is asked from the Theatre, and prediction and reality stand side by side."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from lab.binaries import usable
from tests.ui import recorded, uploading
from tests.ui.test_access import violations
from tests.ui.uploading import SOURCE, upload
from ui import runs

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

LAST = 1 + len(runs.predicted("fetch-loses-wal", 16, ()).run.steps)
OpenPage = Callable[..., Page]
SCENE = "/theatre?scenario=fetch-loses-wal"
LONG_MS = 180_000
NOBODY_MS = 60_000
ASK = {"en": "Ask a real server", "ja": "本物のサーバで確かめる"}
AGREED = {
    "en": re.compile(r"All \d+ compared fields are as predicted"),
    "ja": re.compile(r"比べた\d+項目は、すべて予測どおり"),
}
SEE = {"en": "See prediction and reality side by side", "ja": "予測と実機を並べて見る"}
STEP = {
    "en": re.compile(r"step \d+ of \d+: .*(pg_basebackup|CHECKPOINT|32 MB)"),
    "ja": re.compile(r"ステップ \d+ / \d+: "),
}
# Steps pass faster than a test looks: what was said on the way is kept.
LISTEN = """
() => {
  window.heard = [];
  const note = () => {
    const words = document.querySelector('.wd-progress span')?.textContent;
    if (words && words !== window.heard.at(-1)) window.heard.push(words);
  };
  new MutationObserver(note).observe(document.body, { childList: true, subtree: true, characterData: true });
}
"""
LOCALES = {"en": "en-US", "ja": "ja-JP"}


@pytest.fixture(scope="module")
def major() -> int:
    found = usable()
    if not found:
        pytest.skip("no PostgreSQL on this machine")
    return max(found)


@pytest.mark.server
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_real_server_answers_and_nothing_differs(open_page: OpenPage, major: int, lang: str) -> None:
    page = open_page(f"{SCENE}&v={major}&wal_keep_size=128MB", locale=LOCALES[lang])
    page.evaluate(LISTEN)
    page.get_by_role("button", name=ASK[lang]).click()
    page.locator(".wd-progress").wait_for()
    assert violations(page) == []
    answer = page.locator(".st-key-answer-good")
    expect(answer).to_contain_text(AGREED[lang], timeout=LONG_MS)
    assert any(STEP[lang].match(words) for words in page.evaluate("window.heard"))
    assert violations(page) == []
    page.get_by_role("link", name=SEE[lang]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(AGREED[lang])
    expect(page.locator(".ruler")).to_have_count(2)
    expect(page.locator(".terminal")).to_have_count(2)
    expect(page.locator(".t-differs, .s-differs, .s-absent, .f-differs")).to_have_count(0)
    expect(page.locator('[data-testid="stCaptionContainer"]').last).to_contain_text("wal_keep_size = 128MB")
    assert f"v={major}" in page.url
    assert "run=run-" in page.url


@pytest.mark.server
def test_a_run_can_be_cancelled_and_the_theatre_stays_usable(open_page: OpenPage, major: int) -> None:
    page = open_page(f"{SCENE}&v={major}")
    page.get_by_role("button", name=ASK["en"]).click()
    page.locator(".wd-progress").wait_for()
    page.locator(".stage").click()
    page.keyboard.press("End")
    expect(page.locator(".verdict")).to_have_class("verdict bad")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator('[data-testid="stAlert"]')).to_contain_text("cancelled", timeout=NOBODY_MS)
    expect(page.get_by_role("button", name=ASK["en"])).to_be_visible()
    expect(page.locator(".verdict")).to_have_class("verdict bad")


def workers_of(port: int) -> list[int]:
    """Processes of lab.worker that the app on this port has started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if b"lab.worker" not in (entry / "cmdline").read_bytes():
                    continue
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                if f"--server.port={port}".encode() in (Path("/proc") / parent / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@pytest.mark.server
def test_a_tab_that_is_closed_cancels_its_run(open_page: OpenPage, major: int) -> None:
    page = open_page(f"{SCENE}&v={major}")
    port = urlsplit(page.url).port
    assert port is not None
    page.get_by_role("button", name=ASK["en"]).click()
    page.locator(".wd-progress").wait_for()
    assert workers_of(port)
    page.context.close()
    give_up = time.monotonic() + NOBODY_MS / 1000
    while workers_of(port) and time.monotonic() < give_up:
        time.sleep(0.2)
    assert workers_of(port) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_a_doctored_recording_shows_the_first_difference_at_its_step(open_page: OpenPage, width: int) -> None:
    page = open_page("/reality", width=width)
    uploading.doctored_recording(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("The first difference is at step 6: files in pg_wal")
    expect(page.locator(".count")).to_have_text(f"step 6 of {LAST}")
    expect(page.locator(".s-differs")).to_have_count(1)
    expect(page.locator(".s-absent")).to_have_count(1)
    expect(page.locator(".f-differs")).to_contain_text("only here")
    expect(page.locator(".diff")).to_contain_text("Differs from step 6 on")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".s-differs, .s-absent, .f-differs")).to_have_count(0)
    page.get_by_role("button", name="first difference").click()
    expect(page.locator(".count")).to_have_text(f"step 6 of {LAST}")
    left, right = (terminal.bounding_box() for terminal in page.locator(".terminal").all())
    assert left is not None
    assert right is not None
    assert (right["x"] >= left["x"] + left["width"]) == (width > 640)
    assert (right["y"] >= left["y"] + left["height"]) == (width < 640)


def test_lines_that_differ_are_marked_in_both_terminals(open_page: OpenPage) -> None:
    page = open_page("/reality")
    upload(page, recorded.doctored(recorded.with_another_error), "doctored.json")
    marked = page.locator(".t-differs")
    expect(marked).to_have_count(2)
    expect(marked.last).to_contain_text("≠ (differs) pg_basebackup: something else")


def test_a_cell_of_the_report_opens_its_run_and_back_leads_to_the_report(open_page: OpenPage) -> None:
    page = open_page("/reality")
    page.get_by_role("link", name=re.compile(r"^PostgreSQL \d+: \d+ of \d+ fields as predicted")).first.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Prediction and reality")
    assert "scenario=" in page.url
    page.get_by_role("button", name="All scenarios and versions").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Prediction and reality")
    assert "scenario=" not in page.url


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_scenario_file_plays_and_a_faulty_one_says_what_to_mend(open_page: OpenPage, lang: str) -> None:
    page = open_page("/scenarios", locale=LOCALES[lang])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    good = SOURCE.read_text(encoding="utf-8")
    upload(page, good.replace("write: 128MB", "wriet: 128MB", 1).encode(), "mine.yaml")
    expect(page.locator('[data-testid="stCode"]')).to_contain_text("timeline[0].while[0].wriet")
    title = "![x](http://evil.example/x) <img src=http://evil.example/y>"
    for mine in (
        "フェッチ方式(-Xf)のバックアップは、書き込みの多いサーバで最後まで取れるか",
        "Can a fetch backup (-Xf) finish on a server that writes a lot?",
    ):
        good = good.replace(mine, f"'{title}'")
    upload(page, good.encode(), "mine.yaml")
    page.locator(".seg").first.wait_for()
    heading = page.get_by_role("heading", level=1)
    assert heading.inner_text().replace("\u200b", "") == title
    expect(heading.locator("img, a")).to_have_count(0)
    assert not [url for url in asked if "evil" in url]
    assert "scenario=file-" in page.url
    page.keyboard.press("End")
    expect(page.locator(".verdict")).to_have_class("verdict bad")
    page.reload()
    expect(page.locator('[data-testid="stAlert"]')).to_contain_text("file-")


@pytest.mark.server
def test_an_opened_file_can_be_asked_of_a_real_server(open_page: OpenPage, major: int) -> None:
    page = open_page("/scenarios")
    mine = SOURCE.read_text(encoding="utf-8").replace("id: fetch-loses-wal", "id: my-own").replace("128MB\n", "48MB\n")
    upload(page, mine.encode(), "mine.yaml")
    page.get_by_role("button", name=ASK["en"]).click()
    expect(page.locator(".st-key-answer-good")).to_contain_text(AGREED["en"], timeout=LONG_MS)
    page.get_by_role("link", name=SEE["en"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(AGREED["en"])
    assert "scenario=my-own" in page.url
    page.get_by_role("link", name=re.compile("Play in the Theatre")).click()
    page.locator(".verdict").wait_for()
    assert re.search(r"scenario=file-[0-9a-f]{8}", page.url)
