"""A good scenario file, and ways to spoil it: a name, the spoilt text, the line and the field to be told, and a word.

Lines of the good file are counted in the margin of GOOD below; a spoilt file replaces one piece of it.
"""

from __future__ import annotations

from dataclasses import dataclass

GOOD = """\
id: a-lesson
title: {ja: 題, en: A title}
outcome: {ja: 結末, en: The outcome}
prose: {ja: 説明, en: Some prose}
method: basebackup
objectives: [S2.4]
failures: [1]
server:
  version: 14
  wal_segment_size: 16MB
  settings: {max_wal_size: 64MB}
  databases: {shop: {orders: 10}}
conditions: {wal_keep_size: [0, 64MB]}
timeline:
  - run: pg_basebackup -D /backup/base -Xf
    while:
      - write: 16MB
  - run: psql -c "CHECKPOINT"
    say: {ja: 文, en: A sentence}
ending:
  - exit: 0
  - restorable: {backup: /backup/base, is: true}
"""


@dataclass(frozen=True, slots=True)
class Spoilt:
    """One malformed file and what must be said about it."""

    name: str
    raw: bytes
    line: int
    field: str
    says: str
    """Part of the English sentence."""


def _put(name: str, old: str, new: str, line: int, field: str, says: str) -> Spoilt:
    assert GOOD.count(old) == 1, f"{name}: {old!r} must stand once in the good file"
    return Spoilt(name, GOOD.replace(old, new).encode(), line, field, says)


def _whole(name: str, raw: bytes, line: int, says: str, field: str = "") -> Spoilt:
    return Spoilt(name, raw, line, field, says)


RUN = 'run: psql -c "CHECKPOINT"'
BASE = "run: pg_basebackup -D /backup/base -Xf"
_NESTED = GOOD + "conditions2: " + "[" * 40 + "]" * 40 + "\n"

