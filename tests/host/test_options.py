"""What the tools say to their command lines: getopt_long's rules, then each tool's own checks, by major."""

import pytest

from host.machine import Build
from host.options import TOOLS, Refusal, read_words, table
from host.options.checks.pg_basebackup import BasebackupOptions
from host.options.checks.pg_dump import DumpSettings
from host.options.checks.psql import PsqlSettings
from host.options.messages import hint_line
from host.options.values import Parsed
from simulator.versions import KNOWN
from tests.host.options_reading import answer, settings

HINT = '{0}: hint: Try "{0} --help" for more information.'


def parsed(line: str, major: int = 16) -> Parsed:
    found = read_words(line.split(), Build(major), {})
    assert isinstance(found, Parsed)
    return found


@pytest.mark.parametrize(
    ("line", "given", "operands"),
    [
        ("pg_dump -Fc -f x shop", [("format", "c"), ("file", "x")], ["shop"]),
        ("pg_dump shop --format c --file=x", [("format", "c"), ("file", "x")], ["shop"]),
        (
            "pg_dump -vvacfx shop",
            [*[("verbose", None)] * 2, ("data-only", None), ("clean", None), ("file", "x")],
            ["shop"],
        ),
        ("pg_dump --sch a --exclude-s b", [], []),
        ("pg_dump --data --form=p", [("data-only", None), ("format", "p")], []),
        ("pg_dump -a -- -x --frob", [("data-only", None)], ["-x", "--frob"]),
        ("pg_dump -f -- shop", [("file", "--")], ["shop"]),
        ("pg_dump - -a", [("data-only", None)], ["-"]),
        ("pg_dump --no-acl --attribute-inserts", [("no-privileges", None), ("column-inserts", None)], []),
        ("pg_waldump --stats -z --stats=record", [("stats", None), ("stats", None), ("stats", "record")], []),
        ("psql -X1c\\l", [("no-psqlrc", None), ("single-transaction", None), ("command", "\\l")], []),
    ],
)
def test_getopt_long_takes_letters_and_names_in_every_form(
    line: str, given: list[tuple[str, str | None]], operands: list[str]
) -> None:
    found = parsed(line)
    if not given:
        assert found.fault is not None
        return
    assert (list(found.given), list(found.operands), found.fault) == (given, operands, None)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("pg_dump --frob=3", "pg_dump: unrecognized option '--frob=3'"),
        ("pg_dump -aQ", "pg_dump: invalid option -- 'Q'"),
        ("pg_dump -F", "pg_dump: option requires an argument -- 'F'"),
        ("pg_dump --format", "pg_dump: option '--format' requires an argument"),
        ("pg_dump --form", "pg_dump: option '--format' requires an argument"),
        ("pg_dump --clean=yes", "pg_dump: option '--clean' doesn't allow an argument"),
        ("pg_dump --ver", "pg_dump: option '--ver' is ambiguous; possibilities: '--verbose' '--version'"),
        ("pg_dump --cl=3 --ver", "pg_dump: option '--clean' doesn't allow an argument"),
        ("/usr/bin/pg_dump --frob", "/usr/bin/pg_dump: unrecognized option '--frob'"),
        ("pg_archivecleanup --debug", "pg_archivecleanup: invalid option -- '-'"),
    ],
)
def test_what_getopt_long_refuses_is_said_before_the_hint(line: str, says: str) -> None:
    tool = line.split(maxsplit=1)[0].rpartition("/")[2]
    assert answer(line).split("\n") == [f"{2 if 'archive' in tool else 1}: {says}", HINT.format(tool)]


def test_help_and_version_count_as_the_first_word_only() -> None:
    assert answer("pg_dump --help") == "0"
    assert answer("pg_dump -V --frob") == "0"
    assert answer("pg_basebackup -D x --help") == f"1: {HINT.format('pg_basebackup')}"
    assert answer("createdb -e --help").startswith("1: createdb: unrecognized option '--help'")
    assert answer("psql -X --version") == "0"
    assert answer("psql -X -?") == "0"
    assert answer("psql -X?") == f"1: {HINT.format('psql')}"


@pytest.mark.parametrize(
    ("line", "ends"),
    [
        ("pg_isready -Q", 3),
        ("pg_isready extra", 3),
        ("pg_archivecleanup x", 2),
        ("pg_verifybackup", 1),
        ("psql --frob", 1),
    ],
)
def test_the_exit_status_of_a_wrong_command_line_is_the_tools_own(line: str, ends: int) -> None:
    assert answer(line, 15).startswith(f"{ends}: ")


def test_the_hint_is_a_line_of_the_log_from_15_on_but_never_of_pg_ctl() -> None:
    assert answer("pg_dump -Q", 14).endswith('\nTry "pg_dump --help" for more information.')
    assert answer("pg_dump -Q", 15).endswith("\n" + HINT.format("pg_dump"))
    assert answer("pg_ctl -Q", 18).endswith('\nTry "pg_ctl --help" for more information.')


