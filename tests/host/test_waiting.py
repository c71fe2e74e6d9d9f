"""Programs that run another one wait as that one does: what runs in the background goes on meanwhile."""

from __future__ import annotations

import pytest

from host.content import text_of
from host.machine import Build
from host.shell import run_line
from host.worlds import world

HOST = world("default", Build(16), Build(16))


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("(sleep 2; echo job) & timeout 5 sleep 3; echo done", "job done"),
        ("(sleep 2; echo job) & timeout 1 sleep 3; echo done; wait", "done job"),
        ("(sleep 2; echo job) & nohup sleep 3; echo done", "job done"),
        ("(sleep 2; echo job) & env X=1 sleep 1; echo done; wait", "done job"),
        ("timeout 5 sleep 3; echo $?", "0"),
        ("timeout 2 sleep 3; echo $?", "124"),
        ("timeout -s KILL 2 sleep 3; echo $?", "137"),
        ("timeout --preserve-status 2 sleep 3; echo $?", "143"),
        ("timeout 3 timeout 1 sleep 5; echo $?", "124"),
        ("timeout 9 psql -d shop -Atc 'SELECT pg_sleep(2)' -c 'SELECT 7'; echo $?", "7 0"),
    ],
)
def test_a_program_that_runs_another_waits_with_it(line: str, printed: str) -> None:
    assert text_of(run_line(HOST, line).stdout).split() == printed.split()


def test_timeout_lets_go_of_what_its_program_held() -> None:
    held = "psql -d shop -qc BEGIN -c 'LOCK TABLE orders' -c 'SELECT pg_sleep(60)'"
    done = run_line(HOST, f"timeout 3 {held}; echo $?; pg_dump shop -t orders -f ~/dump; echo $?")
    assert text_of(done.stdout).split() == ["124", "0"]
    assert done.host.clock - HOST.clock < 10


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[[ a b ]]; echo never", "bash: -c: line 1: conditional binary operator expected\n"),
        ("[[ a == ]]", "bash: -c: line 1: unexpected argument `]]' to conditional binary operator\n"),
        ("[[ -z ]]", "bash: -c: line 1: unexpected argument `]]' to conditional unary operator\n"),
        ("[[ a", "bash: -c: line 1: unexpected token `newline', conditional binary operator expected\n"),
        ("[[ a &&", "bash: -c: line 2: unexpected token `EOF' in conditional command\n"),
        ("[[ -f a -o -f b ]]", "bash: -c: line 1: syntax error in conditional expression\n"),
    ],
)
def test_a_condition_that_cannot_be_read_is_told_as_bash_5_2_does(line: str, said: str) -> None:
    done = run_line(HOST, line)
    assert (text_of(done.stdout), done.stderr) == ("", said)
