"""Practice and the mock paper as somebody takes them: by mouse, by keyboard, in both languages, through a crash."""

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from quizzes.loader import bank
from tests import browsing
from tests.shots import settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

OpenPage = Callable[..., Page]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
LANGUAGES = {"ja": "ja-JP", "en": "en-US"}
BEGIN = {"ja": "模擬試験を始める", "en": "Begin the paper"}
RESULT = {"ja": re.compile("合格ライン"), "en": re.compile("the mark:")}


def answer(page: Page) -> None:
    """Answer whatever is asked, without knowing anything."""
    if page.locator("input.entry").count():
        page.locator("input.entry").fill("pg_dump")
    elif page.locator("button.file").count():
        page.locator("button.file").first.click()
    elif page.locator(".steps").count():
        page.locator(".steps .choice").first.focus()
        page.keyboard.press("Alt+ArrowDown")
    else:
        marked = int(page.locator(".choices input[type=checkbox]").count() > 0)
        page.locator(".asks").focus()
        page.keyboard.press("1")
        if marked:
            wanted = re.search(r"\d", page.locator(".ask").inner_text())
            for number in range(2, int(wanted[0]) + 1 if wanted else 2):
                page.keyboard.press(str(number))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_question_is_answered_by_the_keyboard_and_explained(open_page: OpenPage, lang: str) -> None:
    page = open_page("/practice?objective=S2.3", locale=LANGUAGES[lang])
    for _ in range(3):
        asked = page.locator(".asks").inner_text()
        expect(page.locator(".because")).to_have_count(0)
        answer(page)
        page.keyboard.press("Enter")
        expect(page.locator(".judged")).to_be_visible()
        expect(page.locator(".explanation")).not_to_be_empty()
        page.keyboard.press("Enter")
        expect(page.locator(".asks")).not_to_have_text(asked)
    page.goto(re.sub(r"/practice.*", "/progress", page.url))
    browsing.wait_until_drawn(page)
    expect(page.locator(".wd-tiles dd").nth(2)).to_have_text(re.compile("^3 /"))


FOUND = {"ja": re.compile("問見つかりました"), "en": re.compile("Questions found")}
WORDS = {"ja": "restore_command アーカイブ", "en": "restore_command archive"}
AGAIN = {"ja": "この問題をもう一度解く", "en": "Answer this question again"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_question_is_found_answered_and_looked_at_again_in_the_history(open_page: OpenPage, lang: str) -> None:
    page = open_page("/questions", locale=LANGUAGES[lang], width=390)
    page.locator('[data-testid="stTextInput"] input').fill(WORDS[lang])
    page.keyboard.press("Enter")
    expect(page.get_by_text(FOUND[lang])).not_to_contain_text(str(len(bank())))
    first = page.locator(".st-key-rows-found a").first
    stem = first.inner_text().splitlines()[-1].rstrip("…")
    first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".asks")).to_contain_text(stem)
    answer(page)
    page.keyboard.press("Enter")
    expect(page.locator(".judged")).to_be_visible()
    page.goto(re.sub(r"/practice.*", "/history", page.url))
    line = page.locator('[class*="st-key-link-past-"] button')
    expect(line).to_have_count(1)
    expect(line).to_contain_text(stem)
    line.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".explanation")).to_be_visible()
    expect(line).to_contain_text("▾")
    page.locator(".flag-it").click()
    expect(page.locator(".flag-it")).to_have_attribute("aria-pressed", "true")
    assert_usable(page)
    page.get_by_role("link", name=AGAIN[lang]).click()
    expect(page.locator(".asks")).to_contain_text(stem)
    expect(page.locator(".judged")).not_to_be_visible()


def test_the_list_goes_on_at_its_first_line_when_a_page_is_turned(open_page: OpenPage) -> None:
    page = open_page("/questions", locale="en-US")
    line = page.locator(".st-key-rows-found a")
    before = line.first.inner_text()
    page.get_by_role("button", name="Next page").focus()
    page.keyboard.press("Enter")
    expect(line.first).not_to_have_text(before)
    expect(line.first).to_be_focused()
    expect(line.first).to_be_in_viewport()


def test_on_a_phone_the_overview_folds_and_the_clock_stays_in_sight(open_page: OpenPage) -> None:
    page = open_page("/paper", locale="ja-JP", width=390)
    page.get_by_role("button", name=BEGIN["ja"]).click()
    expect(page.locator(".clock")).to_be_visible()
    expect(page.locator(".numbers")).not_to_be_visible()
    page.locator(".flag-it").click()
    expect(page.locator(".tally")).to_contain_text("⚑ 1")
    page.locator(".flag-it").scroll_into_view_if_needed()
    page.mouse.wheel(0, 2000)
    expect(page.locator(".clock")).to_be_in_viewport()
    page.locator(".overview summary").click()
    expect(page.locator(".numbers")).to_be_visible()
    page.locator(".numbers button").nth(4).click()
    expect(page.locator(".numbers [aria-current]")).to_have_text(re.compile("^5"))
    expect(page.locator(".numbers")).not_to_be_visible()


