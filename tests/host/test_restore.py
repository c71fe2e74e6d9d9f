"""pg_restore: listings, lists, selections, and what it sends to a server that refuses now and then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.archives import Tar
from host.catalog.fixture import fixture
from host.content import Content, Damaged, Gzip, Piece
from host.dump import writing
from host.dump.dumping import Source, archived, planned
from host.dump.facts import tool_facts
from host.dump.options import DumpOptions, Output, RestoreOptions
from host.dump.toc import CopyData, DumpArchive
from host.files import Files
from host.machine import Host
from host.restore.emit import Server, Stopped
from host.restore.listing import chosen, listing
from host.restore.positions import shown
from host.restore.reading import Unreadable, opened
from host.restore.run import Restoring, script
from host.restore.server import Failure

RELEASES = {15: "15.18", 16: "16.14", 18: "18.4"}


def archive(major: int = 16, form: str = "c", options: DumpOptions | None = None) -> DumpArchive:
    """The archive of the fixture's shop."""
    catalog = fixture(major, "/fast")
    source = Source(catalog, catalog.databases["shop"], RELEASES[major])
    tool = tool_facts(major, RELEASES[major])
    asked = replace(options or DumpOptions(), format=form)
    return archived(source, planned(source, asked, tool), asked, tool, 1_700_000_000.0)


@dataclass
class Fake:
    """A server that refuses statements which begin with certain words."""

    refuses: dict[str, Failure] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)

    def send(self, sql: str) -> Failure | None:
        self.sent.append(sql)
        return next((failure for words, failure in self.refuses.items() if sql.startswith(words)), None)

    def copy(self, sql: str, _data: CopyData) -> tuple[bool, Failure | None]:
        failure = self.send(sql)
        return (failure is None or failure.context.startswith("COPY")), failure

    def connect(self, database: str) -> str | None:
        self.sent.append(f"-> {database}")
        return None

    def write_large_object(self, oid: int, content: bytes) -> Failure | None:
        return self.send(f"lo {oid} {content.decode()}")

    def notices(self) -> Iterator[str]:
        return iter(())


def restored(fake: Fake, options: RestoreOptions | None = None, major: int = 16) -> Server:
    """Restore the shop into the fake; a stop leaves what was said."""
    asked = options or RestoreOptions()
    emitter = Server(
        fake,
        exit_on_error=asked.exit_on_error,
        single_transaction=asked.output.single_transaction,
        verbose=asked.output.verbose,
    )
    try:
        Restoring(archive(major), asked, tool_facts(major, RELEASES[major]), emitter).run()
    except Stopped as stopped:
        emitter.stderr.append(f"stopped {stopped}")
    return emitter


EXISTS = {"CREATE SCHEMA audit": Failure('schema "audit" already exists')}
TOLD = 'pg_restore: error: could not execute query: ERROR:  schema "audit" already exists\n'


def test_what_is_sent_has_no_comments_and_goes_on_after_an_error() -> None:
    fake = Fake(EXISTS)
    done = restored(fake)
    assert done.errors == 1
    assert "".join(done.stderr) == TOLD + "Command was: CREATE SCHEMA audit;\n\n\n"
    assert not [sql for sql in fake.sent if sql.startswith(("--", "\\"))]
    assert "COPY public.orders (id, customer_id, placed, amount) FROM stdin;\n" in fake.sent
    assert fake.sent[-1].startswith("GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.orders TO app;")


def test_exit_on_error_stops_at_the_first() -> None:
    fake = Fake(EXISTS)
    done = restored(fake, RestoreOptions(exit_on_error=True))
    assert done.stderr[-1].startswith("stopped")
    assert fake.sent[-1] == "CREATE SCHEMA audit;\n\n\n"


def test_a_single_transaction_begins_and_commits_once_and_does_not_go_on() -> None:
    single = RestoreOptions(Output(single_transaction=True))
    fake = Fake()
    restored(fake, single)
    assert (fake.sent[0], fake.sent[-1]) == ("BEGIN", "COMMIT")
    assert fake.sent.count("BEGIN") == 1
    refusing = Fake(EXISTS)
    assert restored(refusing, single).stderr[-1].startswith("stopped")
    assert "COMMIT" not in refusing.sent


