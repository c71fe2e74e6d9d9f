"""Whatever is typed, the host answers: nothing raises, nothing runs away, and the host before it is still there.

`HYPOTHESIS_PROFILE=soak` tries many more; `tests/host/fuzz.grammar` says what is typed.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random
from shlex import quote
from types import CodeType, MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from host import effort, tree
from host.call import Done
from host.content import size_of, text_of
from host.effort import MOST_STEPS
from host.machine import Build, Host
from host.server.connect import Connected, Wanted, connect
from host.shell import run_line
from host.shell.streams import LONGEST_OUTPUT
from host.sql.execute import execute
from host.sql.reply import Reply
from host.tree import Dir
from host.worlds import world
from tests.host.fuzz_drawn import mutated, texts, written
from tests.host.watching import Watched, watched

TREE = Path(__file__).resolve().parents[2]
SOAK = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
MAJORS = (12, 14, 18)
WORLDS = ("default", "fixture", "empty")
MOST_CALLS = 2_000_000
"""So many Python functions one line may call: a measure of its work that every machine has in common."""
FEW = 400
"""So often what a line has begun may still ask for work when nothing is left: each is told so, and does not do it."""


def tried(examples: int) -> settings:
    """So many in CI, always the same; many more and others each time in a soak."""
    return settings(
        max_examples=examples * 60 if SOAK else examples,
        derandomize=not SOAK,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


def first_host(name: str, major: int, room: int = 100_000) -> Host:
    """A world with a small file system, and the names that the lines use."""
    host = world(name, Build(major), Build(major))
    small = "/dojo/small" if name == "fixture" else "/home/postgres/small"
    host = host.with_root(tree.put(host.root, small, Dir(mtime=host.clock, capacity=room)))
    named = {"SMALL": small, "BACKUP": "backup", "ARCHIVE": "archive", "DUMPS": "."}
    return replace(host, variables=MappingProxyType({**named, **host.variables}))


Start = tuple[str, int, int]
starts = st.tuples(st.sampled_from(WORLDS), st.sampled_from(MAJORS), st.sampled_from([100_000, 20_000_000, 60_000_000]))
"""What first_host takes: a failure names it."""
lines = st.lists(texts("line"), min_size=1, max_size=8)
statements = texts("sql").map(lambda text: f"psql -d shop -c {quote(text)}")
anything = st.lists(st.one_of(texts("line"), texts("script"), statements), min_size=1, max_size=6)
"""Command lines, loops, and SQL by way of psql, one after the other."""


def bounded(accounts: list[Watched]) -> None:
    """A line has one account, and one for what goes on beside it; who is told that it is empty stops soon."""
    assert len(accounts) <= 2
    for one in accounts:
        assert one.largest <= one.most
        assert one.refused <= FEW


def printable(done: Done) -> bool:
    """Text that a terminal can show (bytes that are no UTF-8 stand in it as Python's escapes), and not too much."""
    texts_of = (text_of(done.stdout), done.stderr)
    shown = [text.encode("utf-8", "surrogateescape") for text in texts_of]
    return size_of(done.stdout) >= 0 and all(len(one) <= 4 * LONGEST_OUTPUT for one in shown)


@tried(100)
@given(starts, lines)
def test_every_line_has_an_answer_whatever_the_lines_before_it_did(start: Start, typed: list[str]) -> None:
    host = first_host(*start)
    for line in typed:
        with watched() as accounts:
            done = run_line(host, line)
        assert 0 <= done.exit < 256
        assert printable(done)
        bounded(accounts)
        host = done.host


def session(host: Host, database: str) -> Connected | None:
    """A client of the first server that runs, if it lets one in."""
    server = host.instances[0] if host.instances else None
    made = connect(host, Wanted(server.socket_dir, server.port, "postgres", database)) if server else None
    return made if isinstance(made, Connected) else None


def replied(reply: Reply) -> None:
    """A tag or an error with an SQLSTATE, and rows as wide as their heading."""
    if reply.error is not None:
        assert len(reply.error.sqlstate) == 5
        assert reply.error.message
    for row in reply.rows or ():
        assert len(row) == len(reply.fields or ())
        assert all(cell is None or isinstance(cell, str) for cell in row)


@tried(100)
@given(starts, st.sampled_from(["shop", "postgres"]), st.lists(texts("sql"), min_size=1, max_size=8))
def test_every_sql_text_has_a_reply_in_one_session(start: Start, database: str, typed: list[str]) -> None:
    host = first_host(*start)
    made = session(host, database)
    if made is None:
        assert host.instances == ()
        return
    host = made.host
    for text in typed:
        with watched() as accounts, effort.line():
            host, replies = execute(host, made.port, made.pid, text)
        bounded(accounts)
        assert replies
        for reply in replies:
            replied(reply)


@tried(60)
@given(starts, anything)
def test_undo_gives_the_very_host_before_and_the_same_line_the_same_answer(start: Start, typed: list[str]) -> None:
    """No line writes to a host that was there before, and the lines before the last lead to an equal one again."""
    kept = [first_host(*start)]
    parts, before = [parts_of(kept[0])], [digest(kept[0])]
    answers = []
    for line in typed:
        answers.append(run_line(kept[-1], line))
        kept.append(answers[-1].host)
        parts.append(parts_of(kept[-1]))
        before.append(digest(kept[-1]))
    assert [digest(host) for host in kept] == before
    for host, known in zip(kept, parts, strict=True):
        assert all(one is other for one, other in zip(parts_of(host), known, strict=True))
    again = first_host(*start)
    for line, undone, first in zip(typed, kept, answers, strict=False):
        assert again == undone
        done = run_line(again, line)
        assert said(done) == said(first)
        again = done.host
    assert again == kept[-1]


def parts_of(host: Host) -> tuple[object, ...]:
    """The values that a host is made of."""
    return host.root, host.instances, host.journal, host.env, host.variables, host.network


def digest(host: Host) -> str:
    """All that a host is, in order."""
    shown = sha256()
    for path, node in tree.walk(host.root):
        shown.update(f"{path} {node!r}\n".encode("utf-8", "backslashreplace") if not isinstance(node, Dir) else b"")
        if isinstance(node, Dir):
            shown.update(f"{path} {node.mode} {node.mtime} {node.owner}\n".encode("utf-8", "backslashreplace"))
    rest = (host.cwd, host.user, host.clock, host.next_pid, sorted(host.env.items()), sorted(host.variables.items()))
    for server in host.instances:
        shown.update(repr((server.port, server.pgdata, server.next_xid, server.sessions, server.archiver)).encode())
        shown.update(repr((server.cluster.data.wal_end, server.cluster.data.control)).encode())
    shown.update(repr(rest).encode("utf-8", "backslashreplace"))
    return shown.hexdigest()


def said(done: Done) -> tuple[object, ...]:
    """An answer, and the host that it leads to."""
    return done.exit, done.stdout, done.stderr, digest(done.host)


def calls_of(run: Callable[[], object]) -> int:
    """How many Python functions it calls; those of the interpreter's own making (imports) are not counted."""
    count = 0

    def counted(frame: object, event: str, _argument: object) -> None:
        nonlocal count
        code: CodeType = frame.f_code  # type: ignore[attr-defined]
        count += event == "call" and "importlib" not in code.co_filename

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count


@tried(40)
@given(starts, st.lists(texts("script"), min_size=1, max_size=3))
def test_no_line_works_without_end(start: Start, typed: list[str]) -> None:
    host = first_host(*start)
    for line in typed:
        with watched() as accounts:
            done = run_line(host, line)  # what is made once, is made
        bounded(accounts)
        calls = calls_of(partial(run_line, host, line))
        assert calls <= MOST_CALLS, f"{calls} calls of functions: {line}"
        host = done.host


@pytest.mark.parametrize(
    "line",
    [
        "while true; do psql -c 'SELECT 1'; done",
        "while true; do while true; do pg_dump shop; done; done",
        "for i in $(seq 100000); do ls; done",
        "find / -exec psql -c 'SELECT 1' {} \\;",
        "find / | xargs -n1 ls",
        "echo 'sh s; sh s' > s; sh s",
        "psql -c 'SELECT count(*) FROM generate_series(1, 1000000000000)'",
        "psql -c 'SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b'",
        "psql -d shop -c 'INSERT INTO orders SELECT i, 1, current_date, 1 FROM generate_series(1, 1000000000000) i'",
        "psql -c 'WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x) SELECT * FROM x'",
        "psql -c \"SELECT repeat('x', 2000000000)\"",
        "psql -c \"SELECT lpad('x', 2000000000)\"",
        "psql -c 'SELECT 9 ^ 999999999'",
        "psql -c 'SELECT (10::numeric ^ 9999) ^ 9999'",
        "psql -c \"SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab' ~ '(a+)+$'\"",
        "echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab | grep -E '(a+)+$'",
        "echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab | sed 's/\\(a*\\)*$/x/'",
        "[[ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab =~ (a+)+$ ]]",
        "ls *a*a*a*a*a*a*a*a*a*a*b; touch aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; ls *a*a*a*a*a*a*a*a*a*a*b",
        "f() { f; f; }; f",
        ":(){ :|:& };:",
        "for i in 1 2 3 4 5 6 7 8 9; do for j in 1 2 3 4 5 6 7 8 9; do cp -r . ./n$i$j; done; done",
        "ln -s . loop; cp -rL loop out; du -L loop; tar chf x.tar loop; rsync -aL loop out2",
        "ln -s a b; ln -s b a; cat a; ls a/; cp a c",
        "echo {1..9}{1..9}{1..9}{1..9}{1..9}{1..9}{1..9} | wc",
        "echo :a > s; echo 's/^/xx/;ba' >> s; echo x | sed -f s",
        "printf '%0999999999d' 1",
        "head -c 99999999999999 /dev/zero | gzip | gunzip | wc -c",
        "split -b 1 $PGDATA/postgresql.conf",
        "echo '\\i r' > r; psql -f r",
        "x=1; while true; do x=$((x*x+9)); done",
        "echo $((9**9**9**9))",
        "yes | tee a b c | sort | uniq -c",
        "yes 'SELECT 1;' | psql",
        "yes '\\if true' | psql",
        "yes '\\d' | psql",
        "while true; do (x=aaaaaaaa; while :; do x=$x$x;x$x; done); done",
        "while true; do timeout 9 pg_restore -C -c -d postgres x; done",
        "for i in {1..5433}; do dd if=$PGDATA/postgresql.conf of=a conv=notrunc seek=1 bs=$i; done",
        f"psql -c 'SELECT 1{'+1' * 40}'",
        f"psql -c 'SELECT now(){' + 1' * 40}'",
        f"psql -c 'SELECT {'ARRAY[' * 40}1{']' * 40}'",
        f"psql -c 'SELECT (ARRAY[1]){'[1]' * 400}'",
        f"psql -c 'CREATE TABLE zz (a int DEFAULT 1{'+1' * 150})'",
        "psql -c 'COPY (SELECT * FROM pg_class a, pg_class b, pg_indexes c) TO STDOUT'",
    ],
)
def test_what_would_run_for_ever_comes_to_an_end(line: str) -> None:
    """The answer may be a complaint, and the work is bounded."""
    host = first_host("fixture", 16)
    with watched() as accounts:
        done = run_line(host, line)
    assert 0 <= done.exit < 256
    assert printable(done)
    bounded(accounts)
    assert calls_of(lambda: run_line(host, line)) <= MOST_CALLS


def test_the_work_of_a_line_is_one_account_with_all_that_it_starts() -> None:
    """Scripts, xargs and psql's `\\!` take from what the line has, and the next line begins anew."""
    host = first_host("fixture", 16)
    for line in (
        "for i in $(seq 19000); do :; :; done",
        "seq 40000 | xargs -n1 true",
        "echo ': {1..900}' > t; echo 'for i in $(seq 300); do psql -c \"\\! bash t\"; done' > s; sh s",
    ):
        done = run_line(host, line)
        assert f"one line does at most {MOST_STEPS:,} steps of work" in done.stderr
        assert run_line(done.host, "echo on").stdout == "on\n"


@pytest.mark.parametrize("line", ["cat \0x", "echo a > /\0db2/x; ls /\0db2", "echo ${00}", "cp -r . \0{1.."])
def test_no_letter_leads_out_of_the_host(line: str) -> None:
    """A shell reads past a NUL, so nobody can type the name that another machine's tree hangs under."""
    host = first_host("fixture", 16)
    assert said(run_line(host, line)) == said(run_line(host, line.replace("\0", "")))


def test_the_collector_is_after_a_line_as_it_was_before() -> None:
    """It waits while a line runs, and only then."""
    assert gc.isenabled()
    run_line(first_host("fixture", 16), "echo $(ls) | cat")
    assert gc.isenabled()
    gc.disable()
    try:
        run_line(first_host("fixture", 16), "true")
        assert not gc.isenabled()
    finally:
        gc.enable()


def long_session(seed: int) -> str:
    """The digest of everything that was said and that stands after a long session."""
    choose = Random(seed).randrange
    host, heard = first_host("default", 16), sha256()
    for _ in range(60):
        done = run_line(host, mutated(written("line", choose), choose))
        heard.update(repr(said(done)).encode("utf-8", "backslashreplace"))
        host = done.host
    return heard.hexdigest()


def test_a_session_is_the_same_in_another_process_with_another_hash_seed() -> None:
    """Nothing that is said or made depends on the order of a set."""
    program = f"from tests.host.test_fuzz import long_session; print(long_session({7}))"
    said = {
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program],
            cwd=TREE,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(TREE)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert said == {f"{long_session(7)}\n"}
