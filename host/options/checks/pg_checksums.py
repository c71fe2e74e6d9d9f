"""pg_checksums: its checks before it reads the control file."""

from __future__ import annotations

from dataclasses import dataclass

from host.options.checks.directory import data_directory
from host.options.messages import fail, stop_at_fault
from host.options.numbers import INT_MAX, atoi, option_int, sync_method
from host.options.values import Parsed, Refusal, refusing
from simulator.versions import since

MODES = ("check", "disable", "enable")


@dataclass(frozen=True, slots=True)
class ChecksumsSettings:
    """What pg_checksums is to do."""

    directory: str = ""
    mode: str = "check"
    filenode: str = ""
    progress: bool = False
    verbose: bool = False
    sync: bool = True


@refusing
def settings(parsed: Parsed) -> ChecksumsSettings | Refusal:
    """The loop over the options, then the checks of main()."""
    mode = "check"
    for name, value in parsed.given:
        if name in MODES:
            mode = name
        elif name == "filenode":
            _filenode(parsed, value or "")
        elif name == "sync-method":
            sync_method(parsed, value or "")
    stop_at_fault(parsed)
    directory = data_directory(parsed)
    if mode != "check" and parsed.has("filenode"):
        fail(parsed, "option -f/--filenode can only be used with --check", usage=True)
    return ChecksumsSettings(
        directory=directory,
        mode=mode,
        filenode=parsed.last("filenode"),
        progress=parsed.has("progress"),
        verbose=parsed.has("verbose"),
        sync=not parsed.has("no-sync"),
    )


def _filenode(parsed: Parsed, text: str) -> None:
    if since(parsed.build.major, {12: False, 15: True}):
        option_int(parsed, text, "-f/--filenode", 0, INT_MAX)
    elif atoi(text) == 0:
        fail(parsed, f"invalid filenode specification, must be numeric: {text}")
