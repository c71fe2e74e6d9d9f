"""pg_combinebackup: its checks before it reads the backups."""

from __future__ import annotations

from dataclasses import dataclass

from host.options.messages import fail, stop_at_fault
from host.options.numbers import sync_method
from host.options.replication import tablespace_mapping
from host.options.values import Parsed, Refusal, refusing

CHECKSUMS = ("NONE", "CRC32C", "SHA224", "SHA256", "SHA384", "SHA512")
METHODS = ("copy", "clone", "copy-file-range", "link")


@dataclass(frozen=True, slots=True)
class CombineSettings:
    """What pg_combinebackup is to do."""

    backups: tuple[str, ...] = ()
    """The chain, the full backup first."""
    output: str = ""
    mappings: tuple[tuple[str, str], ...] = ()
    manifest: bool = True
    checksums: str = "CRC32C"
    method: str = "copy"
    dry_run: bool = False
    debug: bool = False
    sync: bool = True


@refusing
def settings(parsed: Parsed) -> CombineSettings | Refusal:
    """The loop over the options, then the checks of main()."""
    mappings: list[tuple[str, str]] = []
    checksums, method = "CRC32C", "copy"
    for name, value in parsed.given:
        if name == "tablespace-mapping":
            mappings.append(tablespace_mapping(parsed, value or "", new_is_old=True))
        elif name == "manifest-checksums":
            checksums = (value or "").upper()
            if checksums not in CHECKSUMS:
                fail(parsed, f'unrecognized checksum algorithm: "{value}"')
        elif name == "sync-method":
            sync_method(parsed, value or "")
        elif name in METHODS:
            method = name
    stop_at_fault(parsed)
    if not parsed.operands:
        fail(parsed, "no input directories specified", usage=True)
    if not parsed.has("output"):
        fail(parsed, "no output directory specified")
    return CombineSettings(
        backups=parsed.operands,
        output=parsed.last("output"),
        mappings=tuple(mappings),
        manifest=not parsed.has("no-manifest"),
        checksums="NONE" if parsed.has("no-manifest") else checksums,
        method=method,
        dry_run=parsed.has("dry-run"),
        debug=parsed.has("debug"),
        sync=not parsed.has("no-sync"),
    )
