"""The terminal without a browser: lines lead to states, undo leads back, links and files lead there again."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host import seats
from host.worlds import places
from ui.terminal import answering, sharing, sitting
from ui.terminal import desk as desks
from ui.terminal.desk import Desk
from ui.terminal.sitting import INTERRUPT, Line, Sitting
from ui.terminal.start import Start, read_lines

HOME = places.LEARNER_HOME
LINES = (
    "ls",
    "mkdir archive",
    "touch archive/x y",
    "rm -rf archive",
    "cd $PGDATA",
    "cd /nowhere",
    "echo 'open",
    "x=3; echo $x",
    "psql shop",
    "select count(*) from orders;",
    "begin;",
    "delete from orders",
    ";",
    "\\q",
    INTERRUPT,
    "pg_ctl stop",
    "pg_ctl start",
    "psql -c 'select pg_switch_wal()'",
    "rm -rf $PGDATA/base",
    "nosuch",
    "ls )",
)


def typed(*lines: str | tuple[int, str], start: Start = Start()) -> Sitting:  # noqa: B008  (a frozen value)
    return sitting.begin(start, [Line(0, each) if isinstance(each, str) else Line(*each) for each in lines])


def said(of: Sitting) -> str:
    return of.now.said.out + of.now.said.err


class Browser:
    """What the page's own code does with answers."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.seq, self.name = desk, 0, ""
        self.entries: list[dict[str, Any]] = []
        self.last: dict[str, Any] = {}
        self.told()

    def ask(self, **message: object) -> dict[str, Any]:
        self.seq += 1
        desks.obey(self.desk, json.dumps({"seq": self.seq, "have": self.name, "seat": 0, **message}))
        return self.told()

    def type(self, *lines: str) -> dict[str, Any]:
        return self.ask(do="run", lines=list(lines))

    def told(self) -> dict[str, Any]:
        self.last = json.loads(answering.answer(self.desk, "en"))
        assert self.last["keep"] <= len(self.entries)
        self.entries = [*self.entries[: self.last["keep"]], *self.last["entries"]]
        self.name = self.last["name"]
        return self.last


def begun(*lines: str) -> Browser:
    return Browser(Desk(typed(*lines)))


moves = st.lists(st.tuples(st.integers(0, 1), st.sampled_from(LINES)), max_size=8)


@settings(max_examples=40, deadline=None)
@given(moves, st.sampled_from(LINES))
def test_undo_gives_the_very_state_before(before: list[tuple[int, str]], line: str) -> None:
    here = typed(*before)
    there = sitting.type_all(here, [Line(0, line)])
    assert sitting.undo(there) == here
    assert sitting.undo(there).now is here.now


@settings(max_examples=25, deadline=None)
@given(moves)
def test_the_lines_are_the_state(lines: list[tuple[int, str]]) -> None:
    once, again = typed(*lines), typed(*lines)
    assert [moment.host for moment in once.moments] == [moment.host for moment in again.moments]
    assert [moment.said for moment in once.moments] == [moment.said for moment in again.moments]


@settings(max_examples=25, deadline=None)
@given(moves)
def test_a_link_and_a_file_lead_to_the_same_lines(lines: list[tuple[int, str]]) -> None:
    here = typed(*lines, start=Start(16, (("wal_keep_size", "64MB"),)))
    plan = sharing.Plan(here.start, here.lines)
    assert sharing.plan_of(sharing.code(here), 16) == plan
    assert sharing.from_yaml(sharing.as_yaml(here, {"ja": "記録", "en": "sitting"}).encode()) == plan


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.booleans())
def test_nothing_that_is_typed_can_raise(text: str, in_psql: bool) -> None:
    browser = begun(*(["psql shop"] if in_psql else []))
    browser.type(text)
    browser.ask(do="complete", text=text)

    assert not [entry["f"] for entry in browser.entries if "f" in entry]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_no_message_and_no_link_can_raise(text: str) -> None:
    browser = begun()
    desks.obey(browser.desk, text)
    desks.obey(browser.desk, json.dumps({"seq": 9, "do": text, "lines": text, "seat": text, "text": text, "have": 1}))
    assert browser.desk.sitting.lines == ()
    with suppress(sharing.Unreadable):
        assert sharing.plan_of(text, 14) == sharing.Plan(Start(14))


def test_a_mistake_of_the_dojo_becomes_a_sentence_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    browser = begun("touch x")
    before = browser.desk.sitting.now.host
    monkeypatch.setattr(seats, "run_line", broken)
    entry = browser.type("ls -l")["entries"][0]
    assert "ls -l (ZeroDivisionError)" in entry["f"]
    assert browser.desk.sitting.now.host is before
    monkeypatch.undo()
    assert browser.type("ls")["entries"][0]["o"] == "x\n"


