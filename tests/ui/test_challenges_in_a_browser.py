"""Challenges as somebody plays them: to the goal, into a trap, with help, with a reload, and from a phone."""

import json
import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests import browsing
from tests.shots import settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

OpenPage = Callable[..., Page]
KEY = "waldojo.challenges"
PATIENCE_MS = 30_000
"""For a page of many links, drawn anew when the browser has told what it kept."""
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
LOOKS: dict[str, tuple[str, browsing.Theme, int]] = {
    "ja-light-1280": ("ja-JP", "light", 1280),
    "en-dark-390": ("en-US", "dark", 390),
}


def run(page: Page, text: str) -> None:
    """Type a line, and wait until its answer is there."""
    count = page.locator(".item").count()
    page.locator(".line-in").fill(text)
    page.locator(".line-in").press("Enter")
    expect(page.locator(".item")).to_have_count(count + 1)


def kept(page: Page) -> dict[str, object]:
    stored: dict[str, object] = json.loads(page.evaluate(f"localStorage.getItem('{KEY}') || '{{}}'"))
    return stored


def test_a_challenge_is_played_and_the_path_knows_it_after_a_reload(open_page: OpenPage) -> None:
    page = open_page("/challenge?id=first-dump&v=16")
    expect(page.locator(".goals li")).to_have_count(1)
    expect(page.locator(".goals li.holds")).to_have_count(0)
    run(page, "pg_dump -f /backup/shop.sql shop")
    expect(page.locator(".goals li.holds")).to_have_count(1)
    ending = page.get_by_role("region", name="How it ended")
    expect(ending).to_contain_text("Well done: solved in 1 (par 1)")
    expect(ending).to_contain_text("reads a snapshot")
    ending.get_by_role("link", name="Next: Restore into a fresh database").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2. Restore into a fresh database")
    expect(page.locator(".goals li")).to_have_count(2)
    run(page, "ls /backup")
    page.reload()
    expect(page.locator(".item")).to_have_count(1)
    page.get_by_role("link", name="All challenges").click()
    expect(page.get_by_text("★ solved within par, in 1").first).to_be_visible(timeout=PATIENCE_MS)
    page.goto(page.url.split("/challenges")[0] + "/challenges")
    expect(page.get_by_text("★ solved within par, in 1").first).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("link", name="Go on with: 2. Restore into a fresh database").click()
    expect(page.locator(".item")).to_have_count(1)
    expect(page.locator(".item")).to_contain_text("ls /backup")


def test_a_trap_gives_its_reason_and_undo_takes_it_back(open_page: OpenPage) -> None:
    page = open_page("/challenge?id=first-dump")
    run(page, "pg_ctl stop")
    ending = page.get_by_role("region", name="How it ended")
    expect(ending).to_contain_text("Lost")
    expect(ending).to_contain_text("needs no downtime")
    ending.get_by_role("button", name="undo").click()
    expect(ending).to_be_hidden()
    expect(page.locator(".line-in")).to_be_focused()
    run(page, "pg_ctl stop")
    page.locator(".line-in").fill("reset")
    page.locator(".line-in").press("Enter")
    expect(ending).to_be_hidden()
    expect(page.locator(".item")).to_have_count(0)