def test_a_missing_tablespace_is_told_without_the_command_and_the_table_is_made() -> None:
    fast = Failure(
        'invalid value for parameter "default_tablespace": "fast"', detail='Tablespace "fast" does not exist.'
    )
    fake = Fake({"SET default_tablespace = fast": fast})
    done = restored(fake)
    assert "".join(done.stderr) == (
        "pg_restore: error: could not set default_tablespace to fast: ERROR:  invalid value for parameter "
        '"default_tablespace": "fast"\nDETAIL:  Tablespace "fast" does not exist.\n'
    )
    assert any(sql.startswith("CREATE TABLE public.events") for sql in fake.sent)


def test_rows_that_fail_are_told_by_table_and_a_copy_that_does_not_begin_by_its_command() -> None:
    twice = Failure("duplicate key", detail="Key (id)=(1) already exists.", context="COPY log, line 1")
    fake = Fake({"COPY audit.log": twice, "COPY public.orders": Failure('relation "public.orders" does not exist')})
    told = "".join(restored(fake).stderr)
    assert 'COPY failed for table "log": ERROR:  duplicate key\nDETAIL:  Key (id)=(1) already exists.\n' in told
    assert "does not exist\nCommand was: COPY public.orders (id, customer_id, placed, amount) FROM stdin;\n" in told


def test_verbose_errors_say_where_in_the_table_of_contents() -> None:
    told = "".join(restored(Fake(EXISTS), RestoreOptions(Output(verbose=True))).stderr)
    assert told.startswith("pg_restore: while PROCESSING TOC:\npg_restore: from TOC entry ")
    assert " 2615 16407 SCHEMA audit postgres\n" in told


def test_no_data_for_failed_tables_leaves_their_rows_out() -> None:
    refuses = {"CREATE TABLE public.orders": Failure('relation "orders" already exists')}
    with_rows, without = Fake(refuses), Fake(refuses)
    restored(with_rows)
    restored(without, RestoreOptions(no_data_for_failed_tables=True))
    copied = [sql for sql in with_rows.sent if sql not in without.sent]
    assert copied == ["COPY public.orders (id, customer_id, placed, amount) FROM stdin;\n"]


def test_create_goes_on_in_the_new_database_under_the_archives_name() -> None:
    fake = Fake()
    restored(fake, RestoreOptions(Output(create=True)))
    made = next(number for number, sql in enumerate(fake.sent) if sql.startswith("CREATE DATABASE shop"))
    assert fake.sent[made + 1 : made + 3] == ["ALTER DATABASE shop OWNER TO postgres;\n\n", "-> shop"]


def test_clean_drops_in_reverse_and_if_exists_is_silent_about_it() -> None:
    def drops(if_exists: bool) -> list[str]:
        fake = Fake()
        restored(fake, RestoreOptions(Output(clean=True, if_exists=if_exists)))
        return [sql for sql in fake.sent if "DROP" in sql or "lo_unlink" in sql]

    plain = drops(if_exists=False)
    assert plain[0] == "ALTER TABLE ONLY public.orders DROP CONSTRAINT orders_customer_id_fkey;\n"
    assert plain[-1] == "DROP SCHEMA audit;\n"
    assert all("IF EXISTS" in sql or "WHERE oid" in sql for sql in drops(if_exists=True))


@pytest.mark.parametrize(
    ("options", "tags"),
    [
        (RestoreOptions(tables=("orders",)), {"orders", "TABLE orders"}),
        (RestoreOptions(tables=("public.orders",)), set()),
        (RestoreOptions(indexes=("orders_customer_idx",)), {"orders_customer_idx"}),
        (RestoreOptions(functions=("order_total(integer)",)), {"order_total(integer)"}),
        (RestoreOptions(schemas=("audit",)), {"log", "log_id_seq", "log id", "log log_pkey"}),
        (RestoreOptions(Output(sections=frozenset({"post-data"})), schemas=("audit",)), {"log log_pkey"}),
    ],
)
def test_what_a_selection_leaves(options: RestoreOptions, tags: set[str]) -> None:
    lines = listing(archive(), options, tool_facts(16, "16.14")).split("; Selected TOC Entries:\n;\n")[1]
    shown_lines = lines.splitlines()
    assert {tag for tag in tags if any(f" {tag} " in line for line in shown_lines)} == tags
    assert bool(shown_lines) == bool(tags)


