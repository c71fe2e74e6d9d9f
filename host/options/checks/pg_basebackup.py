"""pg_basebackup: its checks before it connects."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from host.options.compression import METHODS, Compression, judged, specification, split
from host.options.connection import Target
from host.options.messages import fail, stop_at_fault, too_many
from host.options.numbers import atoi, strtol, sync_method
from host.options.replication import max_rate, replication_target, status_interval, tablespace_mapping
from host.options.values import Parsed, Refusal, refusing
from simulator.versions import since, spans

WAL_METHODS = {"n": "none", "none": "none", "f": "fetch", "fetch": "fetch", "s": "stream", "stream": "stream"}
FORMATS = {"p": "plain", "plain": "plain", "t": "tar", "tar": "tar"}
LEVELS_BEFORE_15 = range(10)


@dataclass(frozen=True, slots=True)
class BasebackupOptions:
    """What pg_basebackup is to do."""

    target: Target = field(default_factory=Target)
    directory: str = ""
    """-D as given; '-' with format tar is standard output; '' when a backup target is used."""
    backup_target: str = ""
    """-t as given ('' and 'client' are the same: '')."""
    format: str = "plain"
    wal: str = "stream"
    """none, fetch or stream."""
    slot: str = ""
    create_slot: bool = False
    temporary_slot: bool = True
    """A slot of its own is made for streaming (no -S, no --no-slot)."""
    fast: bool = False
    label: str = "pg_basebackup base backup"
    max_rate: int = 0
    write_recovery_conf: bool = False
    mappings: tuple[tuple[str, str], ...] = ()
    waldir: str = ""
    compress_on: str = "client"
    """client or server."""
    method: str = "none"
    """As given: for the server to judge when it compresses."""
    detail: str | None = None
    compression: Compression = field(default_factory=Compression)
    """What the client compresses with."""
    incremental: str = ""
    no_clean: bool = False
    sync: bool = True
    sync_method: str = "fsync"
    progress: bool = False
    estimate: bool = True
    verbose: int = 0
    status_interval: int = 10
    verify_checksums: bool = True
    manifest: bool = True
    manifest_force_encode: bool = False
    manifest_checksums: str = ""


@refusing
def settings(parsed: Parsed) -> BasebackupOptions | Refusal:
    """The loop over the options, then the checks of main()."""
    wanted = BasebackupOptions(compress_on="")
    for name, value in parsed.given:
        wanted = _loop(parsed, wanted, name, value or "")
    stop_at_fault(parsed)
    too_many(parsed, 0)
    wanted = _place(parsed, wanted)
    wanted = _compression(parsed, wanted)
    _wal(parsed, wanted)
    wanted = _slots(parsed, wanted)
    _wal_directory(parsed, wanted)
    if since(parsed.build.major, {12: True, 15: False}) and wanted.method == "gzip" and not parsed.build.methods:
        fail(parsed, "this build does not support compression")
    _incompatible(parsed)
    where = replication_target(parsed)
    if where.fault:
        fail(parsed, where.fault)
    return replace(wanted, target=where)


PLAIN_FLAGS: dict[str, tuple[str, object]] = {
    "create-slot": ("create_slot", True),
    "write-recovery-conf": ("write_recovery_conf", True),
    "no-clean": ("no_clean", True),
    "no-sync": ("sync", False),
    "progress": ("progress", True),
    "no-estimate-size": ("estimate", False),
    "no-verify-checksums": ("verify_checksums", False),
    "no-manifest": ("manifest", False),
    "manifest-force-encode": ("manifest_force_encode", True),
}
PLAIN_TEXTS = {
    "pgdata": "directory",
    "incremental": "incremental",
    "label": "label",
    "target": "backup_target",
    "waldir": "waldir",
    "manifest-checksums": "manifest_checksums",
    "slot": "slot",
}


def _loop(parsed: Parsed, so_far: BasebackupOptions, name: str, value: str) -> BasebackupOptions:
    if name in PLAIN_FLAGS:
        word, flag = PLAIN_FLAGS[name]
        return replace(so_far, **{word: flag})  # type: ignore[arg-type]
    if name in PLAIN_TEXTS:
        return replace(so_far, **{PLAIN_TEXTS[name]: value})  # type: ignore[arg-type]
    match name:
        case "format":
            if value not in FORMATS:
                fail(parsed, f'invalid output format "{value}", must be "plain" or "tar"')
            return replace(so_far, format=FORMATS[value])
        case "wal-method":
            if value not in WAL_METHODS:
                fail(parsed, f'invalid wal-method option "{value}", must be "fetch", "stream", or "none"')
            return replace(so_far, wal=WAL_METHODS[value])
        case "checkpoint":
            if value.lower() not in ("fast", "spread"):
                fail(parsed, f'invalid checkpoint argument "{value}", must be "fast" or "spread"')
            return replace(so_far, fast=value.lower() == "fast")
        case "max-rate":
            return replace(so_far, max_rate=max_rate(parsed, value))
        case "status-interval":
            return replace(so_far, status_interval=status_interval(parsed, value))
        case "tablespace-mapping":
            return replace(so_far, mappings=(*so_far.mappings, tablespace_mapping(parsed, value)))
        case "verbose":
            return replace(so_far, verbose=so_far.verbose + 1)
        case "sync-method":
            return replace(so_far, sync_method=sync_method(parsed, value))
        case "gzip":
            return replace(so_far, method="gzip", detail=None, compress_on="")
        case "compress":
            return _compress(parsed, so_far, value)
        case _:
            return so_far


def _compress(parsed: Parsed, so_far: BasebackupOptions, value: str) -> BasebackupOptions:
    """-Z: a level before 15, a specification with a place since; 0 means gzip in 15, none after it."""
    major = parsed.build.major
    if since(major, {12: True, 15: False}):
        level = atoi(value)
        if level not in LEVELS_BEFORE_15:
            fail(parsed, f'invalid compression level "{value}"')
        return replace(so_far, method="gzip" if level else "none", detail=str(level) if level else None, compress_on="")
    place = ""
    if since(major, {15: True, 16: False}) and not strtol(value)[1]:
        return replace(so_far, method="gzip", detail=value, compress_on="")
    for prefix in ("server", "client"):
        if value.startswith(f"{prefix}-"):
            place, value = prefix, value.removeprefix(f"{prefix}-")
            break
    if since(major, {15: True, 16: False}):
        method, colon, text = value.partition(":")
        detail = text if colon else None
    else:
        method, detail = split(value)
    return replace(so_far, method=method, detail=detail, compress_on=place)


def _place(parsed: Parsed, wanted: BasebackupOptions) -> BasebackupOptions:
    """Directory or backup target, and one of them only."""
    to = "" if wanted.backup_target == "client" else wanted.backup_target
    targeted = parsed.has("target") and parsed.last("target") != "client"
    to = to or (":" if targeted else "")  # an empty one: the server refuses it
    if since(parsed.build.major, {12: True, 15: False}):
        if not parsed.has("pgdata"):
            fail(parsed, "no target directory specified", usage=True)
        return wanted
    if targeted and parsed.has("format"):
        fail(parsed, "cannot specify both format and backup target", usage=True)
    if not parsed.has("pgdata") and not targeted:
        fail(parsed, "must specify output directory or backup target", usage=True)
    if parsed.has("pgdata") and targeted:
        fail(parsed, "cannot specify both output directory and backup target", usage=True)
    return replace(wanted, backup_target=to)


def _compression(parsed: Parsed, wanted: BasebackupOptions) -> BasebackupOptions:
    targeted = parsed.has("target") and parsed.last("target") != "client"
    where = wanted.compress_on or ("server" if targeted else "client")
    spec = Compression()
    if where == "client":
        if wanted.method not in METHODS:
            fail(parsed, f'unrecognized compression algorithm: "{wanted.method}"')
        knows_long = parsed.build.major in spans("16+")
        spec = specification(wanted.method, wanted.detail, _built(parsed), knows_long)
        if fault := judged(spec):
            fail(parsed, f"invalid compression specification: {fault}")
        if targeted:
            fail(parsed, "client-side compression is not possible when a backup target is specified", usage=True)
        if wanted.format == "plain" and spec.method != "none":
            fail(parsed, "only tar mode backups can be compressed", usage=True)
    return replace(wanted, compress_on=where, compression=spec)


def _built(parsed: Parsed) -> frozenset[str]:
    """Before 15 a missing zlib is noticed later, and with words of its own."""
    return since(parsed.build.major, {12: frozenset({"gzip"}), 15: parsed.build.methods})


def _wal(parsed: Parsed, wanted: BasebackupOptions) -> None:
    if wanted.backup_target and wanted.wal == "stream":
        fail(parsed, "WAL cannot be streamed when a backup target is specified", usage=True)
    if wanted.format == "tar" and wanted.wal == "stream" and wanted.directory == "-":
        fail(parsed, "cannot stream write-ahead logs in tar mode to stdout", usage=True)
    if parsed.has("slot") and wanted.wal != "stream":
        fail(parsed, "replication slots can only be used with WAL streaming", usage=True)


def _slots(parsed: Parsed, wanted: BasebackupOptions) -> BasebackupOptions:
    if parsed.has("no-slot") and parsed.has("slot"):
        fail(parsed, "--no-slot cannot be used with slot name", usage=True)
    if wanted.create_slot and not parsed.has("slot"):
        fail(parsed, "--create-slot needs a slot to be specified using --slot", usage=True)
    if wanted.create_slot and parsed.has("no-slot"):
        fail(parsed, "--create-slot and --no-slot are incompatible options", usage=True)
    return replace(wanted, temporary_slot=not parsed.has("slot") and not parsed.has("no-slot"))


def _wal_directory(parsed: Parsed, wanted: BasebackupOptions) -> None:
    if not parsed.has("waldir"):
        return
    if wanted.backup_target:
        fail(parsed, "WAL directory location cannot be specified along with a backup target", usage=True)
    if wanted.format != "plain":
        fail(parsed, "WAL directory location can only be specified in plain mode", usage=True)
    if not wanted.waldir.startswith("/"):
        fail(parsed, "WAL directory location must be an absolute path", usage=True)


def _incompatible(parsed: Parsed) -> None:
    for first, second in (
        ("progress", "no-estimate-size"),
        ("no-manifest", "manifest-checksums"),
        ("no-manifest", "manifest-force-encode"),
    ):
        if parsed.has(first) and parsed.has(second):
            fail(parsed, f"--{first} and --{second} are incompatible options", usage=True)
