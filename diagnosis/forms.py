"""A message as a server or a tool prints it, with gaps: what `"{name}"` and `{lsn}` stand for, and how to find it.

The pattern forgives what differs between versions, terminals and mail programs: quotes, white space, and Japanese
translations with or without a space beside ASCII words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LONGEST_LINE = 4000
"""A longer line is no message; what is after it is not looked at, so no line is slow."""

_QUOTES = "\"'`“”„«»‘’「」『』"
_JAPANESE = "\u3000-\u30ff\u3400-\u9fff\uff01-\uff5e"
_GAP = re.compile(r"[\"“«「]?\{(\w+)\}[\"”»」]?")
_BESIDE_JAPANESE = re.compile(rf"(?<=[{_JAPANESE}])\s+|\s+(?=[{_JAPANESE}])")
_TOKEN = re.compile(rf"[a-z][a-z_]+|[{_JAPANESE}]+", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“«「]\{(\w+)\}[\"”»」]")

# What a gap may hold, by its name. `<SEG>` and the like are what people write who hide their names.
_KINDS: Mapping[str, str] = {
    "lsn": r"[0-9A-F]{1,8}/[0-9A-F]{1,8}|<\w+>",
    "number": r"-?\d[\d.]*|<\w+>",
    "segment": r"[0-9A-Z<][^\s\"',;:]*",
    "version": r"\d[\w.]*(?: \([^)]*\))?",
    "text": r".+",
    "some": r".*?",
}
_ALIASES: Mapping[str, str] = {
    "other_lsn": "lsn",
    "timeline": "number",
    "other_timeline": "number",
    "port": "number",
    "size": "number",
    "expected": "number",
    "limit": "number",
    "exit_code": "number",
    "signal": "number",
    "pid": "number",
    "seconds": "number",
    "block": "number",
    "oid": "number",
    "why": "text",
    "where": "some",
    "names": "some",
    "found": "version",
    "server": "version",
    "client": "version",
}
_WORD = r"[^\s\"',;]+"


@dataclass(frozen=True, slots=True)
class Form:
    """One text of a message, from one major on (`japanese`: as lc_messages=ja prints it)."""

    text: str
    since: int
    pattern: re.Pattern[str]
    weight: int
    """How many of its characters are fixed: of two that match, the heavier one is the more special."""
    japanese: bool = False

    def facts(self, line: str) -> dict[str, str] | None:
        """What the gaps hold in a line; None when it is not this message."""
        found = self.pattern.search(line)
        if found is None:
            return None
        held: dict[str, str] = {}
        for name, value in found.groupdict().items():
            if value is not None:
                held[name.rstrip("_")] = value.strip().rstrip(".,;:" + _QUOTES).lstrip(_QUOTES)
        return held


def form(text: str, since: int, *, japanese: bool = False) -> Form:
    """Compile a message; raises re.error for two gaps of one name."""
    tidy = normal(text)
    pattern = "".join(_pattern(tidy))
    # A message that begins with a word is not found inside a longer word.
    start = r"(?<![\w-])" if tidy[0].isascii() and (tidy[0].isalnum() or tidy[0] == "-") else ""
    return Form(text, since, re.compile(start + pattern, re.IGNORECASE), len(_GAP.sub("", tidy)), japanese)


def normal(line: str) -> str:
    """A line without the spaces that Japanese translations put beside ASCII words, or do not."""
    line = line[:LONGEST_LINE]
    return line if line.isascii() else _BESIDE_JAPANESE.sub("", line)


def gaps(text: str) -> set[str]:
    """The names of the gaps in a message."""
    return set(_GAP.findall(text))


def tokens(line: str) -> Iterator[str]:
    """What a line is looked up by: words, and pairs of Japanese characters."""
    for found in _TOKEN.findall(line):
        if found.isascii():
            yield found.lower()
        elif len(found) == 1:
            yield found
        else:
            yield from (found[at : at + 2] for at in range(len(found) - 1))


def fixed_tokens(text: str) -> set[str]:
    """The tokens that every line with this message holds."""
    return {token for part in _GAP.split(normal(text))[::2] for token in tokens(part)}


def _pattern(text: str) -> Iterator[str]:
    at = 0
    for gap in _GAP.finditer(text):
        yield _literal(text[at : gap.start()])
        yield _gap(gap)
        at = gap.end()
    yield _literal(text[at:])


def _literal(text: str) -> str:
    parts = []
    for found in re.finditer(rf"\s+|[{_QUOTES}]|[^\s{_QUOTES}]+", text):
        part = found.group()
        if part.isspace():
            parts.append(r"\s*")
        elif part in _QUOTES:
            parts.append(f"[{_QUOTES}]?")
        else:
            parts.append(re.escape(part))
    return "".join(parts)


def _gap(found: re.Match[str]) -> str:
    name = found.group(1)
    kind = _KINDS.get(_ALIASES.get(name, name))
    if not _QUOTED.fullmatch(found.group()):
        # A bracket on one side only belongs to the text around the gap.
        before, _, after = found.group().partition("{" + name + "}")
        return f"{_literal(before)}[{_QUOTES}]?(?P<{name}>{kind or _WORD})[{_QUOTES}]?{_literal(after)}"
    return rf"(?:[{_QUOTES}](?P<{name}>[^\"”»」]*)[{_QUOTES}]|(?P<{name}_>{kind or _WORD}))"
