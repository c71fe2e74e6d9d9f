"""Every page, in a browser: usable by everybody, and no word to any other machine."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests import browsing
from tests.shots import settle
from tests.ui import uploading

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
SCENE = "/theatre?scenario=fetch-loses-wal"
PAGES = {
    "home": "/",
    "list": "/scenarios",
    "scene": f"{SCENE}&step=9",
    "changed": f"{SCENE}&wal_keep_size=256MB&step=13",
    "slot": "/theatre?scenario=slot-limit-loses-the-slot&step=7",
    "wrong": "/theatre?scenario=nowhere&v=99&lang=xx",
    "terminal": "/terminal",
    "path": "/challenges",
    "challenge": "/challenge?id=first-dump",
    "trust": "/trust",
    "report": "/reality",
    "compared": "/reality?scenario=fetch-loses-wal&v=16",
    "gone": "/reality?run=run-0123456789ab",
}
# What an address alone does not show.
ACTS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "doctored": ("/reality", uploading.doctored_recording),
    "faulty": ("/scenarios", uploading.faulty_scenario),
    "own": ("/scenarios", uploading.own_scenario),
}
LOOKS: dict[str, tuple[str, browsing.Theme, int]] = {
    "ja-light-1280": ("ja-JP", "light", 1280),
    "en-dark-390": ("en-US", "dark", 390),
}


def violations(page: Page) -> list[tuple[str, str, list[object]]]:
    """What axe finds on a page, with the places."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [(v["id"], v["help"], [node["target"] for node in v["nodes"]][:5]) for v in found]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("page_name", PAGES)
def test_axe_finds_no_violation(open_page: Callable[..., Page], page_name: str, look: str) -> None:
    locale, theme, width = LOOKS[look]
    page = open_page(PAGES[page_name], locale=locale, theme=theme, width=width)
    settle(page)
    if page_name == "scene":
        page.locator(".table summary").first.click()
    assert violations(page) == []


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("act", ACTS)
def test_axe_finds_no_violation_after_a_file_was_opened(open_page: Callable[..., Page], act: str, look: str) -> None:
    locale, theme, width = LOOKS[look]
    path, do = ACTS[act]
    page = open_page(path, locale=locale, theme=theme, width=width)
    settle(page)
    do(page)
    settle(page)
    assert violations(page) == []
    main = page.locator('[data-testid="stMain"]')
    assert main.evaluate("element => element.scrollWidth <= element.clientWidth")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("page_name", PAGES)
def test_no_page_is_wider_than_the_screen(open_page: Callable[..., Page], page_name: str, width: int) -> None:
    page = open_page(PAGES[page_name], locale="en-US", width=width)
    settle(page)
    main = page.locator('[data-testid="stMain"]')
    assert main.evaluate("element => element.scrollWidth <= element.clientWidth")


def test_no_request_leaves_the_machine(browser: Browser, app_server: str) -> None:
    context = browsing.new_context(browser)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES.values():
        page.goto(app_server + path)
        settle(page)
    page.goto(app_server + SCENE)
    page.get_by_role("button", name="Go to the end").click()
    context.close()
    hosts = {urlsplit(url).hostname for url in asked if urlsplit(url).scheme in {"http", "https", "ws", "wss"}}
    assert hosts == {"127.0.0.1"}


@pytest.mark.parametrize(("locale", "lang"), [("ja-JP", "ja"), ("en-GB", "en"), ("fr-FR", "en")])
def test_the_browsers_language_decides(open_page: Callable[..., Page], locale: str, lang: str) -> None:
    page = open_page("/", locale=locale)
    page.wait_for_function("lang => document.documentElement.lang === lang", arg=lang)
    assert page.get_by_role("heading", level=1).inner_text().isascii() == (lang == "en")