# major and line, then the answer without its hint
CHECKS = """
12 pg_basebackup
    1: pg_basebackup: error: no target directory specified
15 pg_basebackup
    1: pg_basebackup: error: must specify output directory or backup target
16 pg_basebackup -D b -Fq -Q
    1: pg_basebackup: error: invalid output format "q", must be "plain" or "tar"
14 pg_basebackup -D b -Ft -Z 10
    1: pg_basebackup: error: invalid compression level "10"
16 pg_basebackup -D b -Ft -Z 0
    goes on
15 pg_basebackup -D b -Ft -Z 0
    1: pg_basebackup: error: invalid compression specification: compression algorithm "gzip" expects a compression \
level between 1 and 9 (default at -1)
16 pg_basebackup -D b -Ft -Z lz4
    1: pg_basebackup: error: invalid compression specification: this build does not support compression with LZ4
16 pg_basebackup -D b -Z server-lz4:99
    goes on
16 pg_basebackup -D b -i m
    1: pg_basebackup: invalid option -- 'i'
17 pg_basebackup -D b -i m
    goes on
15 pg_basebackup -t blackhole -Xf
    goes on
15 pg_basebackup -D b -t client
    goes on
16 pg_basebackup -D b -r 2.5M -r 31
    1: pg_basebackup: error: transfer rate "31" is out of range
14 pg_basebackup -D b -s x
    goes on
15 pg_basebackup -D b -s x
    1: pg_basebackup: error: invalid value "x" for option -s/--status-interval
18 pg_basebackup -D b -d shop
    1: pg_basebackup: error: missing "=" after "shop" in connection info string
13 pg_dump -s -a -c --if-exists
    1: pg_dump: error: options -s/--schema-only and -a/--data-only cannot be used together
14 pg_dump -j 0
    1: pg_dump: error: invalid number of parallel jobs
15 pg_dump -j 0
    1: pg_dump: error: -j/--jobs must be in range 1..2147483647
14 pg_dump -Z 12
    1: pg_dump: error: compression level must be in range 0..9
15 pg_dump -Z 12
    1: pg_dump: error: -Z/--compress must be in range 0..9
18 pg_dump -a --statistics
    1: pg_dump: error: options -a/--data-only and --statistics cannot be used together
16 pg_dump -Fc --restrict-key=a
    1: pg_dump: error: option --restrict-key can only be used with --format=plain
12 pg_dump --restrict-key=a
    1: pg_dump: unrecognized option '--restrict-key=a'
16 pg_dump -Fd
    1: pg_dump: error: no output directory specified
16 pg_dump --section=all
    1: pg_dump: error: unrecognized section name: "all"
17 pg_dump --filter=none
    1: pg_dump: error: could not open filter file "none": No such file or directory
16 pg_restore x
    1: pg_restore: error: one of -d/--dbname and -f/--file must be specified
16 pg_restore -l x
    goes on
17 pg_restore -Fp -f - x
    1: pg_restore: error: unrecognized archive format "p"; please specify "c", "d", or "t"
18 pg_restore -Fp -f - x
    1: pg_restore: error: archive format "p" is not supported; please use psql
16 pg_restore -1 -j 2 -f - x
    1: pg_restore: error: cannot specify both --single-transaction and multiple jobs
16 pg_dumpall -g -r
    1: pg_dumpall: error: options -g/--globals-only and -r/--roles-only cannot be used together
16 pg_ctl
    1: pg_ctl: no operation specified
16 pg_ctl start
    1: pg_ctl: no database directory specified and environment variable PGDATA unset
16 pg_ctl -D d frob
    1: pg_ctl: unrecognized operation mode "frob"
16 pg_ctl -D d stop now
    1: pg_ctl: too many command-line arguments (first is "stop")
17 pg_ctl -D d stop now
    1: pg_ctl: too many command-line arguments (first is "now")
16 pg_ctl kill HUP
    1: pg_ctl: missing arguments for kill mode
16 psql -v ON_ERROR_STOP=maybe
    1: psql: error: unrecognized value "maybe" for "ON_ERROR_STOP": Boolean expected
16 psql shop app third
    goes on
16 pg_receivewal -D d -S s --create-slot --drop-slot
    1: pg_receivewal: error: cannot use --create-slot together with --drop-slot
14 pg_receivewal -D d -p no
    1: pg_receivewal: error: invalid port number "no"
15 pg_receivewal -D d -p no
    goes on
14 pg_verifybackup
    1: pg_verifybackup: fatal: no backup directory specified
15 pg_verifybackup
    1: pg_verifybackup: error: no backup directory specified
12 pg_verifybackup x
    127: pg_verifybackup: command not found
17 pg_combinebackup -o out
    1: pg_combinebackup: error: no input directories specified
17 pg_combinebackup -o out -k full
    1: pg_combinebackup: invalid option -- 'k'
18 pg_combinebackup -o out -k full
    goes on
15 pg_waldump -t 0x1
    goes on
16 pg_waldump -t 0
    1: pg_waldump: error: -t/--timeline must be in range 1..4294967295
14 pg_waldump -e 0-1
    1: pg_waldump: error: could not parse end WAL location "0-1"
14 createdb --locale=C --lc-ctype=C x
    1: createdb: error: only one of --locale and --lc-ctype can be specified
15 createdb --locale=C --lc-ctype=C x
    goes on
15 createdb -E klingon x
    1: createdb: error: "klingon" is not a valid encoding name
15 dropdb
    1: dropdb: error: missing required argument database name
15 createuser -c x
    1: createuser: error: invalid value "x" for option -c/--connection-limit
15 pg_controldata
    1: pg_controldata: error: no data directory specified
15 pg_checksums -e -f 1 d
    1: pg_checksums: error: option -f/--filenode can only be used with --check
15 pg_resetwal --wal-segsize=3 d
    1: pg_resetwal: error: argument of --wal-segsize must be a power of 2 between 1 and 1024
15 pg_rewind -D t
    1: pg_rewind: error: no source specified (--source-pgdata or --source-server)
15 initdb -A frob d
    1: initdb: error: invalid authentication method "frob" for "local" connections
15 postgres stray
    1: postgres: invalid argument: "stray"
17 pg_walsummary
    1: pg_walsummary: error: no input files specified
"""


