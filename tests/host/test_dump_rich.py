"""Dumps of a catalogue with something of everything, against what real pg_dump printed of the real thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from host.dump.dumping import Source, archived, planned, text
from host.dump.facts import tool_facts
from host.dump.options import DumpOptions, Output
from tests.host.rich import rich

DATA = Path(__file__).parent / "data"
RELEASES = {16: "16.14", 18: "18.4"}


def dumped(major: int, options: DumpOptions) -> str:
    """The plain dump of database rich by the tools of the server's own release."""
    catalog = rich(major)
    source = Source(catalog, catalog.databases["rich"], RELEASES[major])
    tool = tool_facts(major, RELEASES[major])
    made = planned(source, options, tool)
    return text(archived(source, made, options, tool, 0.0), options, tool)


def output(**given: object) -> Output:
    """Output of pg_dump with the key that stands in the files."""
    return Output(statistics=False, restrict_key="KEY", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("major", RELEASES)
def test_a_dump_with_create_is_the_real_one(major: int) -> None:
    real = (DATA / f"rich{major}.sql").read_text()
    assert dumped(major, DumpOptions(output(create=True))).splitlines() == real.splitlines()


@pytest.mark.parametrize("major", RELEASES)
def test_a_dump_with_every_identifier_quoted_is_the_real_one(major: int) -> None:
    real = (DATA / f"rich{major}_quoted.sql").read_text()
    assert dumped(major, DumpOptions(output(schema_only=True, quote_all=True))).splitlines() == real.splitlines()


@pytest.mark.parametrize("major", RELEASES)
def test_drops_and_inserts_of_chosen_tables_are_the_real_ones(major: int) -> None:
    real = (DATA / f"rich{major}_inserts.sql").read_text()
    options = DumpOptions(output(clean=True, if_exists=True), tables=("public.ch", "t1"), inserts=True)
    assert dumped(major, options).splitlines() == real.splitlines()
