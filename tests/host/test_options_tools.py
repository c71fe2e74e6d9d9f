"""The option tables and checks against the tools that are installed here."""

import random
import re
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from host.machine import Build
from host.options import TOOLS, Refusal, Table, read_words, table
from host.options.table import Option
from lab.binaries import Installation, installations
from lab.processes import server_user
from tests.host.options_reading import settings

pytestmark = pytest.mark.server

# They would change something when their command line is right, or wait for an answer.
LEFT_OUT = frozenset({"initdb", "pg_ctl", "pg_resetwal", "postgres"})
ASKING = frozenset({"password", "interactive", "pwprompt", "output", "log-file", "save-fullpage", "follow"})
VALUES = (
    "|0|1|5|abc|-1|3 | 7|99999999999|0x10|plain|t|fast|none|fetch|gzip:3|gzip:level=99|lz4:x|server-foo|client-gzip|"
    "none:3|a=b|/a=/b|/a=b|=|host=/x port=5|port=abc|nosuch=1|pre-data|ON_ERROR_STOP=1|ON_ERROR_STOP=x|format=csv|"
    "format=a|0/3|0/zz|1663/5/16384|list|Heap|record|custom9|client|blackhole|/abs|32k|2.5M|2G|bogus|SHA256|fsync|icu|"
    "--frob"
).split("|")
WORDS_FIRST = {
    "pg_basebackup": ["-D", "b"],
    "pg_combinebackup": ["-o", "x", "y"],
    "pg_restore": ["-f-"],
    "pg_rewind": ["-D", "x", "--source-pgdata=y"],
    "pg_archivecleanup": ["x", "000000010000000000000010"],
}
# What is said only after files have been looked at, or a server asked.
LATER = re.compile(
    "could not (open|read|access|find|locate|translate|stat|connect)|connection to server|No such file|does not exist|"
    "too short|not a database cluster|pg_dump: error"
)


@cache
def found() -> tuple[Installation, ...]:
    """One installation a major, with the client tools of its own."""
    by_major: dict[int, Installation] = {}
    for one in installations():
        if one.borrowed is None and one.tool("pg_dump"):
            by_major.setdefault(one.major, one)
    return tuple(by_major.values())


@pytest.fixture(scope="module")
def somewhere() -> Iterator[str]:
    """An empty directory that the tools' user may read."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield folder


def run(one: Installation, tool: str, words: list[str], folder: str) -> subprocess.CompletedProcess[str]:
    program = one.tool(tool)
    assert program is not None
    environment = {"PGHOST": "/nonexistent", "PATH": str(program.parent), "LC_ALL": "C"}
    return subprocess.run(
        [tool, *words],
        executable=program,
        cwd=folder,
        env=environment,
        input="",
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=30,
        check=False,
        user=server_user(),
    )


def tables(one: Installation) -> Iterator[Table]:
    for tool in TOOLS:
        of = table(tool, one.major)
        if of is not None and one.tool(tool):
            yield of


def test_the_tables_document_what_the_real_help_pages_do(somewhere: str) -> None:
    for one in found():
        for of in tables(one):
            page = run(one, of.tool, ["--help"], somewhere).stdout
            heads = [line[:60] for line in page.splitlines() if re.match(r" {1,6}[-\[]", line)]
            real = {word for line in heads for word in re.findall(r"--([a-z][a-z-]+)", line)}
            letters = {letter for line in heads for letter in re.findall(r"(?:^ {1,3}\[?|, )-(\w)\b", line)}
            ours = {option.long for option in of.options if option.long and option.group}
            assert real - {"boot", "check", "single"} == ours - {"boot", "check", "single"}, (one.major, of.tool)
            assert letters - {"V", "v"} <= {option.short for option in of.options}, (one.major, of.tool)


def test_ambiguous_abbreviations_name_the_same_possibilities(somewhere: str) -> None:
    """Which also says that the long names stand in the order of the source."""
    asked = 0
    for one in found():
        for of in tables(one):
            if of.tool == "postgres" or of.no_long:
                continue
            for start in sorted({option.long[0] for option in of.options if option.long}):
                ours = read_words([of.tool, "-", f"--{start}"], Build(one.major), {})
                if isinstance(ours, Refusal) or ours.fault is None:
                    continue
                asked += 1
                assert run(one, of.tool, ["-", f"--{start}"], somewhere).stderr == ours.fault.stderr
    assert asked > 50 * len(found())


def _option(of: Table, chance: random.Random) -> list[str]:
    option: Option = chance.choice([one for one in of.options if one.name not in ASKING])
    value = chance.choice(VALUES)
    if option.short and (not option.long or chance.random() < 0.5):
        word = f"-{option.short}"
        return chance.choice([[word + value], [word, value]]) if option.short_arg else [word]
    name = option.long if chance.random() < 0.8 else option.long[: chance.randint(2, len(option.long))]
    return [f"--{name}={value}"] if option.arg == "required" else [f"--{name}"]


def _line(of: Table, chance: random.Random) -> list[str]:
    words = WORDS_FIRST.get(of.tool, [])[:] if chance.random() < 0.7 else []
    for _ in range(chance.choice([0, 1, 2, 3, 5])):
        words += _option(of, chance) if chance.random() < 0.9 else [chance.choice(["x", "a=b", "--", "--help", "-Q"])]
    return words


def test_generated_command_lines_are_refused_by_the_tools_where_we_refuse_them(somewhere: str) -> None:
    different = []
    for one in found():
        methods = frozenset({"gzip", "lz4", "zstd"}) if "lz4" in _libraries(one) else frozenset({"gzip"})
        for of in tables(one):
            if of.tool in LEFT_OUT:
                continue
            chance = random.Random(f"{one.major} {of.tool}")
            for words in (_line(of, chance) for _ in range(10)):
                if any(word.startswith(("--pas", "--int", "--pw", "--sa", "--fo", "--ou", "--lo")) for word in words):
                    continue  # abbreviations of what is left out
                build = Build(one.major, methods)
                ours = settings([of.tool, *words], build, {"PGHOST": "/nonexistent"}, server_user() or "postgres")
                real = run(one, of.tool, words, somewhere)
                if not _agree(ours, real):
                    different.append((one.release, of.tool, words, ours, real.returncode, real.stderr))
    assert different == []


def _libraries(one: Installation) -> str:
    program = one.tool("pg_basebackup")
    return subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False).stdout


def _agree(ours: object, real: subprocess.CompletedProcess[str]) -> bool:
    if isinstance(ours, Refusal):
        return (ours.exit, ours.stderr) == (real.returncode, real.stderr)
    fault = getattr(getattr(ours, "target", None), "fault", "")
    asked = "no response" in real.stdout or "no attempt" in real.stdout or not real.stderr
    return asked or bool(LATER.search(real.stderr)) or bool(fault and fault in real.stderr)
