"""A tab for each machine: typed at with its own prompt, with its own files and WAL beside it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ui.terminal import sharing, sitting
from ui.terminal.sitting import Line
from ui.terminal.start import Start

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

OpenPage = Callable[..., Page]


def test_the_tabs_of_three_machines_show_each_its_own(open_page: OpenPage) -> None:
    lines = [Line(1, "pg_basebackup -h db1 -D /backup/base"), Line(0, "touch here")]
    code = sharing.code(sitting.begin(Start(14, (), "three-machines"), lines))
    page = open_page(f"/terminal?c={code}")
    tabs = page.get_by_role("tab")
    expect(tabs).to_have_text(["db1", "backup1", "standby1"])
    prompt, log, files = page.locator(".entry .prompt"), page.locator(".log"), page.locator(".p-files")
    expect(prompt).to_have_text("postgres@db1:~$ ")
    expect(log).to_contain_text("touch here")
    expect(files).to_contain_text("/var/lib/postgresql/14/data")
    tabs.nth(1).click()
    expect(prompt).to_have_text("postgres@backup1:~$ ")
    expect(log).to_contain_text("pg_basebackup -h db1")
    expect(log).not_to_contain_text("touch here")
    expect(files).to_contain_text("/backup/base")
    expect(files).not_to_contain_text("/var/lib/postgresql/14/data")
    page.locator(".line-in").fill("hostname")
    page.locator(".line-in").press("Enter")
    expect(log).to_contain_text("backup1")
    tabs.nth(0).click()
    expect(files).to_contain_text("/var/lib/postgresql/14/data")
