"""'Your own server' in a browser: usable by everybody at every step, and no wider than the screen."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests import browsing
from tests.shots import settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

DATA = Path(__file__).resolve().parents[1] / "data" / "inspection"
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
def test_from_pasted_output_to_the_theatre(open_page: Callable[..., Page], look: str) -> None:
    locale, theme, width = LOOKS[look]
    page = open_page("/own-server", locale=locale, theme=theme, width=width)
    settle(page)
    assert_usable(page)
    page.get_by_text(re.compile(r"接続する|Connect \(")).first.click()
    page.get_by_text("pg_stat_archiver").first.wait_for()
    settle(page)
    assert_usable(page)
    page.get_by_text(re.compile(r"出力を貼り付ける|Paste output")).first.click()
    text = json.loads(gzip.decompress((DATA / "psql-17.json.gz").read_bytes()))["forms"]["expanded"]
    page.locator("textarea").first.fill(text)
    page.get_by_role("button", name=re.compile(r"報告を作る|Make the report")).click()
    page.locator(".st-key-own-report table").first.wait_for()
    settle(page)
    assert_usable(page)
    page.get_by_role("link", name=re.compile(r"archive_command の失敗|failing archive_command")).click()
    page.wait_for_url("**/theatre?*")
    assert "max_wal_size=64MB" in page.url
    assert "v=17" in page.url
