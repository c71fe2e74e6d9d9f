"""Archives: a table of contents, and the rows and large objects that go with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from host.catalog.rows import Row, Rows, copy_line
from host.content import Payload
from host.effort import EDIT, LINE, spend

PRE_DATA, DATA, POST_DATA, NONE = "pre-data", "data", "post-data", ""

CLASS_DATABASE = 1262
CLASS_EXTENSION = 3079
CLASS_SCHEMA = 2615
CLASS_TYPE = 1247
CLASS_FUNCTION = 1255
CLASS_RELATION = 1259
CLASS_DEFAULT = 2604
CLASS_CONSTRAINT = 2606
CLASS_TRIGGER = 2620
CLASS_POLICY = 3256
CLASS_LARGE_OBJECT = 2613


@dataclass(frozen=True, slots=True)
class CopyData:
    """Rows for COPY … FROM stdin."""

    rows: Rows

    def lines(self) -> Iterator[str]:
        """The text of the data, line by line, with the end mark."""
        for row in self.rows:
            spend(LINE + len(row) // 2)
            yield f"{copy_line(row)}\n"
        yield "\\.\n\n\n"


@dataclass(frozen=True, slots=True)
class InsertData:
    """Rows as INSERT statements."""

    rows: Rows
    into: str
    """`INSERT INTO public.t VALUES`."""
    types: tuple[str, ...]
    per_statement: int = 1
    multiple: bool = False
    """--rows-per-insert above 1: every row on a line of its own."""
    on_conflict_do_nothing: bool = False

    def statements(self) -> Iterator[str]:
        """Every statement with its newline."""
        end = " ON CONFLICT DO NOTHING;\n" if self.on_conflict_do_nothing else ";\n"
        if not self.types:
            into = self.into.removesuffix(" VALUES")
            yield from (f"{into} DEFAULT VALUES{end}" for _ in self.rows)
        elif not self.multiple:
            yield from (f"{self.into} ({_values(row, self.types)}){end}" for row in self.rows)
        else:
            yield from self._groups(end)

    def _groups(self, end: str) -> Iterator[str]:
        group: list[str] = []
        for row in self.rows:
            group.append(f"\t({_values(row, self.types)})")
            if len(group) == self.per_statement:
                yield f"{self.into}\n" + ",\n".join(group) + end
                group = []
        if group:
            yield f"{self.into}\n" + ",\n".join(group) + end

    def lines(self) -> Iterator[str]:
        """The text of the data."""
        for statement in self.statements():
            spend(EDIT)
            yield statement
        yield "\n\n"


@dataclass(frozen=True, slots=True)
class LargeObjectData:
    """Large objects with their bytes."""

    objects: tuple[tuple[int, bytes], ...]


Data = CopyData | InsertData | LargeObjectData

GENERATED = "generated"
"""In the place of a type: the server computes the column."""

_NUMBERS = ("smallint", "integer", "bigint", "real", "double precision", "numeric", "oid")


def _values(row: Row, types: tuple[str, ...]) -> str:
    return ", ".join(_value(value, kind) for value, kind in zip(row, types, strict=False))


def _value(value: str | None, kind: str) -> str:
    if kind == GENERATED:
        return "DEFAULT"
    if value is None:
        return "NULL"
    if kind.startswith(_NUMBERS) and not kind.endswith("[]") and not set(value) - set("0123456789 +-eE."):
        return value
    if kind == "boolean":
        return "true" if value == "t" else "false"
    if kind.startswith("bit"):
        return f"B'{value}'"
    return "'" + value.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class TocEntry:
    """One entry of an archive's table of contents."""

    tag: str
    desc: str
    section: str
    dump_id: int = 0
    class_oid: int = 0
    oid: int = 0
    schema: str | None = None
    owner: str | None = None
    tablespace: str | None = None
    """'' the database's default; None: the object has none."""
    access_method: str | None = None
    definition: str = ""
    drop: str = ""
    copy: str = ""
    depends: tuple[int, ...] = ()
    shown_depends: tuple[int, ...] = ()
    """Those that a plain dump shows with -v: of entries that were made beside the object's own."""
    data: Data | None = None
    large_objects: tuple[int, ...] = ()
    """The group of a BLOB METADATA entry."""

    @property
    def is_acl(self) -> bool:
        """Restored in the second pass."""
        return self.desc in ("ACL", "ACL LANGUAGE", "DEFAULT ACL")

    @property
    def restore_pass(self) -> int:
        """0 main, 1 privileges, 2 what must come after them."""
        if self.is_acl:
            return 1
        late = ("EVENT TRIGGER", "MATERIALIZED VIEW DATA")
        if self.desc in late or (self.desc == "STATISTICS DATA" and self.section == POST_DATA):
            return 2
        return 0


ENTRY_BYTES = 90
"""Of an entry beside its texts (lengths, numbers, the place of its data), and of the header."""


def entry_bytes(entry: TocEntry) -> int:
    """Bytes of an entry in the file, by a plain rule."""
    texts = (entry.tag, entry.desc, entry.definition, entry.drop, entry.copy, entry.schema or "")
    return ENTRY_BYTES + sum(len(text.encode()) for text in texts) + 9 * len(entry.depends)


FORMATS = {"c": "CUSTOM", "d": "DIRECTORY", "t": "TAR"}


@dataclass(frozen=True, slots=True)
class DumpArchive(Payload):
    """An archive of pg_dump: in format c the file itself, in d its toc.dat, in t the whole tar file."""

    format: str
    database: str
    entries: tuple[TocEntry, ...]
    server_release: str
    tool_release: str
    archive_minor: int
    created: float
    compression: str = "gzip"
    level: int | None = None
    encoding: str = "UTF8"
    damage: str = ""
    """'' whole; 'toc': it ends within its table of contents; 'truncated': data is missing."""
    members: tuple[str, ...] = field(default=())
    """Names of the members of a tar archive."""

    @property
    def magic(self) -> str:
        return "tar" if self.format == "t" else "PGDMP"

    @property
    def bytes(self) -> int:
        text = ENTRY_BYTES + sum(map(entry_bytes, self.entries))
        if self.format == "d":
            return text
        rows = sum(data_bytes(entry.data) for entry in self.entries if entry.data)
        if self.format == "t":
            return -(-(text + rows * 4 + 512 * (len(self.members) + 1)) // 10240) * 10240
        return text + rows


def data_bytes(data: Data) -> int:
    """Compressed size of the data, by a plain rule: a quarter of what the first rows lead one to expect."""
    if isinstance(data, LargeObjectData):
        return sum(len(content) + 8 for _, content in data.objects)
    sample = data.rows.first(1)
    return 20 + (data.rows.count * (len(copy_line(sample[0])) + 1) // 4 if sample else 5)


@dataclass(frozen=True, slots=True)
class DataFile(Payload):
    """NNNN.dat(.gz) or blobs.toc of a directory archive."""

    data: Data
    compression: str = "gzip"

    @property
    def magic(self) -> str:
        return self.compression if self.compression != "none" else "text"

    @property
    def bytes(self) -> int:
        return data_bytes(self.data)
