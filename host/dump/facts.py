"""What differs between the majors of pg_dump, pg_dumpall and pg_restore, as one row of facts."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from simulator.versions import since

_FIRST_RESTRICTED = {12: 1000, 13: 22, 14: 19, 15: 14, 16: 10, 17: 6, 18: 0}
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class ToolFacts:
    """One build of the client tools."""

    major: int
    release: str
    """As the tool prints it: `16.14`, `15.18 (Debian 15.18-0+deb12u1)`."""
    restricts: bool
    """Plain dumps are guarded by \\restrict and \\unrestrict (since the minor releases of August 2025)."""
    transaction_timeout: bool
    archive_minor: int
    """Archives are of format version 1.<this>."""
    names_compression: bool
    """The listing names the compression method; before 16 it shows a level."""
    metadata_of_large_objects: bool
    """Large objects are dumped in groups, BLOB METADATA, in the data section."""
    own_word_for_owner: bool
    """ALTER SEQUENCE and ALTER VIEW … OWNER TO; before 16 it was ALTER TABLE."""
    skips_public: bool
    """CREATE SCHEMA public is left out by the restore, not by the dump (before 15)."""
    locale_provider: bool
    locale_of_database: bool
    """CREATE DATABASE has LOCALE when collate and ctype are equal."""
    statistics: bool
    tar_word: bool
    """'does not appear to be a valid tar archive'."""
    names_database: bool
    """A failed connection is told with the database's name before libpq's own words (before 14)."""
    opens_directory: bool
    """An output directory that exists is opened and looked into, with messages of its own."""
    locks_at_once: bool
    """One LOCK TABLE for all tables; before 16 one for each."""
    quotes_settings: bool
    """could not set "default_tablespace" to …"""
    says_search_path: bool
    """-v tells of the query that empties search_path after each connection."""
    sequences_at_once: bool
    """The values of all sequences are asked for in one query."""
    reconnects: bool
    """A worker's failed connection is 'reconnection failed'."""


def tool_facts(major: int, release: str) -> ToolFacts:
    """The facts of a build; `release` decides whether it is new enough for its restrict lines."""
    minor = int("".join(c for c in release.partition(".")[2].partition(" ")[0] if c.isdigit()) or 0)
    return ToolFacts(
        major,
        release,
        restricts=minor >= since(major, _FIRST_RESTRICTED),
        transaction_timeout=since(major, {12: False, 17: True}),
        archive_minor=since(major, {12: 14, 16: 15, 17: 16}),
        names_compression=since(major, {12: False, 16: True}),
        metadata_of_large_objects=since(major, {12: False, 17: True}),
        own_word_for_owner=since(major, {12: False, 16: True}),
        skips_public=since(major, {12: True, 15: False}),
        locale_provider=since(major, {12: False, 15: True}),
        locale_of_database=since(major, {12: False, 13: True}),
        statistics=since(major, {12: False, 18: True}),
        tar_word=since(major, {12: False, 17: True}),
        names_database=since(major, {12: True, 14: False}),
        opens_directory=since(major, {12: False, 18: True}),
        locks_at_once=since(major, {12: False, 16: True}),
        quotes_settings=since(major, {12: False, 17: True}),
        says_search_path=since(major, {12: False, 17: True}),
        sequences_at_once=since(major, {12: False, 18: True}),
        reconnects=since(major, {12: True, 17: False}),
    )


def random_key(seed: str) -> str:
    """A key for restrict lines: 63 letters and digits, the same for the same call."""
    digest = b"".join(sha256(f"{seed}/{part}".encode("utf-8", "surrogateescape")).digest() for part in range(2))[:63]
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest)
