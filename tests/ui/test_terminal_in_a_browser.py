"""The terminal as somebody uses it: type, recall, complete, paste, clear, undo, share, with the keyboard alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests import browsing

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

OpenPage = Callable[..., Page]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
LOOKS: dict[str, tuple[str, browsing.Theme, int]] = {
    "ja-light-1280": ("ja-JP", "light", 1280),
    "en-dark-390": ("en-US", "dark", 390),
    "en-light-390": ("en-US", "light", 390),
    "ja-dark-1280": ("ja-JP", "dark", 1280),
}
PASTE = """
(input, text) => {
  const data = new DataTransfer();
  data.setData('text', text);
  const how = { clipboardData: data, bubbles: true, cancelable: true, composed: true };
  input.dispatchEvent(new ClipboardEvent('paste', how));
}
"""


def sit(page: Page) -> Locator:
    line = page.locator(".line-in")
    expect(page.locator(".entry .prompt")).to_have_text("postgres@dojo:~$ ")
    return line


def run(page: Page, text: str) -> None:
    """Type a line, and wait until its answer is there."""
    count = page.locator(".item").count()
    line = page.locator(".line-in")
    line.fill(text)
    line.press("Enter")
    expect(page.locator(".item")).to_have_count(count + 1)


def test_a_dump_is_typed_and_recalled_and_the_screen_cleared(open_page: OpenPage) -> None:
    page = open_page("/terminal")
    line = sit(page)
    run(page, "ls $PGDATA")
    log = page.locator(".log")
    expect(log).to_contain_text("pg_wal")
    run(page, "pg_dump shop | head")
    expect(log).to_contain_text("-- PostgreSQL database dump")
    line.press("ArrowUp")
    expect(line).to_have_value("pg_dump shop | head")
    line.press("ArrowUp")
    expect(line).to_have_value("ls $PGDATA")
    line.press("ArrowDown")
    line.press("ArrowDown")
    expect(line).to_have_value("")
    line.press("Control+l")
    expect(log).to_have_text("")
    run(page, "pwd")
    expect(log).to_contain_text("/home/postgres")
    expect(log).not_to_contain_text("PostgreSQL database dump")


def test_a_failure_is_told_by_words_and_not_by_colour_alone(open_page: OpenPage) -> None:
    page = open_page("/terminal")
    sit(page)
    run(page, "ls nowhere")
    expect(page.locator(".t-errs")).to_contain_text("Standard error:")
    expect(page.locator(".t-exit")).to_have_text("exit status 2")
    expect(page.locator('[role="log"]')).to_have_attribute("aria-live", "polite")


def test_three_pasted_lines_run_one_after_the_other_and_what_follows_waits(open_page: OpenPage) -> None:
    page = open_page("/terminal")
    line = sit(page)
    line.evaluate(PASTE, "mkdir d\ncd d\ntouch a b\nls")
    expect(page.locator(".item")).to_have_count(3)
    expect(line).to_have_value("ls")
    expect(page.locator(".entry .prompt")).to_have_text("postgres@dojo:~/d$ ")
    line.press("Enter")
    expect(page.locator(".item").last).to_contain_text("a\nb")


def test_undo_takes_back_what_was_done_and_files_say_so(open_page: OpenPage) -> None:
    page = open_page("/terminal")
    line = sit(page)
    run(page, "touch here")
    expect(page.locator(".tree li.new")).to_contain_text(["here"])
    run(page, "rm here")
    expect(page.locator(".tree li.gone")).to_contain_text(["here"])
    line.fill("undo")
    line.press("Enter")
    expect(page.locator(".log")).to_contain_text("Undone: rm here")
    expect(page.locator(".tree li.new")).to_contain_text(["here"])
    page.get_by_role("button", name="undo").click()
    expect(page.locator(".log")).to_contain_text("Undone: touch here")
    page.get_by_role("button", name="help").click()
    expect(page.locator(".log")).to_contain_text("Commands of the dojo")


def test_the_address_opens_the_same_state_for_somebody_else(open_page: OpenPage) -> None:
    mine = open_page("/terminal", locale="ja-JP")
    sit(mine)
    run(mine, "mkdir shared && cd shared && echo 'バックアップ' > note")
    run(mine, "cat note")
    mine.wait_for_function("location.search.includes('c=')")
    yours = open_page("/" + mine.url.split("/", 3)[3], locale="en-US", theme="dark", width=390)
    expect(yours.locator(".entry .prompt")).to_have_text("postgres@dojo:~/shared$ ")
    assert yours.locator(".item").all_inner_texts() == mine.locator(".item").all_inner_texts()
    run(yours, "ls")
    yours.reload()
    expect(yours.locator(".item")).to_have_count(3)
    yours.locator(".line-in").press("ArrowUp")
    expect(yours.locator(".line-in")).to_have_value("ls")


def test_tab_completes_or_shows_what_there_is(open_page: OpenPage) -> None:
    page = open_page("/terminal")
    line = sit(page)
    line.type("pg_basebackup --wal-m")
    line.press("Tab")
    expect(line).to_have_value("pg_basebackup --wal-method=")
    line.fill("cat $PGDATA/postm")
    line.press("Tab")
    expect(line).to_have_value("cat $PGDATA/postmaster.")
    expect(page.locator(".t-words")).to_contain_text("$PGDATA/postmaster.opts  $PGDATA/postmaster.pid")
    line.fill("")
    line.press("Tab")
    expect(line).not_to_be_focused()


def test_ctrl_c_drops_the_line_and_what_was_begun(open_page: OpenPage) -> None:
    page = open_page("/terminal")
    line = sit(page)
    line.fill("rm -rf /")
    line.press("Control+c")
    expect(line).to_have_value("")
    expect(page.locator(".log")).to_contain_text("rm -rf /^C")
    run(page, "echo 'begun")
    expect(page.locator(".entry .prompt")).to_have_text("> ")
    line.press("Control+c")
    expect(page.locator(".entry .prompt")).to_have_text("postgres@dojo:~$ ")


def test_a_psql_stays_open_in_the_second_terminal(open_page: OpenPage) -> None:
    page = open_page("/terminal")
    sit(page)
    page.get_by_role("tab", name="dojo 2").click()
    run(page, "psql shop")
    expect(page.locator(".entry .prompt")).to_have_text("shop=# ")
    run(page, "select count(*) from orders;")
    expect(page.locator(".log")).to_contain_text("(1 row)")
    page.get_by_role("tab", name="dojo 1").press("ArrowLeft")
    page.get_by_role("tab", name="dojo 1").click()
    expect(page.locator(".entry .prompt")).to_have_text("postgres@dojo:~$ ")
    expect(page.locator(".log")).not_to_contain_text("(1 row)")
    page.get_by_role("tab", name="dojo 2").click()
    page.locator(".line-in").press("Control+d")
    expect(page.locator(".entry .prompt")).to_have_text("postgres@dojo:~$ ")


def test_three_machines_have_a_tab_each_and_copy_to_each_other(open_page: OpenPage) -> None:
    page = open_page("/terminal")
    sit(page)
    page.locator('[data-testid="stExpander"] summary').click()
    page.get_by_text("Three machines: db1, backup1, standby1").click()
    page.get_by_role("button", name="Start again with these").click()
    expect(page.get_by_role("tab")).to_have_text(["db1", "backup1", "standby1"])
    expect(page.locator(".entry .prompt")).to_have_text("postgres@db1:~$ ")
    page.get_by_role("tab", name="db1").press("ArrowRight")
    expect(page.get_by_role("tab", name="backup1")).to_be_focused()
    run(page, "pg_basebackup -h db1 -D ~/base -P")
    expect(page.locator(".log")).to_contain_text("(100%), 1/1 tablespace")
    page.get_by_role("tab", name="standby1").click()
    run(page, "hostname; ls")
    expect(page.locator(".item").last.locator(".t-out")).to_have_text("standby1")
    page.reload()
    expect(page.get_by_role("tab")).to_have_text(["db1", "backup1", "standby1"])
    page.get_by_role("tab", name="backup1").click()
    expect(page.locator(".item")).to_contain_text("pg_basebackup -h db1")


def test_lines_typed_faster_than_answers_come_are_all_run_in_order(open_page: OpenPage) -> None:
    page = open_page("/terminal")
    line = sit(page)
    for number in range(8):
        line.fill(f"echo {number} >> f")
        line.press("Enter")
    expect(page.locator(".item")).to_have_count(8)
    run(page, "cat f")
    expect(page.locator(".item").last.locator(".t-out")).to_have_text("\n".join(map(str, range(8))))


def test_a_switch_of_language_and_a_visit_elsewhere_keep_the_sitting(open_page: OpenPage) -> None:
    page = open_page("/terminal")
    sit(page)
    run(page, "touch kept")
    page.get_by_text("日本語", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ターミナル")
    expect(page.locator(".item")).to_have_count(1)
    run(page, "cat nowhere")
    expect(page.locator(".t-exit")).to_have_text("終了ステータス 1")
    page.get_by_role("link", name="ホーム").click()
    expect(page.locator(".line-in")).to_have_count(0)
    page.get_by_role("link", name="ターミナル", exact=True).first.click()
    expect(page.locator(".item")).to_have_count(2)
    run(page, "ls")
    expect(page.locator(".item").last).to_contain_text("kept")


def test_the_sitting_is_saved_and_opened_again(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page("/terminal?v=16")
    sit(page)
    run(page, "echo saved > f")
    page.locator('[data-testid="stExpander"] summary').click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as a file").click()
    target = tmp_path / "terminal.yaml"
    waiting.value.save_as(target)
    other = open_page("/terminal")
    sit(other)
    other.locator('[data-testid="stExpander"] summary').click()
    other.locator('input[type="file"]').set_input_files(target)
    expect(other.locator(".item")).to_have_count(1)
    run(other, "cat f; pg_dump --version")
    expect(other.locator(".item").last).to_contain_text("saved\npg_dump (PostgreSQL) 16")
    assert "v=16" in other.url


def test_a_file_that_cannot_be_opened_is_told_at_its_line(open_page: OpenPage, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("format: terminal/1\nversion: 16\nsettings:\n  wal_level: banana\n", encoding="utf-8")
    page = open_page("/terminal")
    sit(page)
    run(page, "touch kept")
    page.locator('[data-testid="stExpander"] summary').click()
    page.locator('input[type="file"]').set_input_files(file)
    fault = page.get_by_text("mine.yaml:4: settings.wal_level: PostgreSQL 16 does not take this")
    expect(fault).to_be_visible(timeout=30_000)
    expect(page.locator(".item")).to_have_count(1)


def test_a_phone_shows_one_of_three_at_a_time(open_page: OpenPage) -> None:
    page = open_page("/terminal", width=390)
    sit(page)
    expect(page.locator(".p-files")).to_be_hidden()
    page.get_by_role("button", name="Files", exact=True).click()
    expect(page.locator(".p-files")).to_be_visible()
    expect(page.locator(".screen")).to_be_hidden()
    page.get_by_role("button", name="WAL", exact=True).click()
    expect(page.locator(".p-wal .seg").first).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_no_violation(open_page: OpenPage, look: str) -> None:
    locale, theme, width = LOOKS[look]
    page = open_page("/terminal", locale=locale, theme=theme, width=width)
    sit(page)
    run(page, "pg_basebackup -D ~/b -P; ls nowhere")
    run(page, "rm -rf b; echo 1 > x; set $PGDATA/postgresql.conf wal_keep_size=64MB")
    page.locator(".line-in").press("Control+c")
    page.locator('[data-testid="stExpander"] summary').click()
    shown = ["screen", "wal", "files"] if width < 600 else [""]
    for number, _ in enumerate(shown):
        if len(shown) > 1:
            page.locator(".chooser button").nth(number).click()
        page.wait_for_timeout(300)
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(v["id"], v["help"], [node["target"] for node in v["nodes"]][:5]) for v in found] == []
        main = page.locator('[data-testid="stMain"]')
        assert main.evaluate("element => element.scrollWidth <= element.clientWidth")