def test_each_terminal_has_its_own_directory_and_both_have_one_host() -> None:
    here = typed("mkdir d", "cd d", "x=1", (1, "pwd; ls; echo [$x]"))
    assert said(here) == f"{HOME}\nd\n[]\n"
    assert [seat.prompt for seat in here.now.seats] == ["postgres@dojo:~/d$ ", "postgres@dojo:~$ "]


@pytest.mark.parametrize(
    "lines",
    [
        ("cat > f <<EOF", "one", "EOF"),
        ("echo 'one", "' > f"),
        ("echo one \\", "> f"),
        ("if true", "then echo one > f; fi"),
    ],
)
def test_a_command_may_take_several_lines(lines: tuple[str, ...]) -> None:
    here = typed(*lines[:-1])
    assert here.now.seats[0].prompt == "> "
    here = sitting.type_all(here, [Line(0, lines[-1]), Line(0, "cat f")])
    assert said(here).startswith("one\n")


def test_ctrl_c_drops_what_was_begun() -> None:
    here = typed("echo 'one", INTERRUPT, "echo two")
    assert said(here) == "two\n"


def test_a_psql_left_open_holds_a_non_exclusive_backup_while_the_other_terminal_copies() -> None:
    here = typed(
        (1, "psql"),
        (1, "select pg_start_backup('mine', true, false);"),
        "cp -r $PGDATA copy",
        (1, "select labelfile from pg_stop_backup(false);"),
    )
    assert "LABEL: mine" in said(here)
    assert here.now.seats[1].prompt == "postgres=# "
    running = here.moments[3].host.instances[0].cluster.live.backups
    assert [backup.label.label for backup in running] == ["mine"]


@pytest.mark.parametrize(
    ("line", "prompt"),
    [
        ("select", "shop-# "),
        ("select (", "shop(# "),
        ("select 'a", "shop'# "),
        ("begin;", "shop=*# "),
        ("copy orders from stdin;", ">> "),
    ],
)
def test_the_prompt_of_psql_says_what_is_open(line: str, prompt: str) -> None:
    assert typed("psql shop", line).now.seats[0].prompt == prompt


def test_psql_takes_copied_lines_up_to_the_end_mark() -> None:
    here = typed("psql shop", "create table t (a int);", "copy t from stdin;", "1", "2", "\\.", "select sum(a) from t;")
    assert "   3\n" in said(here)
    assert typed("psql shop", "\\q").now.seats[0].prompt == "postgres@dojo:~$ "


def test_psql_notices_that_the_server_has_gone_and_comes_back() -> None:
    here = typed((1, "psql shop"), "pg_ctl -m fast restart", (1, "select 1;"), (1, "select 1;"))
    assert "Attempting reset: Succeeded." in here.moments[3].said.err
    assert "(1 row)" in said(here)


def test_undo_reset_and_help_are_commands_of_the_dojo() -> None:
    browser = begun("touch a", "touch b", "touch c")
    assert browser.type("undo")["notes"] == ["Undone: touch c"]
    assert browser.type("undo 2")["notes"] == ["Undone: touch b", "Undone: touch a"]
    assert browser.type("undo")["notes"] == ["There is nothing to undo: this is how it began."]
    assert "undo [n]" in browser.type("help")["notes"][0]
    browser.type("touch d")
    assert browser.type("reset")["n"] == 0
    assert browser.type("ls")["entries"][0].get("o", "") == ""


def test_the_browser_gets_what_is_new_and_holds_what_happened() -> None:
    browser = begun("echo 1")
    assert [browser.type(f"echo {n}")["keep"] for n in (2, 3)] == [1, 2]
    browser.type("undo")
    browser.type("echo 4", "echo 5")
    assert [entry["l"] for entry in browser.entries] == ["echo 1", "echo 2", "echo 4", "echo 5"]
    browser.name = "an answer that never came"
    assert browser.type("echo 6")["keep"] == 0
    assert [entry["o"] for entry in browser.entries] == ["1\n", "2\n", "4\n", "5\n", "6\n"]


def test_a_message_that_comes_twice_is_obeyed_once() -> None:
    browser = begun()
    message = json.dumps({"seq": 5, "do": "run", "seat": 0, "lines": ["echo once"]})
    desks.obey(browser.desk, message)
    desks.obey(browser.desk, message)
    assert len(browser.desk.sitting.lines) == 1


