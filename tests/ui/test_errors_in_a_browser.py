"""'Find by error message' in a browser: usable by everybody, no wider than the screen, a click from the Theatre."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests import browsing
from tests.shots import settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
LOOKS: dict[str, tuple[str, browsing.Theme, int]] = {
    "ja-light-1280": ("ja-JP", "light", 1280),
    "en-dark-390": ("en-US", "dark", 390),
}


def assert_usable(page: Page) -> None:
    found = Axe().run(page, options=RULES).response["violations"]
    assert not [(v["id"], [node["target"] for node in v["nodes"]][:5]) for v in found]
    main = page.locator('[data-testid="stMain"]')
    assert main.evaluate("element => element.scrollWidth <= element.clientWidth")


@pytest.mark.parametrize("look", LOOKS)
def test_from_a_log_to_the_theatre(open_page: Callable[..., Page], look: str) -> None:
    locale, theme, width = LOOKS[look]
    page = open_page("/errors", locale=locale, theme=theme, width=width)
    settle(page)
    assert_usable(page)
    page.get_by_role("button", name=re.compile(r"ディスクが溢れた|full disk")).click()
    page.locator(".st-key-errors-told h2").first.wait_for()
    settle(page)
    assert_usable(page)
    page.locator("textarea").first.fill('FATAL:  recovery target timeline 7 of "<b>x</b>" is unwell')
    page.get_by_test_id("stBaseButton-primaryFormSubmit").click()
    page.locator(".st-key-error-unknown-0").wait_for()
    settle(page)
    assert page.locator(".st-key-error-unknown-0 .wd-said b").count() == 0
    assert_usable(page)
    page.get_by_role("button", name=re.compile(r"バックアップの失敗|failed backup")).click()
    page.get_by_text(re.compile(r"シアターで見る|See it in the Theatre")).first.click()
    page.wait_for_url("**/theatre?*")
    assert "scenario=fetch-loses-wal" in page.url