def test_help_comes_in_portions_by_button_and_by_word(open_page: OpenPage) -> None:
    page = open_page("/challenge?id=cold-copy")
    page.get_by_role("button", name="hint (3 left)").click()
    expect(page.locator(".hints li")).to_have_count(1)
    for word, seen in (("hint", "Hint 2"), ("show goal", "The goal (✓ is done)")):
        page.locator(".line-in").fill(word)
        page.locator(".line-in").press("Enter")
        expect(page.locator(".log")).to_contain_text(seen)
    page.get_by_role("button", name="show solution").click()
    expect(page.get_by_role("button", name="Show it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".solution li")).to_have_count(3)
    page.get_by_role("button", name="Type the next line").click()
    expect(page.locator(".item")).to_have_count(1)
    page.get_by_role("button", name="Type it all for me").click()
    expect(page.get_by_role("region", name="How it ended")).to_contain_text("Goal reached, with the solution")
    page.wait_for_function(f"localStorage.getItem('{KEY}')?.includes('helped')")
    page.get_by_role("button", name="Once more").click()
    expect(page.locator(".item")).to_have_count(0)


def test_a_solution_on_several_machines_is_typed_at_their_terminals(open_page: OpenPage) -> None:
    page = open_page("/challenge?id=from-the-backup-host")
    tabs = page.get_by_role("tab")
    expect(tabs).to_have_text(["db1", "backup1", "standby1"])
    page.get_by_role("button", name="show solution").click()
    page.get_by_role("button", name="Show it").click()
    page.get_by_role("button", name="Type the next line").click()
    expect(page.get_by_role("tab", name="db1")).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Type it all for me").click()
    expect(page.get_by_role("tab", name="backup1")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".log")).to_contain_text("pg_basebackup -h db1")
    expect(page.locator(".p-files h2")).to_have_text("Files · backup1")
    expect(page.get_by_role("region", name="How it ended")).to_contain_text("Goal reached, with the solution")


@pytest.mark.parametrize("spoilt", ["{", "[1]", '"x"', '{"first-dump": {"best": 7}, "other": "words"}'])
def test_foreign_words_in_the_browsers_memory_harm_nothing(open_page: OpenPage, spoilt: str) -> None:
    page = open_page("/challenges")
    page.evaluate("text => localStorage.setItem('waldojo.challenges', text)", spoilt)
    page.reload()
    settle(page)
    expect(page.get_by_text(re.compile(r"Solved: 0 of \d+"))).to_be_visible()
    page.get_by_role("link", name="1. The first dump", exact=True).click()
    run(page, "pg_dump -f /backup/shop.sql shop")
    page.wait_for_function(f"localStorage.getItem('{KEY}').includes('solved')")
    assert kept(page)["first-dump"] == {
        "last": {"state": "solved", "commands": 1, "major": 14, "code": ""},
        "best": {"state": "solved", "commands": 1, "major": 14, "code": ""},
    }


REFUSALS = {
    "full": "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }",
    "closed": "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no'); } })",
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_browser_that_can_keep_nothing_is_said_so_and_this_visit_still_knows(
    open_page: OpenPage, refusal: str
) -> None:
    page = open_page("/challenges")
    page.add_init_script(REFUSALS[refusal])
    page.reload()
    expect(page.get_by_text("This browser cannot keep your results")).to_be_visible()
    page.get_by_role("link", name="1. The first dump", exact=True).click()
    run(page, "pg_dump -f /backup/shop.sql shop")
    page.get_by_role("link", name="All challenges").first.click()
    expect(page.get_by_text("★ solved within par, in 1").first).to_be_visible(timeout=PATIENCE_MS)


def test_a_link_to_nowhere_leads_to_the_path(open_page: OpenPage) -> None:
    page = open_page("/challenge?id=nowhere")
    expect(page.get_by_text("There is no challenge “nowhere”")).to_be_visible()
    expect(page.get_by_role("link", name="1. The first dump", exact=True)).to_be_visible()


def test_the_sandbox_leads_to_the_path_and_keeps_what_was_typed(open_page: OpenPage) -> None:
    page = open_page("/terminal")
    run(page, "touch mine")
    page.locator(".line-in").fill("show goal")
    page.locator(".line-in").press("Enter")
    page.get_by_role("link", name="Go to the challenges").click()
    page.get_by_role("link", name="1. The first dump", exact=True).click()
    expect(page.locator(".item")).to_have_count(0)
    run(page, "ls")
    page.get_by_role("link", name="Terminal", exact=True).click()
    expect(page.locator(".item")).to_have_count(1)
    expect(page.locator(".item")).to_contain_text("touch mine")


def test_all_pages_stand_in_the_navigation_at_1280(open_page: OpenPage) -> None:
    for locale in ("en-US", "ja-JP"):
        page = open_page("/challenges", locale=locale)
        settle(page)
        nav = page.locator('[data-testid="stTopNav"]')
        expect(nav.get_by_role("link")).to_have_count(9)
        assert nav.get_by_role("button").count() == 0
        last = nav.get_by_role("link").last.bounding_box()
        switch = page.locator(".st-key-switches").bounding_box()
        assert last is not None
        assert switch is not None
        assert last["x"] + last["width"] <= switch["x"]


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_no_violation_in_any_state(open_page: OpenPage, look: str) -> None:
    locale, theme, width = LOOKS[look]
    page = open_page("/challenge?id=one-target-too-many", locale=locale, theme=theme, width=width)

    def assert_usable() -> None:
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(v["id"], v["help"], [node["target"] for node in v["nodes"]][:5]) for v in found] == []
        main = page.locator('[data-testid="stMain"]')
        assert main.evaluate("element => element.scrollWidth <= element.clientWidth")

    panes = page.locator(".chooser button")
    page.locator(".help button").first.click()
    page.locator(".hints li").first.wait_for()
    assert_usable()
    page.locator(".help button").last.click()
    page.locator(".solution button").first.click()
    page.locator(".solution ol").wait_for()
    assert_usable()
    if width < 600:
        panes.nth(1).click()
    run(page, "sed -i '/recovery_target_[tn]/d' ~/restored/postgresql.conf")
    run(page, "pg_ctl -D ~/restored -l ~/restored.log start")
    expect(page.locator(".ending.bad")).to_be_visible()
    assert_usable()
    page.locator(".ending button").first.click()
    expect(page.locator(".ending")).to_be_hidden()
    if width < 600:
        panes.nth(0).click()
    page.locator(".solution button.primary ~ button").click()
    expect(page.locator(".ending.good")).to_be_visible()
    assert_usable()
