"""What a recorder does to the texts of real tools, done to ours: volatile numbers and paths become words.

The rules go by the kind of text, never by the case, and they leave a text alone that is normalised already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from host.conformance.record import PLACES, pghome
from host.content import Content, Gzip, Mixed, text_of

MOST_CHARACTERS = 20_000
LINES_KEPT = 60
"""A very long text is cut after so many lines and ends with <CUT>."""

Replacement = str | Callable[[re.Match[str]], str]
_CLOCK = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?(?:(?: [A-Z]{3,5}(?![A-Za-z]))|(?: ?[+-]\d\d(?::?\d\d)?(?!\d)))?"
_CTIME = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}"
_SEGMENT = re.compile(r"(?<![0-9A-Za-z])([0-9A-F]{8})([0-9A-F]{16})(?:\.[0-9A-F]{8}(?=\.backup))?(?![0-9A-Fa-z])")


def _percent(match: re.Match[str]) -> str:
    said = match[1] if match[1] == "100" else "<N>"
    return f" <N>/<N> kB ({said}%)"


_TEXT: tuple[tuple[re.Pattern[str], Replacement], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), replacement)
    for pattern, replacement in (
        (rf"{_CLOCK}|{_CTIME}", "<TIME>"),
        (r"^ *\d+/\d+ kB \( *(\d+)%\)", _percent),
        (r"(?<=<TIME> )\[\d+\]", "[<PID>]"),
        (r"\(PID(:?) \d+\)", r"(PID\1 <PID>)"),
        (r"\b(transaction|XID) \d{3,7}\b", r"\1 <XID>"),
        (r"\bpg_basebackup_\d+\b", "pg_basebackup_<PID>"),
        (r"(?<=starting PostgreSQL )(\d+)(?:\S*)(?: \([^)]*\))? on .*", r"\1 on <PLATFORM>"),
        (r"(?<=checkpoint complete: ).*", "<...>"),
        (r"(?<=system usage: ).*", "<...>"),
        (r"(?<![\w/.:])[0-9A-F]{1,8}/[0-9A-F]{5,8}(?![\w/])", "<LSN>"),
        (r"(?<=system identifier:)( +)\d+$", r"\1<SYSID>"),
        (r"(?<=identifier)([^:\n]*?\bis )\d{10,}", r"\1<SYSID>"),
        (r"^(\\(?:un)?restrict) \w{60,}$", r"\1 <KEY>"),
        (r"(?<=tablespace)(s?) \([^()\n]*\)$", r"\1 (<FILE>)"),
        (r"^\d+; (\d+) \d+ (?=[A-Z])", r"<N>; \1 <OID> "),
        (r"(?<=\$\$PATH\$\$/)\d+(?=\.dat)", "<N>"),
        (r"\bbase/(?:\d{5,}|<OID>)/\d+(?=\D|$)", "base/<OID>/<OID>"),
        (r"\bbase/(\d{1,4})/\d+(?=\D|$)", r"base/\1/<OID>"),
        (r"\.{3,}", "..."),
    )
)
_PROGRESS = re.compile(r"^ <N>/<N> kB |^<TIME> \[")
_HELP = re.compile(r"\A[^\n]+\n\nUsage:\n")
_RANDOM = re.compile(r"(?<=Mock authentication nonce:)( +)[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Names:
    """What stands for something only on this host."""

    client: int
    tablespaces: frozenset[str] = frozenset()
    """OIDs of the tablespaces of the fixture."""
    keep_segments: bool = False
    """Segment names stay as they are (cases of pg_archivecleanup)."""

    def text(self, said: str) -> str:
        """A text as a recording has it."""
        said = self._words(said.replace("\r", "\n"))
        for pattern, replacement in _TEXT:
            said = pattern.sub(replacement, said)
        return cut(help_text(collapsed(said)))

    def log(self, said: str) -> str:
        """A server's log as a recording has it: of lines that look the same one after the other, one."""
        lines = self.text(said).split("\n")
        return "\n".join(line for at, line in enumerate(lines) if at == 0 or line != lines[at - 1])

    def _words(self, said: str) -> str:
        for path, name in self._paths():
            said = re.sub(rf"{re.escape(path)}(?![\w-])", lambda _, name=name: name, said)  # type: ignore[misc]
        if not self.keep_segments:
            said = _SEGMENT.sub(_segment, said)
        for oid in self.tablespaces:
            said = re.sub(rf"(?<![\w.]){oid}(?!\w)", "<TSOID>", said)
        return said

    def _paths(self) -> Iterable[tuple[str, str]]:
        places = {**PLACES, "PGHOME": pghome(self.client)}
        return sorted(((path, f"${name}") for name, path in places.items()), key=lambda pair: -len(pair[0]))

    def name(self, said: str) -> str:
        """The name of a file in a listing."""
        said = _SEGMENT.sub(_segment, said) if not self.keep_segments else said
        bare = re.match(r"(\d+)((?:\.tar.*)?)\Z", said)
        if bare and bare[1] in self.tablespaces:
            return f"<TSOID>{bare[2]}"
        return re.sub(r"\A(blobs_)?\d+(\.dat|\.toc)", lambda m: f"{m[1] or ''}<N>{m[2]}", said)

    def output(self, content: Content) -> str:
        """Standard output: a text, or a word for what kind of bytes came."""
        if isinstance(content, str):
            return self.text(content)
        return f"<BINARY: {binary_kind(content)}>"


def _segment(match: re.Match[str]) -> str:
    backup = ".<OFF>" if "." in match[0] else ""
    return f"{match[1]}<SEG>{backup}"


def binary_kind(content: Content) -> str:
    """tar, gzip, pg_dump custom archive …"""
    if isinstance(content, Mixed) and isinstance(content.parts[0], str):
        return "text" if text_of(content) else "data"
    magic = content.method if isinstance(content, Gzip) else getattr(content, "magic", "text")
    return "pg_dump custom archive" if magic == "PGDMP" else str(magic)


def collapsed(said: str) -> str:
    """Consecutive identical lines of progress and of logs, once."""
    lines: list[str] = []
    for line in said.split("\n"):
        if not (lines and line == lines[-1] and _PROGRESS.match(line)):
            lines.append(line)
    return "\n".join(lines)


def help_text(said: str) -> str:
    """<HELP> for a whole help text, its wording is not compared."""
    return "<HELP>" if _HELP.match(said) else said


def cut(said: str) -> str:
    """A very long text ends with <CUT>."""
    return said if len(said) <= MOST_CHARACTERS else "\n".join([*said.split("\n")[:LINES_KEPT], "<CUT>", ""])


def without_chance(said: str) -> str:
    """Both sides: a whole help text, and the one random value that recordings have verbatim."""
    return _RANDOM.sub(r"\1<NONCE>", help_text(said))
