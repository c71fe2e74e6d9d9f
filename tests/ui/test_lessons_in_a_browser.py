"""A lesson as somebody takes it: predict, see it play on, answer three questions; a question is seen happening."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from lessons.loader import lessons
from tests import browsing
from tests.ui.test_study_in_a_browser import LANGUAGES, RULES, answer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

OpenPage = Callable[..., Page]
PLAY_ON = {"ja": "続きを見る", "en": "Play on"}
SCORE = {"ja": re.compile("3問中"), "en": re.compile("of 3 right")}
SEE = {"ja": "動かして見る", "en": "See it happen"}
BOOK = {one.id: one for one in lessons()}


def step(page: Page) -> int:
    return int(page.evaluate("window.walDojo.stage.i"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_picture_waits_for_the_prediction_and_then_plays_on(open_page: OpenPage, lang: str) -> None:
    lesson = BOOK["basebackup"]
    page = open_page("/lesson?id=basebackup", locale=LANGUAGES[lang])
    page.locator(".seg").first.wait_for()
    page.wait_for_function("window.walDojo.stage.run")
    assert page.evaluate("window.walDojo.stage.run.n") == lesson.picture.stops + 1
    expect(page.get_by_text(lesson.after[0].in_(lang)[:12])).to_have_count(0)
    on = page.get_by_role("button", name=PLAY_ON[lang])
    expect(on).to_be_disabled()
    page.get_by_role("radio", name=lesson.guesses[1].text.in_(lang)[:12]).check(force=True)
    on.click()
    expect(page.get_by_text(lesson.guesses[1].because.in_(lang)[:12])).to_be_visible()
    page.wait_for_function("window.walDojo.stage.run.n > 5")
    assert step(page) == lesson.picture.stops, "it goes on from where it stopped; who wants no motion steps on"
    page.locator(".transport .buttons button").last.click()
    page.wait_for_function(f"window.walDojo.stage.i === {lesson.picture.stops + 1}")
    assert "step=" not in page.url, "a picture within a page has no address of its own"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_three_questions_end_a_lesson_and_count_as_practice(open_page: OpenPage, lang: str) -> None:
    page = open_page("/lesson?id=recovery", locale=LANGUAGES[lang])
    page.locator(".st-key-lesson-begin button").click()
    for _ in range(3):
        asked = page.locator(".asks").inner_text()
        answer(page)
        page.locator(".sheet .primary").click()
        expect(page.locator(".judged")).to_be_visible()
        page.locator(".sheet .primary").click()
        expect(page.get_by_text(asked, exact=True)).to_have_count(0)
    expect(page.get_by_text(SCORE[lang])).to_be_visible()
    page.goto(re.sub(r"/lesson.*", "/progress", page.url))
    browsing.wait_until_drawn(page)
    expect(page.locator(".wd-tiles dd").nth(2)).to_have_text(re.compile("^3 /"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_answered_question_is_seen_happening_from_the_line_that_decides(open_page: OpenPage, lang: str) -> None:
    page = open_page("/practice?question=copy-fetch-under-churn", locale=LANGUAGES[lang])
    page.locator(".asks").wait_for()
    expect(page.get_by_role("button", name=SEE[lang])).to_have_count(0)
    answer(page)
    page.keyboard.press("Enter")
    page.get_by_role("button", name=SEE[lang]).click()
    page.locator(".seg").first.wait_for()
    page.wait_for_function("window.walDojo.stage.run")
    assert step(page) == 1, "one line was shown, the next decides"
    expect(page.locator(".terminal").first).to_contain_text("has already been removed")


def test_it_plays_on_by_itself_for_who_likes_motion(browser: Browser, app_server: str) -> None:
    context = browser.new_context(locale="en-US", reduced_motion="no-preference")
    page = context.new_page()
    page.goto(app_server + "/lesson?id=basebackup")
    page.locator(".seg").first.wait_for()
    page.get_by_role("radio", name=BOOK["basebackup"].guesses[0].text.en[:12]).check(force=True)
    page.get_by_role("button", name=PLAY_ON["en"]).click()
    page.wait_for_function(f"window.walDojo.stage.i > {BOOK['basebackup'].picture.stops + 1}")
    context.close()
    assert "step=" not in page.url


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", ["/lessons", "/lesson?id=archiving"])
def test_lessons_can_be_used_by_everybody(open_page: OpenPage, path: str, width: int, theme: str) -> None:
    page = open_page(path, locale="ja-JP", theme=theme, width=width)
    if "id=" in path:
        page.locator(".seg").first.wait_for()
        page.locator(".st-key-lesson-begin button").click()
        page.locator(".asks").wait_for()
    found = Axe().run(page, options={"runOnly": RULES["runOnly"]}).response["violations"]
    assert not found, [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than the window"
