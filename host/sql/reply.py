"""What the server sends back for a statement: rows, a command tag, notices, or an error."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ServerError:
    """An ERROR, or with another severity a NOTICE or WARNING, with the fields of the protocol."""

    message: str
    sqlstate: str = "XX000"
    severity: str = "ERROR"
    detail: str = ""
    hint: str = ""
    context: str = ""
    position: int = 0
    """Of the token it is about, in characters of the query text, from 1; 0: none."""
    internal: str = ""
    """The query that a function ran when it failed (QUERY: in the report)."""


class Raised(Exception):
    """A statement fails: `error` is what the client gets.  Never leaves host.sql."""

    def __init__(self, error: ServerError) -> None:
        super().__init__(error.message)
        self.error = error


def fail(
    message: str, sqlstate: str = "XX000", *, detail: str = "", hint: str = "", position: int = 0, context: str = ""
) -> Raised:
    """The exception for an ERROR, to be raised by the caller."""
    return Raised(ServerError(message, sqlstate, "ERROR", detail, hint, context, position))


def lacking(what: str, position: int = 0) -> Raised:
    """What a real server does and this one does not: said plainly."""
    return fail(f"the dojo does not have {what}", "0A000", position=position)


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a result."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one statement."""

    tag: str = ""
    fields: tuple[Field, ...] | None = None
    """None: the statement returns no rows."""
    rows: tuple[tuple[str | None, ...], ...] = ()
    notices: tuple[ServerError, ...] = ()
    """Sent before the rest."""
    error: ServerError | None = None
    copy_out: str | None = None
    """What COPY … TO STDOUT sends."""
    wants_copy: bool = False
    """COPY … FROM STDIN: the server waits for data (`execute(…, data=…)`)."""
    seconds: float = 0.0
    """How long it took beyond no time at all (pg_sleep, a wait for the archive)."""
    ended: bool = False
    """The connection is gone after it."""
    transaction: str = field(default="I")
    """State after it, as ReadyForQuery says: I idle, T in a transaction, E in a failed one."""
