"""An archive as files: one file, a directory, or a tar archive."""

from __future__ import annotations

from host.archives import Tar
from host.content import Content, Gzip
from host.dump.toc import CopyData, Data, DataFile, DumpArchive, InsertData, LargeObjectData, TocEntry
from host.tree import File, Node

_WRITTEN_OUT = 2000
"""Rows up to which a data file is kept as its text; beyond, as a payload that says what it holds."""


def members(archive: DumpArchive, grouped: bool) -> dict[str, Content]:
    """The data files beside toc.dat; `grouped`: each group of large objects has a list of its own (17+)."""
    files: dict[str, Content] = {}
    for entry in archive.entries:
        if isinstance(entry.data, LargeObjectData):
            files |= _large_objects(entry, entry.data, archive, grouped)
        elif entry.data is not None:
            files[data_name(entry, archive)] = _packed(_content(entry.data), archive)
    return files


def data_name(entry: TocEntry, archive: DumpArchive) -> str:
    """2570.dat.gz."""
    return f"{entry.dump_id}.dat{_suffix(archive)}"


def large_object_name(oid: int, archive: DumpArchive) -> str:
    """blob_5000.dat.gz."""
    return f"blob_{oid}.dat{_suffix(archive)}"


def list_name(entry: TocEntry, grouped: bool) -> str:
    """blobs.toc: which large objects there are."""
    return f"blobs_{entry.dump_id}.toc" if grouped else "blobs.toc"


def _suffix(archive: DumpArchive) -> str:
    if archive.format == "t":
        return ""
    return {"gzip": ".gz", "lz4": ".lz4", "zstd": ".zst"}.get(archive.compression, "")


def _content(data: Data) -> Content:
    assert isinstance(data, CopyData | InsertData)
    return "".join(data.lines()) if data.rows.count <= _WRITTEN_OUT else DataFile(data, "none")


def _packed(content: Content, archive: DumpArchive) -> Content:
    plain = archive.format == "t" or archive.compression == "none"
    return content if plain else Gzip(content, archive.compression)


def _large_objects(entry: TocEntry, data: LargeObjectData, archive: DumpArchive, grouped: bool) -> dict[str, Content]:
    files: dict[str, Content] = {}
    for oid, content in data.objects:
        text = content.decode("utf-8", "surrogateescape")
        files[large_object_name(oid, archive)] = _packed(text, archive)
    listed = "".join(f"{oid} {large_object_name(oid, archive)}\n" for oid, _ in data.objects)
    return files | {list_name(entry, grouped): listed}


def tar(archive: DumpArchive, restore_script: str, grouped: bool, owner: str) -> Tar:
    """The tar format: toc.dat, the data, restore.sql."""
    contents: dict[str, Content] = {"toc.dat": archive, **members(archive, grouped), "restore.sql": restore_script}
    files: list[tuple[str, Node]] = [
        (name, File(content, 0o600, archive.created, owner)) for name, content in contents.items()
    ]
    return Tar(tuple(files))
