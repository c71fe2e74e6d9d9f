"""Where a tool connects to, and what it reads from a filter file."""

import pytest

from host.machine import Build
from host.options import Refusal, read_words
from host.options.connection import Target, target
from host.options.filters import rules
from host.options.values import Parsed, Stop


def parsed(line: str, major: int = 16) -> Parsed:
    found = read_words(line.split(), Build(major), {})
    assert isinstance(found, Parsed)
    return found


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("port=abc", 'invalid integer value "abc" for connection option "port"'),
        ("port=70000", 'invalid port number: "70000"'),
        ("host=a,b port=1,2,3", "could not match 3 port numbers to 2 hosts"),
        ("colour=red", 'invalid connection option "colour"'),
        ("host=a  port", 'missing "=" after "port" in connection info string'),
        ("host='a", "unterminated quoted string in connection info string"),
        ("target_session_attrs=best", 'invalid target_session_attrs value: "best"'),
        ("sslmode=maybe", 'invalid sslmode value: "maybe"'),
        ("postgresql://u%zz@h/db", 'invalid percent-encoded token: "u%zz"'),
        ("postgresql://h/db?colour=red", 'invalid URI query parameter: "colour"'),
        ("postgresql://h/db?sslmode", 'missing key/value separator "=" in URI query parameter: "sslmode"'),
        ("postgresql://h:x:y/db", 'invalid integer value "x:y" for connection option "port"'),
        ("postgresql://[]/db", 'IPv6 host address may not be empty in URI: "postgresql://[]/db"'),
    ],
)
def test_libpq_says_what_is_wrong_with_a_connection_string(text: str, fault: str) -> None:
    assert target(parsed("psql"), text).fault == fault


@pytest.mark.parametrize(
    ("text", "host", "port", "user", "dbname"),
    [
        ("shop", "/sockets", "5433", "me", "shop"),
        ("dbname=shop user = 'an other' port=1", "/sockets", "1", "an other", "shop"),
        (r"dbname='it\'s' host=h", "h", "5433", "me", "it's"),
        ("postgres://rep:secret@db:6000/shop?host=%2Ftmp", "/tmp", "6000", "rep", "shop"),
        ("postgresql:///", "/sockets", "5433", "me", "me"),
    ],
)
def test_a_target_is_put_together_from_string_environment_and_user(
    text: str, host: str, port: str, user: str, dbname: str
) -> None:
    given = read_words(["psql"], Build(16), {"PGHOST": "/sockets", "PGPORT": "5433"}, "me")
    assert isinstance(given, Parsed)
    found = target(given, text)
    assert found == Target(host, port, user, dbname, found.password, parameters=found.parameters, named=found.named)


def test_a_filter_file_is_read_line_by_line() -> None:
    lines = '# what to take\n\ninclude table  a . "B c"\nEXCLUDE table_data f(int ,  text) # why\n'
    reading = Parsed("pg_dump", Build(17), read_file=lambda _: lines)
    assert [(rule.include, rule.kind, rule.pattern) for rule in rules(reading, "x")] == [
        (True, "table", 'a. "B c"'),
        (False, "table_data", "f(int, text)"),
    ]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("take table x", 'invalid filter command (expected "include" or "exclude")'),
        ("include# table x", 'invalid filter command (expected "include" or "exclude")'),
        ("include", "missing filter object type"),
        ("include view x", 'unsupported filter object type: "view"'),
        ("include table", "missing object name pattern"),
        ('include table "x', "unexpected end of file"),
    ],
)
def test_a_wrong_line_of_a_filter_file_is_named_with_its_number(line: str, says: str) -> None:
    reading = Parsed("pg_dump", Build(17), read_file=lambda _: f"# a comment\n{line}\n")
    with pytest.raises(Stop) as stopped:
        list(rules(reading, "rules.txt"))
    words = f'pg_dump: error: invalid format in filter read from file "rules.txt" on line 2: {says}\n'
    assert stopped.value.refusal == Refusal(1, words)


def test_spaces_in_a_uri_are_refused_from_18_on() -> None:
    uri = "postgresql://h x/db"
    assert target(parsed("psql", 17), uri).host == "h x"
    assert target(parsed("psql", 18), uri).fault == (
        'unexpected spaces found in "h x", use percent-encoded spaces (%20) instead'
    )


def test_a_build_without_tls_cannot_require_it() -> None:
    given = read_words(["psql"], Build(18, tls=False), {})
    assert isinstance(given, Parsed)
    fault = 'sslmode value "require" invalid when SSL support is not compiled in'
    assert target(given, "sslmode=require").fault == fault
    assert target(given, "sslmode=prefer").fault == ""