CASES: tuple[Spoilt, ...] = (
    _whole("empty", b"", 1, "the file is empty"),
    _whole("only a comment", b"# nothing\n", 1, "the file is empty"),
    _whole("a list instead of a mapping", b"- id: x\n- id: y\n", 1, "wrong type"),
    _whole("a word instead of a mapping", b"scenario\n", 1, "wrong type"),
    _whole("a number instead of a mapping", b"42\n", 1, "wrong type"),
    _whole("not UTF-8", GOOD.encode("utf-16"), 1, "not UTF-8"),
    _whole("Shift JIS", GOOD.encode("shift_jis"), 1, "not UTF-8"),
    _whole("binary", bytes(range(256)), 1, "not UTF-8"),
    _whole("a NUL byte", GOOD.replace("A title", "A \0 title").encode(), 2, "not valid YAML"),
    _whole("more than 1 MB", GOOD.encode() + b"# " + b"x" * 1_000_000, 1, "too large"),
    _whole("an unclosed bracket", GOOD.replace("[S2.4]", "[S2.4").encode(), 7, "not valid YAML"),
    _whole("a tab", GOOD.replace("  version: 14", "\tversion: 14").encode(), 9, "not valid YAML"),
    _whole("two documents", (GOOD + "---\nid: other\n").encode(), 23, "not valid YAML"),
    _put("an anchor", "title: {ja", "title: &t {ja", 2, "", "anchors"),
    _put("an alias", "title: {ja: 題, en: A title}", "title: *t", 2, "", "anchors"),
    _whole("a bomb of aliases", b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", 1, "anchors"),
    _whole("deep nesting", _NESTED.encode(), 23, "nested too deeply"),
    _whole("very deep nesting", b"id: " + b"[" * 20_000 + b"]" * 20_000, 1, "nested too deeply"),
    _whole("a Python tag", GOOD.replace("id: a-lesson", "id: !!python/object/apply:os.getcwd []").encode(), 1, "YAML"),
    _put("a tag of nobody", "method: basebackup", "method: !door basebackup", 5, "", "not valid YAML"),
    _put("a binary tag", "method: basebackup", "method: !!binary YmFzZQ==", 5, "method", "not allowed"),
    _put("a field twice", "method: basebackup", "method: basebackup\nmethod: wal", 6, "method", "given twice"),
    _put("a setting twice", "{max_wal_size: 64MB}", "{a: 1, a: 2}", 11, "server.settings.a", "given twice"),
    _put("a merge key of nothing", "  version: 14", "  <<: 14", 9, "", "not valid YAML"),
    _put("a missing field", "method: basebackup\n", "", 1, "method", "required"),
    _put("a missing language", "{ja: 題, en: A title}", "{ja: 題}", 2, "title.en", "required"),
    _put("an empty text", "{ja: 題, en: A title}", "{ja: '', en: A title}", 2, "title.ja", "must not be empty"),
    _put("an unknown field", "failures: [1]", "failure: [1]", 7, "failure", "no such field"),
    _put("an unknown field of the server", "  version: 14", "  versoin: 14", 9, "server.versoin", "no such field"),
    _put("a number for a title", "title: {ja: 題, en: A title}", "title: 7", 2, "title", "wrong type"),
    _put("a date for a title", "{ja: 題, en: A title}", "{ja: 2026-01-01, en: x}", 2, "title.ja", "wrong type"),
    _put("an id with blanks", "id: a-lesson", "id: A Lesson", 1, "id", "lower-case"),
    _put("an unknown method", "method: basebackup", "method: tape", 5, "method", "logical"),
    _put("objectives that are none", "objectives: [S2.4]", "objectives: []", 6, "objectives", "must not be empty"),
    _put("a failure beyond the list", "failures: [1]", "failures: [99]", 7, "failures[0]", "at most 55"),
    _put("an unknown version", "  version: 14", "  version: 9", 9, "server.version", "12, 13, 14"),
    _put("a version in words", "  version: 14", "  version: new", 9, "server.version", "wrong type"),
    _put("a version with a minor", "  version: 14", "  version: 14.5", 9, "server.version", "wrong type"),
    _put("a bad span of versions", "failures: [1]", "versions: 12-99", 7, "versions", "known"),
    _put("a span in words", "failures: [1]", "versions: all", 7, "versions", "known"),
    _put("a version outside its span", "failures: [1]", "versions: 15+", 9, "server.version", "15, 16, 17, 18"),
    _put("a span that is empty", "failures: [1]", "versions: 15-13", 7, "versions", "known"),
    _put(
        "a bad segment size", "wal_segment_size: 16MB", "wal_segment_size: 3MB", 10, "server.wal_segment_size", "power"
    ),
    _put("no segment size", "wal_segment_size: 16MB", "wal_segment_size: big", 10, "server.wal_segment_size", "size"),
    _put("a setting that is a list", "{max_wal_size: 64MB}", "{a: [1]}", 11, "server.settings.a", "setting's value"),
    _put("settings that are a list", "{max_wal_size: 64MB}", "[a]", 11, "server.settings", "wrong type"),
    _put("a setting of nobody", "{max_wal_size: 64MB}", "{max_wal: 1}", 11, "server.settings.max_wal", "unrecognized"),
    _put("a value of nobody", "max_wal_size: 64MB", "max_wal_size: big", 11, "server.settings.max_wal_size", "invalid"),
    _put("too many rows", "{orders: 10}", "{orders: 99999999999}", 12, "server.databases.shop.orders", "too large"),
    _put("negative rows", "{orders: 10}", "{orders: -1}", 12, "server.databases.shop.orders", "too small"),
    _put("a timeline of nothing", "      - write: 16MB\n", "      - {}\n", 17, "timeline[0].while[0]", "exactly one"),
    _put("two actions", "- write: 16MB", "- {write: 16MB, crash: true}", 17, "timeline[0].while[0]", "write, crash"),
    _put("a size of nobody", "- write: 16MB", "- write: lots", 17, "timeline[0].while[0].write", "not a size"),
    _put("a negative size", "- write: 16MB", "- write: -1MB", 17, "timeline[0].while[0].write", "not a size"),
    _put("a huge size", "- write: 16MB", f"- write: {'9' * 400}GB", 17, "timeline[0].while[0].write", "too large"),
    _put(
        "a size beyond all WAL", "- write: 16MB", "- write: 99999999GB", 17, "timeline[0].while[0].write", "too large"
    ),
    _put("a duration of nobody", "- write: 16MB", "- wait: soon", 17, "timeline[0].while[0].wait", "not a duration"),
    _put("an endless duration", "- write: 16MB", "- wait: 99999999d", 17, "timeline[0].while[0].wait", "too large"),
    _put(
        "too much in one wait",
        "- write: 16MB",
        "- {wait: 1d, writing: 1GB/s}",
        17,
        "timeline[0].while[0].writing",
        "too large",
    ),
    _put(
        "a server that does not start",
        "{max_wal_size: 64MB}",
        "{wal_level: minimal}",
        11,
        "server.settings.wal_level",
        "WAL",
    ),
    _put(
        "a rate of nobody",
        "- write: 16MB",
        "- {wait: 1s, writing: 5}",
        17,
        "timeline[0].while[0].writing",
        "not a rate",
    ),
    _put("a wrong archive", "- write: 16MB", "- archive: maybe", 17, "timeline[0].while[0].archive", "works"),
    _put("crash: false", "- write: 16MB", "- crash: false", 17, "timeline[0].while[0].crash", "True"),
    _put(
        "too many to delete", "- write: 16MB", "- delete_oldest: 5000", 17, "timeline[0].while[0].delete_oldest", "1000"
    ),
    _put("an unknown tool", RUN, "run: pg_magic", 18, "timeline[1].run", 'no command "pg_magic"'),
    _put("nothing to run", RUN, "run: ''", 18, "timeline[1].run", "no command"),
    _put("a list to run", RUN, "run: [psql, -c, CHECKPOINT]", 18, "timeline[1].run", "wrong type"),
    _put("a bad option", BASE, "run: pg_basebackup -D /b --magic", 15, "timeline[0].run", "--magic"),
    _put(
        "a bad value of an option", BASE, "run: pg_basebackup -D /b -Xz", 15, "timeline[0].run", "none, fetch, stream"
    ),
    _put("a bad rate", BASE, "run: pg_basebackup -D /b -r fast", 15, "timeline[0].run", "32k"),
    _put("no directory", BASE, "run: pg_basebackup -Xf", 15, "timeline[0].run", "-D DIRECTORY"),
    _put("an unclosed quotation mark", RUN, "run: psql -c 'CHECKPOINT", 18, "timeline[1].run", "not closed"),
    _put("bad SQL", RUN, 'run: psql -c "VACUUM"', 18, "timeline[1].run", "CHECKPOINT; SHOW name"),
    _put("an unknown function", RUN, 'run: psql -c "SELECT pg_sleep(1)"', 18, "timeline[1].run", "pg_switch_wal"),
    _put("bad arguments", RUN, 'run: psql -c "SELECT pg_backup_start(1 2)"', 18, "timeline[1].run", "'text', true"),
    _put("bad LSN", RUN, "run: psql -c \"SELECT pg_replication_slot_advance('a','x')\"", 18, "timeline[1].run", "X/X"),
    _put("an unknown form for a version", RUN, "run: {'11': psql}", 18, "timeline[1].run", "known"),
    _put("two conditions", "- exit: 0", "- {exit: 0, lost: true}", 21, "ending[0]", "exactly one"),
    _put("an unknown condition", "- exit: 0", "- exits: 0", 21, "ending[0].exits", "no such field"),
    _put("an ending of nothing", "- exit: 0", "- {of: x}", 21, "ending[0]", "exactly one"),
    _put("an exit code in words", "- exit: 0", "- exit: good", 21, "ending[0].exit", "wrong type"),
    _put("a server that is neither", "- exit: 0", "- server: asleep", 21, "ending[0].server", "running"),
    _put(
        "restorable without a backup",
        "{backup: /backup/base, is: true}",
        "{is: true}",
        22,
        "ending[1].restorable.backup",
        "required",
    ),
)