@pytest.fixture
def killable(tmp_path: Path) -> str:
    """The address of a store that outlives the app."""
    return f"sqlite:///{tmp_path / 'progress.sqlite3'}"


def given(store: str) -> int:
    with sqlite3.connect(store.removeprefix("sqlite:///")) as connection:
        [[count]] = connection.execute("SELECT count(*) FROM items WHERE given IS NOT NULL").fetchall()
    connection.close()
    return int(count)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_paper_from_start_to_result_through_a_reload(open_page: OpenPage, lang: str) -> None:
    page = open_page("/paper", locale=LANGUAGES[lang])
    page.get_by_text("Gold", exact=True).click()
    page.get_by_role("button", name=BEGIN[lang]).click()
    expect(page.locator(".clock")).to_be_visible()
    count = page.locator(".numbers button").count()
    assert count > 10
    for at in range(count):
        expect(page.locator(".numbers [aria-current]")).to_have_text(re.compile(rf"^{at + 1}"))
        answer(page)
        expect(page.locator(".numbers button").nth(at)).to_have_class(re.compile("given"))
        if at == 1:
            page.locator(".flag-it").click()
            expect(page.locator(".numbers button").nth(at)).to_have_class(re.compile("flagged"))
        if at == 2:
            before = page.locator(".clock").inner_text()
            page.reload()
            browsing.wait_until_drawn(page)
            expect(page.locator(".numbers .given")).to_have_count(3)
            assert seconds(page.locator(".clock").inner_text()) <= seconds(before)
        elif at < count - 1:
            page.locator(".turns button").last.click()
    page.locator(".ends > button").click()
    page.locator(".sure button").first.click()
    expect(page.get_by_text(RESULT[lang]).first).to_be_visible()
    expect(page.locator(".wd-table tbody tr").first).to_be_visible()


def seconds(clock: str) -> int:
    minutes, rest = clock.split(":")
    return 60 * int(minutes) + int(rest)


def test_a_paper_goes_on_after_the_app_was_killed(browser: Browser, killable: str) -> None:
    context = browsing.new_context(browser)
    with browsing.started(progress=killable) as (server, address):
        page = context.new_page()
        page.goto(f"{address}/paper")
        page.get_by_role("button", name=BEGIN["en"]).click()
        for at in range(4):
            expect(page.locator(".numbers [aria-current]")).to_have_text(re.compile(rf"^{at + 1}"))
            answer(page)
            expect(page.locator(".numbers button").nth(at)).to_have_class(re.compile("given"))
            page.locator(".turns button").last.click()
        code = {one["name"]: one["value"] for one in context.cookies()}["waldojo_learner"]
        server.kill()
        server.wait()
    assert given(killable) == 4
    with browsing.started(progress=killable) as (_, address):
        page.goto(f"{address}/paper?learner={code}")
        browsing.wait_until_drawn(page)
        expect(page.locator(".numbers .given")).to_have_count(4)
        expect(page.locator(".numbers [aria-current]")).to_have_text(re.compile("^5"))
    context.close()


@pytest.mark.parametrize(
    ("locale", "theme", "width"),
    [("ja-JP", "light", 1280), ("en-US", "dark", 390)],
    ids=["ja-light-1280", "en-dark-390"],
)
def test_axe_finds_no_violation_before_and_after_an_answer(
    open_page: OpenPage, locale: str, theme: browsing.Theme, width: int
) -> None:
    page = open_page("/practice", locale=locale, theme=theme, width=width)
    expect(page.locator(".asks")).to_be_visible()
    assert_usable(page)
    answer(page)
    page.keyboard.press("Enter")
    expect(page.locator(".judged")).to_be_visible()
    assert_usable(page)
    page.goto(re.sub(r"/practice.*", "/paper", page.url))
    browsing.wait_until_drawn(page)
    assert_usable(page)
    page.get_by_role("button", name=re.compile("|".join(BEGIN.values()))).click()
    expect(page.locator(".clock")).to_be_visible()
    assert_usable(page)
    for path in ("/progress", "/questions", "/history"):
        page.goto(re.sub(r"(:\d+)/.*", rf"\1{path}", page.url))
        browsing.wait_until_drawn(page)
        assert_usable(page)


def assert_usable(page: Page) -> None:
    """Nothing is wider than the screen, and axe finds nothing."""
    settle(page)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    found = Axe().run(page, options=RULES).response["violations"]
    assert not found, [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]
