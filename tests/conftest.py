"""Fixtures that several rooms share, and the rule that CI skips nothing."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests import browsing
from tests.lab_matrix import pytest_terminal_summary
from tests.no_skips import pytest_make_collect_report, pytest_runtest_makereport

__all__ = ["pytest_make_collect_report", "pytest_runtest_makereport", "pytest_terminal_summary"]

OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the browser and server tests of one file on one worker: each worker starts its own."""
    for item in items:
        if item.get_closest_marker("xdist_group"):
            continue  # the test knows better
        if item.get_closest_marker("browser") or item.get_closest_marker("server"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, headless; Playwright's own download is not used."""
    executable = browsing.chromium_path()
    if executable is None:
        pytest.skip("no Chromium on this machine; .ci/run installs one")
    with browsing.chromium(executable) as chromium:
        yield chromium


@pytest.fixture(scope="session")
def app_server() -> Iterator[str]:
    """The address of the running app."""
    with browsing.serve() as address:
        yield address


@pytest.fixture
def open_page(browser: Browser, app_server: str) -> Iterator[OpenPage]:
    """Open a page as a new visitor: open_page("/theatre", locale="ja-JP", theme="dark", width=390)."""
    contexts: list[BrowserContext] = []

    def open_(
        path: str = "/",
        *,
        locale: str = "en-US",
        theme: browsing.Theme = "light",
        width: int = 1280,
        height: int = 900,
    ) -> Page:
        context = browsing.new_context(browser, locale=locale, theme=theme, width=width, height=height)
        contexts.append(context)
        page = context.new_page()
        page.goto(app_server + path)
        browsing.wait_until_drawn(page)
        return page

    yield open_
    for context in contexts:
        context.close()
