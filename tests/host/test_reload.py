"""A reload of configuration files with a fault in them, and pg_file_settings (each case: real 15, 16 and 18)."""

from __future__ import annotations

from functools import lru_cache

import pytest

from host.content import text_of
from host.machine import Build, Host
from host.shell import run_line
from host.worlds import world

FILE = 'configuration file "$D/postgresql.conf"'
NOTHING = f"{FILE} contains errors; no changes were applied"
THE_REST = f"{FILE} contains errors; unaffected changes were applied"
# What is added to postgresql.conf (| ends a line), what the log says, work_mem then, lines of pg_file_settings.
CASES = [
    ("an unknown parameter: nothing of the file is taken", "nope = 3|work_mem = 9MB",
     ['unrecognized configuration parameter "nope" in file "$D/postgresql.conf" line N', NOTHING], "4MB",
     ["nope|3|f|unrecognized configuration parameter", "work_mem|9MB|f|"]),
    ("every one of them is named", "nope = 1|nope2 = 1",
     ['unrecognized configuration parameter "nope" in file "$D/postgresql.conf" line N',
      'unrecognized configuration parameter "nope2" in file "$D/postgresql.conf" line N', NOTHING], "4MB",
     ["nope|1|f|unrecognized configuration parameter", "nope2|1|f|unrecognized configuration parameter"]),
    ("a wrong value: the rest is taken", "statement_timeout = lots|work_mem = 9MB",
     ['invalid value for parameter "statement_timeout": "lots"', 'parameter "work_mem" changed to "9MB"', THE_REST],
     "9MB", ["statement_timeout|lots|f|setting could not be applied", "work_mem|9MB|t|"]),
    ("a parameter of the start: the rest is taken", "archive_mode = on|work_mem = 7MB",
     ['parameter "archive_mode" cannot be changed without restarting the server',
      'parameter "work_mem" changed to "7MB"', THE_REST], "7MB",
     ["archive_mode|on|f|setting could not be applied", "work_mem|7MB|t|"]),
    ("a line that is none: nothing is taken, and pg_file_settings ends with it", "work_mem = 5MB extra|work_mem = 9MB",
     ['syntax error in file "$D/postgresql.conf" line N, near token "extra"', NOTHING], "4MB", ["||f|syntax error"]),
    ("a quote that is not closed", "archive_command = 'open",
     ["syntax error in file \"$D/postgresql.conf\" line N, near token \"'\"", NOTHING], "4MB", ["||f|syntax error"]),
    ("syntax comes before names", "nope = 1|= 3",
     ['syntax error in file "$D/postgresql.conf" line N, near token "="', NOTHING], "4MB",
     ["nope|1|f|unrecognized configuration parameter", "||f|syntax error"]),
    ("a file that is not there", "include 'missing.conf'|work_mem = 8MB",
     ['could not open configuration file "$D/missing.conf": No such file or directory', NOTHING], "4MB",
     ['||f|could not open file "$D/missing.conf"', "work_mem|8MB|f|"]),
    ("the last of two counts", "work_mem = 5MB|work_mem = 6MB", ['parameter "work_mem" changed to "6MB"'], "6MB",
     ["work_mem|5MB|f|", "work_mem|6MB|t|"]),
]  # fmt: skip


@lru_cache
def _ready(major: int) -> Host:
    host = world("default", Build(major), Build(major))
    return run_line(host, "pg_ctl restart -l ~/log > ~/out; export D=$PGDATA").host


def _asked(host: Host, query: str) -> list[str]:
    return text_of(run_line(host, f'psql -XAtc "{query}"').stdout).splitlines()


@pytest.mark.parametrize("major", [15, 18])
@pytest.mark.parametrize(("why", "added", "logged", "work_mem", "shown"), CASES, ids=[case[0] for case in CASES])
def test_a_reload_takes_nothing_or_all_that_can_be_taken(
    why: str, added: str, logged: list[str], work_mem: str, shown: list[str], major: int
) -> None:
    before = len(text_of(run_line(_ready(major), "cat ~/log").stdout).splitlines())
    lines = added.replace("|", "\n")
    typed = f'cat >> $PGDATA/postgresql.conf <<"X"\n{lines}\nX\npg_ctl reload > ~/out; tail -n +{before + 1} ~/log'
    done = run_line(_ready(major), typed)
    said = [line.partition("LOG:  ")[2] for line in text_of(done.stdout).splitlines()]
    folder = text_of(run_line(done.host, "echo $PGDATA").stdout).strip()
    numbered = [line.partition(" line ")[0] + _after_number(line) for line in said[1:]]
    assert said[0] == "received SIGHUP, reloading configuration files"
    assert numbered == [line.replace("$D", folder) for line in logged], why
    assert _asked(done.host, "SHOW work_mem") == [work_mem]
    columns = "name, setting, applied, error FROM pg_file_settings ORDER BY seqno DESC"
    found = _asked(done.host, f"SELECT {columns} LIMIT {len(shown)}")
    assert found[::-1] == [line.replace("$D", folder) for line in shown], why


def _after_number(line: str) -> str:
    """' line N' and what comes behind the number."""
    head, word, tail = line.partition(" line ")
    return f" line N{tail.lstrip('0123456789')}" if word and head else ""


def test_a_reload_after_the_fault_is_gone_takes_what_was_held_back() -> None:
    lines = "echo nope=1 >> $PGDATA/postgresql.conf; echo work_mem=9MB >> $PGDATA/postgresql.conf; pg_ctl reload"
    host = run_line(_ready(16), lines).host
    assert _asked(host, "SHOW work_mem") == ["4MB"]
    host = run_line(host, "sed -i /nope/d $PGDATA/postgresql.conf; pg_ctl reload").host
    assert _asked(host, "SHOW work_mem") == ["9MB"]
