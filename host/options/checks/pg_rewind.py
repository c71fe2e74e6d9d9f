"""pg_rewind: its checks before it looks at source and target."""

from __future__ import annotations

from dataclasses import dataclass

from host.options.messages import fail, stop_at_fault, too_many
from host.options.numbers import sync_method
from host.options.values import Parsed, Refusal, Stop, refusing
from simulator.versions import since


@dataclass(frozen=True, slots=True)
class RewindSettings:
    """What pg_rewind is to do."""

    target: str = ""
    source_directory: str = ""
    source_server: str = ""
    restore_wal: bool = False
    write_recovery_conf: bool = False
    config_file: str = ""
    ensure_shutdown: bool = True
    dry_run: bool = False
    progress: bool = False
    debug: bool = False
    sync: bool = True


@refusing
def settings(parsed: Parsed) -> RewindSettings | Refusal:
    """The loop over the options, then the checks of main()."""
    for name, value in parsed.given:
        if name == "sync-method":
            sync_method(parsed, value or "")
    stop_at_fault(parsed)
    directory, server = parsed.has("source-pgdata"), parsed.has("source-server")
    if not directory and not server:
        fail(parsed, "no source specified (--source-pgdata or --source-server)", usage=True)
    if directory and server:
        fail(parsed, "only one of --source-pgdata or --source-server can be specified", usage=True)
    if not parsed.has("target-pgdata"):
        fail(parsed, "no target data directory specified (--target-pgdata)", usage=True)
    if parsed.has("write-recovery-conf") and not server:
        words = "no source server information (--source-server) specified for --write-recovery-conf"
        fail(parsed, words, usage=True)
    too_many(parsed, 0)
    as_root(parsed)
    return RewindSettings(
        target=parsed.last("target-pgdata"),
        source_directory=parsed.last("source-pgdata"),
        source_server=parsed.last("source-server"),
        restore_wal=parsed.has("restore-target-wal"),
        write_recovery_conf=parsed.has("write-recovery-conf"),
        config_file=parsed.last("config-file"),
        ensure_shutdown=not parsed.has("no-ensure-shutdown"),
        dry_run=parsed.has("dry-run"),
        progress=parsed.has("progress"),
        debug=parsed.has("debug"),
        sync=not parsed.has("no-sync"),
    )


def as_root(parsed: Parsed) -> None:
    """pg_rewind and pg_resetwal want the user that owns the data directory."""
    if parsed.user != "root":
        return
    sentence = f"You must run {parsed.tool} as the PostgreSQL superuser.\n"
    before = {"pg_resetwal": f"{parsed.tool}: ", "pg_rewind": ""}[parsed.tool]
    told = since(parsed.build.major, {12: before, 15: f"{parsed.tool}: hint: "}) + sentence
    raise Stop(Refusal(1, f'{parsed.tool}: error: cannot be executed by "root"\n{told}'))
