"""--quote-all-identifiers: what the server's own functions print, with every identifier in quotes."""

from __future__ import annotations

import re

# Types with a spelling of their own in the grammar: format_type never quotes them.
_GRAMMAR_TYPES = (
    "smallint",
    "integer",
    "bigint",
    "boolean",
    "numeric",
    "real",
    "double precision",
    "character",
    "timestamp",
    "time",
    "interval",
    "bit",
)
_TOKEN = re.compile(r"""'(?:[^']|'')*'(?:::regclass)?|"[^"]*"|::[a-z_][\w. ]*|[A-Za-z_]\w*|\d[\w.]*|.""", re.DOTALL)


def type_text(name: str, always: bool) -> str:
    """A type, in quotes when it is a name and not part of the grammar."""
    if not always or name.partition("(")[0].startswith(_GRAMMAR_TYPES):
        return name
    base, brackets = (name[:-2], "[]") if name.endswith("[]") else (name, "")
    return ".".join(part if part.startswith('"') else f'"{part}"' for part in base.split(".")) + brackets


def requoted(text: str, names: frozenset[str], always: bool) -> str:
    """An expression or query with the known names, functions and types in it quoted."""
    if not always:
        return text
    pieces = [match.group() for match in _TOKEN.finditer(text)]
    return "".join(_piece(pieces, number, names) for number in range(len(pieces)))


def _piece(pieces: list[str], number: int, names: frozenset[str]) -> str:
    piece = pieces[number]
    if piece.startswith("::"):
        return "::" + type_text(piece[2:], True)
    if piece.startswith("'") and piece.endswith("::regclass"):
        inner = piece[1 : -len("'::regclass")]
        return "'" + ".".join(f'"{part}"' for part in inner.replace('"', "").split(".")) + '\'::"regclass"'
    following = pieces[number + 1] if number + 1 < len(pieces) else ""
    after_using = "".join(pieces[max(0, number - 2) : number]).upper() == "USING "
    if re.fullmatch(r"[a-z_]\w*", piece) and (piece in names or following == "(" or after_using):
        return f'"{piece}"'
    return piece
