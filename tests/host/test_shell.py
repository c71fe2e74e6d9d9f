"""The shell by itself: what stays between lines, what ends, what waits, and that nothing raises."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host import tree
from host.call import Asleep, Call, Done
from host.effort import MOST_STEPS
from host.machine import Build, Host
from host.shell import BETWEEN_LINES, DIRECT, SH, TERMINAL, run_argv, run_command, run_line
from host.shell.parser import parse
from host.shell.syntax import SyntaxFault
from host.tree import Dir
from tests.host.real_shell import first_host, seed
from tests.host.shell_drawn import lines


def typed(*entered: str, host: Host | None = None) -> Done:
    """The last of several lines on one host."""
    done = Done(host or first_host())
    for line in entered:
        done = run_line(done.host, line)
    return done


@pytest.mark.parametrize(
    ("entered", "stdout"),
    [
        (["x=5", "echo $x"], "5\n"),
        (["export X=5", "sh -c 'echo $X'"], "5\n"),
        (["x=5", 'sh -c "echo -\\$x-"'], "--\n"),
        (["false", "echo $?"], "1\n"),
        (["cd d", "pwd"], "/t/d\n"),
        (["(cd d)", "pwd"], "/t\n"),
        (["sh -c 'cd d; x=1'", "pwd; echo $x"], "/t\n\n"),
        (["umask 027", "touch new; stat -c %a new"], "640\n"),
        (["set -o pipefail", "false | true; echo $?"], "1\n"),
        (["x=1; unset x", "echo ${x-none}"], "none\n"),
    ],
)
def test_a_terminal_remembers_from_line_to_line(entered: list[str], stdout: str) -> None:
    assert typed(*entered).stdout == stdout


@pytest.mark.parametrize(
    ("line", "stdout"),
    [
        ("(sleep 2; echo late) & echo early; wait; echo done", "early\nlate\ndone\n"),
        ("(sleep 2; echo b) & sleep 1; echo a; sleep 2; echo c", "a\nb\nc\n"),
        ("(sleep 3; echo 3) & (sleep 1; echo 1) & sleep 2; echo 2; wait", "1\n2\n3\n"),
        ("echo now & echo then", "now\nthen\n"),
        ("(sleep 5; echo end) & echo first", "first\nend\n"),
        ("(echo one; sleep 2; echo three) & sleep 1; echo two; wait", "one\ntwo\nthree\n"),
    ],
)
def test_a_background_job_runs_until_it_sleeps_and_goes_on_at_its_moment(line: str, stdout: str) -> None:
    assert typed(line).stdout == stdout


def test_sleep_moves_the_clock_of_the_host_and_nothing_else() -> None:
    first = first_host()
    begun = first.clock + BETWEEN_LINES
    assert typed("true", host=first).host.clock == begun
    assert typed("sleep 90", host=first).host.clock == begun + 90
    assert typed("(sleep 3) & sleep 1", host=first).host.clock == begun + 3


def test_a_program_that_waits_lets_a_background_job_run_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    def waits(call: Call) -> Done:
        later = lambda host: Done(host, 7, "after\n")  # noqa: E731
        return Asleep(call.host, 0, "before\n", until=call.host.clock + 3, go_on=later)

    monkeypatch.setattr("host.programs._loaded", lambda module: waits if module.endswith("psql") else _LOADED(module))
    done = typed("(sleep 1; echo between) & psql; echo $?")
    assert done.stdout == "before\nbetween\nafter\n7\n"


from host.programs import _loaded as _LOADED  # noqa: E402, N812


def test_each_shell_says_in_its_own_words_that_there_is_no_such_command() -> None:
    host = first_host()
    assert run_line(host, "nosuch").stderr == "bash: line 1: nosuch: command not found\n"
    assert run_line(host, "nosuch", voice=TERMINAL).stderr == "bash: nosuch: command not found\n"
    assert run_line(host, "nosuch", voice=DIRECT).stderr == "nosuch: command not found\n"
    assert run_command(host, "nosuch").stderr == "sh: 1: nosuch: not found\n"
    assert run_line(host, "ls | |", voice=TERMINAL).stderr == "bash: syntax error near unexpected token `|'\n"
    assert run_line(host, "ls | |", voice=SH).stderr == 'sh: 1: Syntax error: "|" unexpected\n'


def test_system_leaves_the_caller_where_he_was_and_gives_the_exit_status() -> None:
    host = first_host()
    done = run_command(host, "cd d && echo $WAL > x; exit 3", {"WAL": "000000010000000000000001"})
    assert (done.exit, done.host.cwd, done.host.env) == (3, "/t", host.env)
    assert done.host.read("/t/d/x") == "000000010000000000000001\n"


def test_tools_exist_in_the_majors_that_have_them() -> None:
    host = first_host()
    for major, tool, known in [
        (12, "pg_verifybackup", False),
        (13, "pg_verifybackup", True),
        (16, "pg_walsummary", False),
    ]:
        found = run_line(replace(host, client=Build(major)), f"which {tool}").exit == 0
        assert found is known


def test_a_loop_without_end_is_stopped_with_a_word() -> None:
    done = typed("while true; do :; done")
    assert (done.exit, done.stderr) == (130, "the dojo stops a loop after 1,000 rounds\n")
    nested = typed("while true; do for i in {1..100}; do :; done; done")
    assert f"at most {MOST_STEPS:,} steps of work" in nested.stderr


@pytest.mark.parametrize(
    "line",
    [
        "x=a; while true; do x=$x$x; done",
        "while true; do cat a b >> c; cat c >> b; done",
        "printf '%99999999d' 1",
        "seq 1 99999999999 | tail -1",
        "yes | head -1",
        "echo {1..99999999}",
        "head -c 99999999999 /dev/zero > z; cp z y; ls -l y",
        "(" * 400 + "ls" + ")" * 400,
        "echo " + "$(" * 60 + "ls" + ")" * 60,
        "echo 'sh s' > s; sh s",
        "echo '. ./s' > s; . ./s",
        "xargs xargs xargs ls < a",
        "timeout 1 timeout 1 timeout 1 sleep 9",
        "split -b 1 -a 9 n",
    ],
)
def test_what_would_run_away_comes_to_an_end(line: str) -> None:
    done = typed(line)
    assert 0 <= done.exit < 256
    assert len(done.stderr) < 100_000


@settings(max_examples=400, derandomize=True, deadline=None)
@given(st.text(alphabet="ab ./*?[]{}()$`'\"\\|&;<>!#=~-+%@^,:\n\t\0é0129xeEcho", max_size=60))
def test_no_text_raises(text: str) -> None:
    for voice in (TERMINAL, SH):
        assert 0 <= run_line(first_host(), text, voice=voice).exit < 256


WORDS = "ls cat cp mv rm tar rsync grep sed find sort cut tr head tail dd split printf test [ xargs timeout gzip ln df du".split()  # noqa: E501
PIECES = [
    *WORDS,
    "-r",
    "-n",
    "-c",
    "-",
    "--",
    "-xf",
    "a",
    "d",
    "nope",
    "$x",
    "$(ls)",
    "'",
    '"',
    "|",
    ";",
    "&&",
    ">",
    "<",
    "2>&1",
]


@settings(max_examples=400, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=10))
def test_no_row_of_words_raises(words: list[str]) -> None:
    assert 0 <= run_line(first_host(), " ".join(words)).exit < 256


@settings(max_examples=150, derandomize=True, deadline=None)
@given(lines)
def test_a_line_leaves_the_host_before_it_as_it_was(line: str) -> None:
    host = first_host()
    run_line(host, line)
    assert host == first_host()


def test_reading_a_line_knows_its_faults() -> None:
    for text in ("if", "a |", "(", "'", "${", "for", "a )"):
        with pytest.raises(SyntaxFault):
            parse(text)


def test_a_program_calls_a_program_and_comes_back() -> None:
    host = first_host()
    done = run_argv(host, ["cp", "a", "c"])
    assert done is not None
    assert done.host.read("/t/c") == seed()["a"]
    assert run_argv(host, ["nosuch"]) is None


def test_output_to_a_full_file_system_stops_where_there_is_no_room() -> None:
    small = Dir(owner=first_host().user, capacity=10)
    host = first_host().with_root(tree.put(first_host().root, "/t/small", small))
    done = run_line(host, "echo 0123456789abcdef > small/f; ls -l small | tail -1 | cut -d' ' -f5")
    assert done.stdout == "10\n"
    assert "No space left on device" in done.stderr
    copied = run_line(host, "cp conf small/")
    assert copied.stderr == "cp: error writing 'small/conf': No space left on device\n"
    assert (copied.exit, copied.host.read("/t/small/conf")) == (1, seed()["conf"][:10])