@pytest.mark.parametrize(
    ("before", "text", "word"),
    [
        ((), "pg_baseb", "pg_basebackup "),
        ((), "pg_basebackup --wal-m", "--wal-method="),
        ((), "ls | pg_dumpa", "pg_dumpall "),
        ((), "cat $PGDATA/postgresql.c", "$PGDATA/postgresql.conf "),
        (("mkdir 'a b'",), "cd a", "a\\ b/"),
        ((), "pg_dump sho", "shop "),
        ((), "psql -c 'select pg_switch_w", "pg_switch_wal("),
        (("psql shop",), "select pg_start_b", "pg_start_backup("),
        (("psql shop",), "select * from ord", "orders "),
        (("psql shop",), "\\conn", "\\conninfo "),
    ],
)
def test_tab_completes_the_only_word(before: tuple[str, ...], text: str, word: str) -> None:
    done = begun(*before).ask(do="complete", text=text)["done"]
    assert done["words"] == [word]
    assert word.startswith(text[done["at"] :])


def test_functions_are_those_of_the_version() -> None:
    browser = Browser(Desk(typed("psql shop", start=Start(15))))
    assert browser.ask(do="complete", text="select pg_start_b")["done"]["words"] == []
    assert browser.ask(do="complete", text="select pg_backup_sta")["done"]["words"] == ["pg_backup_start("]


def rows(told: dict[str, Any], path: str) -> dict[str, str]:
    folder = next(each for each in told["files"]["folders"] if each["p"] == path)
    return {row["n"]: row.get("s", "") for row in folder["r"]}


def test_files_say_what_the_last_command_did() -> None:
    browser = begun("touch old gone; echo 1 > changed")
    told = browser.type("echo 2 > changed; rm gone; mkdir new; touch new/inside")
    assert rows(told, HOME) == {"changed": "changed", "gone": "gone", "new/": "new", "old": ""}
    assert next(each["s"] for each in told["files"]["folders"] if each["p"] == f"{HOME}/new") == "new"
    told = browser.type("touch new/more")
    assert rows(told, HOME) == {"changed": "", "new/": "inside", "old": ""}
    assert rows(told, f"{HOME}/new") == {"inside": "", "more": "new"}


def test_the_strip_shows_archived_segments_in_both_lanes() -> None:
    lines = (("archive_mode", "on"), ("archive_command", "cp %p ~/archive/%f"))
    browser = Browser(Desk(typed("mkdir archive", start=Start(14, lines))))
    for _ in range(2):
        told = browser.type("psql -c 'select pg_switch_wal()'", "psql -c 'create table t" + str(_) + "()'")
    [strip] = told["strips"]
    assert strip["archive"] == f"{HOME}/archive"
    assert [run[:2] for run in strip["now"]["a"]] == [[1, 3]]
    assert browser.type("pg_ctl stop")["strips"] == []


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("wal_keep_size = 64MB # kept\n\narchive_mode on", []),
        ("wal_kep_size = 1", ["conf_refused"]),
        ("max_wal_size = banana\nport = 1", ["conf_refused", "conf_kept"]),
        ("this is no line", ["conf_broken"]),
        ("wal_level = minimal\narchive_mode = on", ["conf_together"]),
        ("x" * 3000, ["conf_too_long"]),
    ],
)
def test_starting_settings_are_those_that_a_server_starts_with(text: str, keys: list[str]) -> None:
    _, faults = read_lines(text, 14)
    assert [fault.key for fault in faults] == keys


@pytest.mark.parametrize(
    ("command", "archiving"),
    [("cp %p ~/archive/%f", "at"), ("cp %p ~/nowhere/%f", "fails"), ("cat %p > /dev/null", "elsewhere"), ("", "off")],
)
def test_the_strip_tells_what_becomes_of_archiving(command: str, archiving: str) -> None:
    lines = (("archive_mode", "on"), ("archive_command", command)) if command else ()
    browser = Browser(Desk(typed("mkdir archive", start=Start(14, lines))))
    [strip] = browser.type("psql -c 'select pg_switch_wal()'")["strips"]
    assert strip["archiving"] == archiving
    assert strip.get("failed", 0) == (3 if archiving == "fails" else 0)


def test_a_standby_has_a_strip_of_its_own() -> None:
    browser = begun("pg_basebackup -D sb -R", "echo port=5433 >> sb/postgresql.conf")
    told = browser.type("pg_ctl -D sb -l sb.log start")
    assert [(strip["port"], strip["role"]) for strip in told["strips"]] == [(5432, ""), (5433, "standby")]


def test_a_login_shell_that_is_left_stays_open() -> None:
    assert begun().type("exit")["notes"] == ["This terminal stays open. reset begins anew."]
