"""pg_receivewal: its checks before it opens its directory and connects."""

from __future__ import annotations

from dataclasses import dataclass, field

from host.options.compression import METHODS, Compression, judged, specification, split
from host.options.connection import Target
from host.options.messages import fail, stop_at_fault, too_many
from host.options.numbers import atoi, lsn
from host.options.replication import replication_target, status_interval
from host.options.values import Parsed, Refusal, refusing
from simulator.versions import since, spans


@dataclass(frozen=True, slots=True)
class ReceivewalSettings:
    """What pg_receivewal is to do."""

    target: Target = field(default_factory=Target)
    directory: str = ""
    action: str = "stream"
    """stream, create-slot or drop-slot."""
    slot: str = ""
    if_not_exists: bool = False
    end: int = 0
    """-E; 0 is none."""
    no_loop: bool = False
    sync: bool = True
    synchronous: bool = False
    status_interval: int = 10
    compression: Compression = field(default_factory=Compression)
    verbose: int = 0


@refusing
def settings(parsed: Parsed) -> ReceivewalSettings | Refusal:
    """The loop over the options, then the checks of main()."""
    compress: tuple[str, str | None] = ("none", None)
    end, interval = 0, 10
    for name, value in parsed.given:
        match name:
            case "endpos":
                end = _end(parsed, value or "")
            case "status-interval":
                interval = status_interval(parsed, value or "")
            case "compress":
                compress = _compress(parsed, value or "")
            case "port":
                _port(parsed, value or "")
            case _:
                pass
    stop_at_fault(parsed)
    too_many(parsed, 0)
    action = _action(parsed)
    spec = _specification(parsed, *compress)
    return ReceivewalSettings(
        target=replication_target(parsed),
        directory=parsed.last("directory"),
        action=action,
        slot=parsed.last("slot"),
        if_not_exists=parsed.has("if-not-exists"),
        end=end,
        no_loop=parsed.has("no-loop"),
        sync=not parsed.has("no-sync"),
        synchronous=parsed.has("synchronous"),
        status_interval=interval,
        compression=spec,
        verbose=parsed.count("verbose"),
    )


def _end(parsed: Parsed, text: str) -> int:
    end = lsn(text)
    if end is None:
        fail(parsed, f'could not parse end position "{text}"')
    return end


def _port(parsed: Parsed, text: str) -> None:
    """Before 15 the port is looked at here, not by libpq."""
    if parsed.build.major in spans("12-14") and atoi(text) <= 0:
        fail(parsed, f'invalid port number "{text}"')


def _compress(parsed: Parsed, text: str) -> tuple[str, str | None]:
    if since(parsed.build.major, {12: False, 15: True}):
        return split(text)
    level = atoi(text)
    if not 0 <= level <= 9:
        fail(parsed, f'invalid compression level "{text}"')
    return ("gzip", str(level)) if level else ("none", None)


def _action(parsed: Parsed) -> str:
    drop, create = parsed.has("drop-slot"), parsed.has("create-slot")
    if drop and create:
        fail(parsed, "cannot use --create-slot together with --drop-slot", usage=True)
    action = "drop-slot" if drop else "create-slot" if create else "stream"
    if not parsed.has("slot") and action != "stream":
        fail(parsed, f"--{action} needs a slot to be specified using --slot", usage=True)
    if parsed.has("synchronous") and parsed.has("no-sync"):
        fail(parsed, "cannot use --synchronous together with --no-sync", usage=True)
    if not parsed.has("directory") and action == "stream":
        fail(parsed, "no target directory specified", usage=True)
    return action


def _specification(parsed: Parsed, method: str, detail: str | None) -> Compression:
    if parsed.build.major in spans("12-14"):
        if method != "none" and "gzip" not in parsed.build.methods:
            fail(parsed, "this build does not support compression")
        return specification(method, detail, parsed.build.methods)
    if method not in METHODS:
        fail(parsed, f'unrecognized compression algorithm: "{method}"')
    spec = specification(method, detail, parsed.build.methods, parsed.build.major in spans("16+"))
    if fault := judged(spec):
        fail(parsed, f"invalid compression specification: {fault}")
    if method == "zstd":
        fail(parsed, "compression with ZSTD is not yet supported")
    return spec
