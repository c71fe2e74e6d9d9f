"""A terminal for each machine: its own shell, its files and WAL beside it, in the link and in the file."""

from __future__ import annotations

import json

import pytest

from levels.loader import all_challenges
from ui.terminal import answering, sharing, sitting
from ui.terminal import desk as desks
from ui.terminal.completing import complete
from ui.terminal.sitting import Line
from ui.terminal.start import Start, read_lines, worlds

THREE = Start(16, (), "three-machines")
LINES = (
    Line(1, "cd /backup; pg_basebackup -h db1 -D base"),
    Line(2, "pg_basebackup -h db1 -R -D ~/data && pg_ctl -D ~/data -l ~/log start"),
    Line(0, "mkdir here"),
)


def told(start: Start, *lines: Line, seat: int = 0) -> dict[str, object]:
    """What the browser gets while this terminal is open."""
    desk = desks.opened(sharing.Plan(start, lines))
    desks.obey(desk, json.dumps({"seq": 1, "do": "look", "seat": seat}))
    answer: dict[str, object] = json.loads(answering.answer(desk, "en"))
    return answer


def test_each_machine_has_a_terminal_and_the_only_machine_has_two() -> None:
    assert [(seat.title, seat.machine) for seat in sitting.begin(THREE).now.seats] == [
        ("db1", "db1"),
        ("backup1", "backup1"),
        ("standby1", "standby1"),
    ]
    assert [(seat.title, seat.machine) for seat in sitting.begin(Start(16)).now.seats] == [
        ("dojo 1", "dojo"),
        ("dojo 2", "dojo"),
    ]


def test_a_shell_stays_where_it_is_while_others_are_used() -> None:
    now = sitting.begin(THREE, LINES).now
    assert [seat.prompt for seat in now.seats] == [
        "postgres@db1:~$ ",
        "postgres@backup1:/backup$ ",
        "postgres@standby1:~$ ",
    ]
    said = [sitting.begin(THREE, (*LINES, Line(seat, "hostname; pwd"))).now.said.out for seat in range(3)]
    assert said == ["db1\n/home/postgres\n", "backup1\n/backup\n", "standby1\n/home/postgres\n"]


def test_a_psql_left_open_on_one_machine_talks_to_its_server_while_others_work() -> None:
    lines = (Line(1, "psql -h db1 shop"), *LINES[1:], Line(1, "select count(*) from orders;"), Line(0, "hostname"))
    now = sitting.begin(THREE, lines)
    assert now.now.seats[1].prompt == "shop=# "
    assert "     8\n" in now.moments[-2].said.out


def test_files_and_wal_are_those_of_the_machine_that_is_looked_at() -> None:
    seen = [told(THREE, *LINES, seat=seat) for seat in range(3)]
    folders = [{folder["p"] for folder in one["files"]["folders"]} for one in seen]  # type: ignore[index]
    assert "/backup/base" in folders[1]
    assert "/home/postgres/data" in folders[2]
    assert not {"/backup/base", "/home/postgres/data"} & folders[0]
    strips = [[(strip["path"], strip["role"]) for strip in one["strips"]] for one in seen]  # type: ignore[attr-defined]
    assert strips == [[("/var/lib/postgresql/16/data", "")], [], [("/home/postgres/data", "standby")]]
    assert "\\u0000" not in json.dumps(seen)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ssh ", ("backup1 ", "db1 ", "standby1 ")),
        ("psql -h st", ("standby1 ",)),
        ("scp st", ("standby1:",)),
        ("rsync -a backup1:/a", ("backup1:/archive/",)),
        ("ls -h /bac", ()),
    ],
)
def test_tab_completes_machines_and_the_paths_on_them(text: str, words: tuple[str, ...]) -> None:
    assert complete(sitting.begin(THREE).now.host, text).words == words


def test_undo_gives_the_very_same_world_back() -> None:
    before = sitting.begin(THREE, LINES[:2])
    after = sitting.type_all(before, [Line(0, "ssh backup1 'rm -rf /backup/base'")])
    assert sitting.undo(after) == before
    assert sitting.seated(before.now, 2) == sitting.seated(sitting.undo(after).now, 2)


def test_a_link_and_a_file_carry_the_world() -> None:
    here = sitting.begin(THREE, LINES)
    plan = sharing.Plan(THREE, LINES)
    assert sharing.plan_of(sharing.code(here), 16) == plan
    assert sharing.from_yaml(sharing.as_yaml(here, {"ja": "x", "en": "x"}).encode()) == plan


def test_every_world_to_choose_begins_and_lines_need_a_server() -> None:
    for name, _ in worlds():
        assert sitting.begin(Start(16, (), name)).now.seats
    assert read_lines("work_mem = 8MB", 16, "three-machines")[1] == ()
    assert [fault.key for fault in read_lines("work_mem = 8MB", 16, "empty")[1]] == ["conf_no_server"]
    assert (
        "8MB"
        in sitting.begin(
            Start(16, (("work_mem", "8MB"),), "three-machines"), [Line(1, "psql -h db1 -Atc 'show work_mem'")]
        ).now.said.out
    )


@pytest.mark.parametrize("name", ["from-the-backup-host", "db1-is-gone", "a-standby-on-its-own-machine"])
def test_the_solution_of_a_challenge_is_typed_at_the_terminals_of_its_machines(name: str) -> None:
    challenge = next(one for one in all_challenges() if one.id == name)
    desk = desks.tried(challenge, challenge.version)
    for number, word in enumerate(("show solution", "show solution", "solve all"), 1):
        desks.obey(desk, json.dumps({"seq": number, "do": "dojo", "text": word}))
    assert desk.task is not None
    assert desk.task.standing.outcome == "reached"
    again = desks.tried(challenge, challenge.version, desk.code)
    assert again.task is not None
    assert again.task.standing.outcome == "reached"


def test_where_no_server_runs_it_is_said_what_would_start_one() -> None:
    stop = Line(0, "pg_ctl stop")
    assert told(THREE, stop)["idle"] == "no_server"
    assert told(THREE, stop, seat=1)["idle"] == "no_server_programs"
    assert told(THREE, stop, seat=2)["idle"] == "no_server_yet"
    assert told(Start(16, (), "empty"))["idle"] == "no_server_yet"
    assert told(Start(16, (), "empty"), Line(0, "initdb"))["idle"] == "no_server"
