"""The Theatre as somebody uses it: play, lose, change a setting, be saved, send the link to a colleague."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.ui.measuring import Traffic
from ui import runs

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SCENE = "/theatre?scenario=fetch-loses-wal"
KEEP = ".st-key-conditions input[type=range]"
# The step that the slider ends at: one more than commands, because it begins before the first.
LAST = 1 + len(runs.predicted("fetch-loses-wal", 14, ()).run.steps)
OpenPage = Callable[..., Page]


def test_a_lost_backup_is_saved_by_wal_keep_size_in_both_languages(open_page: OpenPage) -> None:
    page = open_page(SCENE)
    verdict = page.locator(".verdict")
    expect(verdict).to_contain_text("What do you expect?")
    page.get_by_label("Speed").select_option("60")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(verdict).to_contain_text("the backup /backup/base failed")
    expect(verdict).to_contain_text("256 MB more would have saved it (wal_keep_size ≥ 256MB)")
    expect(page.locator(".terminal")).to_contain_text("has already been removed")
    for size in ("64MB", "128MB", "256MB"):
        page.locator(KEEP).first.focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator(".ruler-name").first).to_contain_text(f"wal_keep_size = {size}")
    expect(verdict).to_have_class("verdict good")
    expect(verdict).to_contain_text("Before the change: ✕")
    expect(page.locator(".diff")).to_contain_text("wal_keep_size=256MB kept")
    expect(page.locator(".ruler")).to_have_count(2)
    page.get_by_text("日本語", exact=True).click()
    expect(verdict).to_contain_text("復元できます")
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    for part in ("scenario=fetch-loses-wal", "wal_keep_size=256MB", "lang=ja", f"step={LAST}"):
        assert part in page.url


def test_a_link_shows_the_same_moment_to_somebody_else(open_page: OpenPage) -> None:
    mine = open_page(f"{SCENE}&wal_keep_size=128MB&v=17", locale="ja-JP", theme="dark")
    mine.locator(".seg").first.wait_for()
    for _ in range(4):
        mine.keyboard.press("ArrowRight")
    expect(mine.locator(".count")).to_have_text(f"ステップ 5 / {LAST}")
    link = mine.url
    yours = open_page("/" + link.split("/", 3)[3], locale="en-US", theme="light", width=390)
    expect(yours.locator(".count")).to_have_text(f"ステップ 5 / {LAST}")
    assert yours.locator(".terminal").inner_text() == mine.locator(".terminal").inner_text()


def test_playing_asks_the_server_nothing(open_page: OpenPage) -> None:
    page = open_page("/")
    traffic = Traffic()
    traffic.listen(page)
    page.goto(page.url.split("/theatre")[0].rstrip("/") + SCENE)
    page.locator(".seg").first.wait_for()
    page.wait_for_timeout(1000)
    before = traffic.sent + traffic.received
    page.get_by_role("button", name="first loss").click()
    page.keyboard.press("End")
    page.keyboard.press("Home")
    page.get_by_label("Speed").select_option("60")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator(".count")).to_have_text(f"step {LAST} of {LAST}")
    assert traffic.sent + traffic.received == before


def test_the_keyboard_alone_is_enough(open_page: OpenPage) -> None:
    page = open_page(SCENE)
    page.locator(".seg").first.wait_for()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".count")).to_have_text(f"step 2 of {LAST}")
    page.keyboard.press("End")
    expect(page.locator(".verdict")).to_have_class("verdict bad")
    page.locator('.seg[tabindex="0"]').first.focus()
    expect(page.locator(".card")).to_be_visible()
    name = page.locator(".card b").inner_text()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".card b")).not_to_have_text(name)
    expect(page.locator(".count")).to_have_text(f"step {LAST} of {LAST}")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("&step=99", "The link asks for step “99”"),
        ("&step=abc", "The link asks for step “abc”"),
        ("&v=9", "PostgreSQL “9”"),
        ("&lang=xx", "language “xx”"),
        ("&wal_kep_size=1GB", "wal_kep_size"),
        ("&max_wal_size=banana", 'invalid value for parameter "max_wal_size": "banana"'),
        ("&max_wal_senders=10&max_connections=<b>x", "max_connections"),
    ],
)
def test_what_is_wrong_in_a_link_is_said_and_the_rest_works(open_page: OpenPage, query: str, told: str) -> None:
    page = open_page(SCENE + query)
    page.locator(".seg").first.wait_for()
    expect(page.locator('[data-testid="stMain"]')).to_contain_text(told)
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)


def test_an_unknown_scenario_leads_to_the_list(open_page: OpenPage) -> None:
    page = open_page("/theatre?scenario=no-such-thing")
    expect(page.locator('[data-testid="stMain"]')).to_contain_text("There is no scenario “no-such-thing”")
    page.get_by_role("link", name="Can a fetch backup (-Xf) finish on a server that writes a lot?").click()
    page.locator(".seg").first.wait_for()
    assert "scenario=fetch-loses-wal" in page.url