ROWS = CHECKS.strip().splitlines()


@pytest.mark.parametrize(("asked", "expected"), list(zip(ROWS[::2], ROWS[1::2], strict=True)))
def test_each_tool_checks_its_options_in_the_words_of_its_major(asked: str, expected: str) -> None:
    major, _, line = asked.partition(" ")
    told = answer(line, int(major)).split("\n")
    tool = line.split(maxsplit=1)[0]
    of = table(tool, int(major))
    hints = [hint_line(tool, of, int(major)).rstrip()] if of else []
    assert told[0] == expected.strip()
    assert told[1:] in ([], hints)


def test_an_option_before_the_one_that_getopt_refuses_is_judged_first() -> None:
    assert "invalid output format" in answer("pg_basebackup -F q --frob")
    assert "unrecognized option" in answer("pg_basebackup --frob -F q")


def test_root_is_not_served_by_the_tools_that_own_a_data_directory() -> None:
    assert answer("pg_ctl -D d status", user="root").startswith("1: pg_ctl: cannot be run as root")
    assert answer("initdb -D d", 16, user="root").startswith("1: initdb: error: cannot be run as root")
    assert answer("pg_resetwal d", 16, user="root").startswith('1: pg_resetwal: error: cannot be executed by "root"')


def test_settings_carry_what_the_tool_needs() -> None:
    backup = settings("pg_basebackup -D b -Ft -z -Xf -c fast -T /a=/b -vv -R -h db -U rep".split(), Build(16))
    assert isinstance(backup, BasebackupOptions)
    assert (backup.format, backup.wal, backup.fast, backup.verbose) == ("tar", "fetch", True, 2)
    assert (backup.compression.method, backup.compression.level, backup.mappings) == ("gzip", -1, (("/a", "/b"),))
    assert (backup.target.host, backup.target.user, backup.target.dbname) == ("db", "rep", "replication")
    dump = settings("pg_dump -Fd -j 2 -f out -t orders -T log -Z 3 -B shop".split(), Build(16))
    assert isinstance(dump, DumpSettings)
    assert (dump.file, dump.jobs, dump.target.dbname) == ("out", 2, "shop")
    assert (dump.dump.tables, dump.dump.exclude_tables, dump.dump.large_objects) == (("orders",), ("log",), False)
    psql = settings(["psql", "-q", "-c", "SELECT 1", "-f", "x.sql", "-c", "\\l", "shop", "app", "more"], Build(16))
    assert isinstance(psql, PsqlSettings)
    assert psql.actions == (("sql", "SELECT 1"), ("file", "x.sql"), ("backslash", "l"))
    assert (psql.target.dbname, psql.target.user, psql.warnings) == ("shop", "app", "")


def test_every_tool_of_every_major_has_a_help_page_with_all_that_it_documents() -> None:
    for major in KNOWN:
        for tool in TOOLS:
            of = table(tool, major)
            if of is None:
                continue
            page = read_words([tool, "--help"], Build(major), {})
            assert isinstance(page, Refusal)
            first, blank, usage, *rest = page.stdout.splitlines()
            assert (first.split()[0], blank, usage) == (tool, "", "Usage:")
            for option in of.options:
                word = f"--{option.long}" if option.long else f"-{option.short} "
                assert not option.group or (option.group in of.groups and any(word in line for line in rest)), word
                assert bool(option.group) == bool(option.help), (tool, major, word)


def test_verifybackup_came_with_13_combinebackup_and_walsummary_with_17() -> None:
    missing = {major: [tool for tool in TOOLS if table(tool, major) is None] for major in KNOWN}
    later = ["pg_combinebackup", "pg_walsummary"]
    assert missing == {
        12: ["pg_combinebackup", "pg_verifybackup", "pg_walsummary"],
        **dict.fromkeys((13, 14, 15, 16), later),
        17: [],
        18: [],
    }
