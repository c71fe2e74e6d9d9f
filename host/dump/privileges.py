"""GRANT and REVOKE: what it takes to come from an object's first privileges to those it has (buildACLCommands)."""

from __future__ import annotations

from collections.abc import Iterable

from host.catalog.acl import WORDS, Acl, AclItem
from host.catalog.names import quoted

# The order in which pg_dump writes the privileges of each kind.
_ORDER = {
    "TABLE": "raxdtDmw",
    "COLUMN": "raxw",
    "SEQUENCE": "rUw",
    "FUNCTION": "X",
    "PROCEDURE": "X",
    "SCHEMA": "CU",
    "DATABASE": "CcT",
    "TABLESPACE": "C",
    "TYPE": "U",
    "LARGE OBJECT": "rw",
}


def commands(
    kind: str,
    name: str,
    acl: Acl,
    base: Iterable[AclItem],
    owner: str,
    *,
    column: str = "",
    maintain: bool = False,
    always: bool = False,
) -> str:
    """The commands for an object whose name is already quoted; '' when nothing differs from `base`."""
    if acl is None:
        return ""
    writer = _Writer("COLUMN" if column else kind, kind, name, column, owner, maintain, always)
    first = tuple(base)
    revokes = [writer.revoke(item) for item in first if item not in acl]
    grants = [writer.grant(item) for item in acl if item not in first]
    return "".join(revokes + grants)


class _Writer:
    def __init__(
        self, letters: str, kind: str, name: str, column: str, owner: str, maintain: bool, always: bool
    ) -> None:
        self.known = _ORDER[letters] if maintain else _ORDER[letters].replace("m", "")
        self.kind, self.name, self.column, self.owner, self.always = kind, name, column, owner, always

    def words(self, letters: str) -> str:
        column = f"({quoted(self.column, self.always)})" if self.column else ""
        if letters and set(self.known) <= set(letters):
            return f"ALL{column}"
        return ",".join(WORDS[letter] + column for letter in self.known if letter in letters)

    def to(self, item: AclItem) -> str:
        return quoted(item.grantee, self.always) if item.grantee else "PUBLIC"

    def revoke(self, item: AclItem) -> str:
        words = self.words(item.privileges)
        return f"REVOKE {words} ON {self.kind} {self.name} FROM {self.to(item)};\n" if words else ""

    def grant(self, item: AclItem) -> str:
        plain = self.words("".join(x for x in item.privileges if x not in item.grantable))
        option = self.words(item.grantable)
        on = f" ON {self.kind} {self.name} TO {self.to(item)}"
        text = (f"GRANT {plain}{on};\n" if plain else "") + (
            f"GRANT {option}{on} WITH GRANT OPTION;\n" if option else ""
        )
        if item.grantor != self.owner and text:
            session = f"SET SESSION AUTHORIZATION {quoted(item.grantor, self.always)};\n"
            text = f"{session}{text}RESET SESSION AUTHORIZATION;\n"
        return text