def test_an_edited_list_gives_its_order() -> None:
    made = archive()
    by_tag = {entry.tag: entry.dump_id for entry in made.entries if entry.desc == "TABLE"}
    kept = f"{by_tag['orders']}; TABLE orders\n;{by_tag['events']}; left out\n\n{by_tag['customers']}\n"
    text = f";\n; header\n{kept}nonsense\n"
    found = chosen(text, made)
    assert found.ids == (by_tag["orders"], by_tag["customers"])
    assert found.ignored == ("nonsense",)
    written = script(made, RestoreOptions(wanted=found.ids), tool_facts(16, "16.14"))
    assert written.index("CREATE TABLE public.orders") < written.index("CREATE TABLE public.customers")
    assert "events" not in written


def test_an_id_that_the_archive_does_not_have_ends_it() -> None:
    made = archive()
    gap = next(n for n in range(1, max(e.dump_id for e in made.entries)) if n not in {e.dump_id for e in made.entries})
    assert chosen(f"{gap};\n", made).missing == gap


def read(content: Content, form: str = "", major: int = 16) -> str:
    """What opening a content from standard input says; '' when it is an archive."""
    try:
        opened(Files(Host()), "", content, form, tool_facts(major, RELEASES[major]))
    except Unreadable as fault:
        return str(fault)
    return ""


TAR = writing.tar(archive(form="t"), "", grouped=False, owner="postgres")
PLAIN = "--\n-- PostgreSQL database dump\n--\n\n" + "SET x = 1;\n" * 60


@pytest.mark.parametrize(
    ("content", "form", "major", "said"),
    [
        (archive(), "", 16, ""),
        (TAR, "", 16, ""),
        (PLAIN, "", 16, "input file appears to be a text format dump. Please use psql."),
        (PLAIN, "c", 16, "did not find magic string in file header"),
        ("", "", 16, "input file is too short (read 0, expected 5)"),
        ("hello world\n", "", 16, "input file does not appear to be a valid archive (too short?)"),
        (Gzip(PLAIN * 9), "", 16, "input file does not appear to be a valid archive"),
        (Gzip(PLAIN * 9), "", 18, "input file does not appear to be a valid tar archive"),
        (archive(18), "", 16, "unsupported version (1.16) in file header"),
        (archive(16), "", 15, "unsupported version (1.15) in file header"),
        (archive(15), "", 18, ""),
        (Tar(), "", 16, 'could not find header for file "toc.dat" in tar archive'),
        (TAR, "c", 16, "did not find magic string in file header"),
        (archive(form="d"), "", 16, "expected format (1) differs from format found in file (3)"),
        (Piece(archive(), 0, 3000), "", 16, "could not read from input file: end of file"),
    ],
)
def test_what_is_no_archive_says_why(content: Content, form: str, major: int, said: str) -> None:
    assert read(content, form, major) == said


def test_a_cut_archive_gives_its_definitions_and_stops_at_the_data() -> None:
    whole = archive()
    cut = Piece(whole, 0, whole.bytes - 1)
    found = opened(Files(Host()), "", cut, "", tool_facts(16, "16.14")).archive
    assert found.damage == "truncated"


@given(st.integers(5, 12000), st.integers(1, 40))
def test_overwritten_bytes_change_a_definition_or_end_the_reading(start: int, length: int) -> None:
    whole = archive()
    said = read(Damaged(whole, start, start + length))
    assert said in ("", "could not read from input file: end of file")


@pytest.mark.parametrize(
    ("query", "position", "text"),
    [
        ("select * from orders", 15, "LINE 1: select * from orders\n                      ^"),
        ("a\nbb x", 6, "LINE 2: bb x\n           ^"),
        ("x" * 30 + " y " + "z" * 60, 32, f"LINE 1: {'x' * 30} y {'z' * 27}...\n{' ' * 39}^"),
        ("x" * 80 + " y " + "z" * 60, 82, f"LINE 1: ...{'x' * 49} y {'z' * 8}...\n{' ' * 61}^"),
        ("nowhere", 0, ""),
    ],
)
def test_a_position_is_shown_as_libpq_shows_it(query: str, position: int, text: str) -> None:
    assert shown(query, position) == text
