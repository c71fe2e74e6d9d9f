"""What is read out of commands, amounts, rates and times."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspection.archive_commands import archive_form
from inspection.rates import Assumptions, amount, rate_of
from inspection.texts import time_words
from simulator.lsn import GB, MB
from tests.inspection.server_facts import sound


@pytest.mark.parametrize(
    ("command", "form"),
    [
        ("", "empty"),
        ("(disabled)", "empty"),
        ("/bin/true", "nothing"),
        ("true", "nothing"),
        (":", "nothing"),
        ("exit 0", "nothing"),
        ("cp %p /archive/%f; true", "ignores"),
        ("rsync -a %p backup:/wal/%f || :", "ignores"),
        ("pgbackrest --stanza=main archive-push %p", "tool"),
        ("envdir /etc/wal-e.d/env wal-e wal-push %p", "tool"),
        ("barman-wal-archive backup main %p", "tool"),
        ("test ! -f /mnt/server/archivedir/%f && cp %p /mnt/server/archivedir/%f", "checked"),
        ("[ ! -f /a/%f ] && cp %p /a/%f", "checked"),
        ("rsync --ignore-existing %p backup::wal/%f", "checked"),
        ("cp %p /archive/%f", "overwrites"),
        ('copy "%p" "C:\\\\server\\\\archivedir\\\\%f"', "overwrites"),
        ("gzip < %p > /archive/%f.gz", "overwrites"),
        ("scp %p archive:/wal/%f", "overwrites"),
        ("/usr/local/bin/archive.sh %p %f", "unknown"),
    ],
)
def test_the_forms_of_archive_command_are_told_apart(command: str, form: str) -> None:
    assert archive_form(command) == form


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("100GB", 100 * GB),
        ("2 MB/s", 2 * MB),
        ("512k", 512 << 10),
        ("1.5 TiB", 3 << 39),
        ("0", None),
        ("-1GB", None),
        ("lots", None),
        ("", None),
        ("9" * 40, None),
    ],
)
def test_amounts_are_read_as_people_write_them(said: str, size: int | None) -> None:
    assert amount(said) == size


def test_a_given_rate_comes_before_looks_and_looks_before_statistics() -> None:
    facts = sound(16)
    sources = [
        rate_of(facts, Assumptions(wal_rate=5.0)),
        rate_of(facts, Assumptions()),
        rate_of(replace(facts, looks=()), Assumptions()),
        rate_of(replace(facts, looks=(), wal_bytes=None), Assumptions()),
        rate_of(replace(facts, looks=(), seen_at=None), Assumptions()),
    ]
    assert [rate.source if rate else None for rate in sources] == ["given", "looks", "pg_stat_wal", "archiver", None]
    assert sources[1] is not None
    assert sources[1].bytes_per_second == MB


@pytest.mark.parametrize(
    ("seconds", "ja", "en"),
    [
        (0.2, "1秒", "1 s"),
        (89, "89秒", "89 s"),
        (3600 * 7 + 12 * 60, "7時間12分", "7 h 12 min"),
        (86400 * 2, "2日", "2 d"),
    ],
)
def test_times_are_told_in_two_units_at_most(seconds: float, ja: str, en: str) -> None:
    assert (time_words(seconds, "ja"), time_words(seconds, "en")) == (ja, en)
