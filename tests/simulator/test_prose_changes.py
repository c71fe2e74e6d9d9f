"""What changed between majors, and where the manuals say so: complete, in order, and as real servers have it."""

import json
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

from simulator.prose import catalogue, changes, manual
from simulator.versions import KNOWN, Version, version

ROOT = Path(__file__).resolve().parents[2]
EXAM = set("S2.1 S2.2 S2.3 S2.4 S2.5 S3.1 G1.1 G1.2 G1.3 G1.4 G2.1 G3.1 G4.1 G4.2 G4.3".split())
TOPICS = set("archiving backup logical monitoring recovery replication retention settings storage wal".split())


def test_every_manual_key_exists() -> None:
    used = set()
    for name in ("events", "refusals", "restorable"):
        for entry in catalogue(name).values():
            used |= {entry["manual"], *(v["manual"] for v in entry.get("variants", {}).values() if "manual" in v)}
    assert used - set(catalogue("manual")) == set()


def test_a_manual_page_is_that_of_the_major_or_of_the_nearest_older_one() -> None:
    assert manual("wal_keep", "en", 12)[0].endswith("/docs/12/runtime-config-replication.html#GUC-WAL-KEEP-SEGMENTS")
    assert manual("wal_keep", "en", 18)[0].endswith("/docs/18/runtime-config-replication.html#GUC-WAL-KEEP-SIZE")
    assert manual("pg_dump", "ja", 18)[0] == "https://www.postgresql.jp/docs/17/app-pgdump.html"
    assert manual("max_slot_wal_keep_size", "en", 12)[0].endswith("/docs/12/runtime-config-replication.html")


# -- Changes between majors -----------------------------------------------------------------------------------


def test_changes_are_many_ordered_and_filed() -> None:
    rows = changes("en")
    assert len(rows) >= 45
    assert [row.version for row in rows] == sorted(row.version for row in rows)
    assert {row.version for row in rows} == set(range(10, KNOWN[-1] + 1))
    assert {row.topic for row in rows} <= TOPICS
    assert {objective for row in rows for objective in row.exam} <= EXAM
    assert all(f"/docs/{row.version}/release-{row.version}.html" in row.url for row in rows)
    assert [row.id for row in changes("ja")] == [row.id for row in rows]


def test_every_fact_that_differs_between_majors_is_told_where_it_changes() -> None:
    measured = ("major", "release", "_lsn", "_bytes", "_kb")  # these differ with every release
    names = {field.name for field in fields(Version) if not field.name.endswith(measured)}
    wanted = {
        (name, after)
        for name in names
        for before, after in pairwise(KNOWN)
        if getattr(version(before), name) != getattr(version(after), name)
    }
    assert wanted == {(fact, row.version) for row in changes("en") for fact in row.facts}


def test_parameters_come_and_go_where_the_table_says() -> None:
    """Against pg_settings of real servers."""
    recorded = {
        major: set(json.loads((ROOT / f"tests/data/pg_settings-{major}.json").read_text(encoding="utf-8")))
        for major in KNOWN
    }
    ever = set().union(*recorded.values())
    spans: dict[str, tuple[int, int]] = {}
    for row in catalogue("changes").values():
        for name in row.get("adds", ()):
            spans[name] = (row["version"], KNOWN[-1] + 1)
        for name in row.get("removes", ()):
            spans[name] = (spans.get(name, (KNOWN[0], 0))[0], row["version"])
    checked = {name: span for name, span in spans.items() if name in ever}
    assert len(checked) >= 15
    for name, span in checked.items():
        assert [major for major in KNOWN if name in recorded[major]] == [m for m in KNOWN if m in range(*span)], name
