"""Access privileges as the catalogue keeps them: `app=arwd/postgres`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

WORDS = {
    "a": "INSERT",
    "r": "SELECT",
    "w": "UPDATE",
    "d": "DELETE",
    "D": "TRUNCATE",
    "x": "REFERENCES",
    "t": "TRIGGER",
    "m": "MAINTAIN",
    "X": "EXECUTE",
    "U": "USAGE",
    "C": "CREATE",
    "T": "TEMPORARY",
    "c": "CONNECT",
    "s": "SET",
    "A": "ALTER SYSTEM",
}
LETTERS = {word: letter for letter, word in WORDS.items()}


@dataclass(frozen=True, slots=True)
class AclItem:
    """What one role was granted by another; grantee '' is PUBLIC."""

    grantee: str
    privileges: str
    """Letters, in the order of the catalogue."""
    grantor: str
    grantable: str = ""
    """Those of the letters that carry WITH GRANT OPTION."""

    def __str__(self) -> str:
        letters = "".join(letter + "*" * (letter in self.grantable) for letter in self.privileges)
        return f"{self.grantee}={letters}/{self.grantor}"


Acl = tuple[AclItem, ...] | None
"""None: never granted or revoked anything, the default of the object's kind holds."""


def item(text: str) -> AclItem:
    """An item from its text, `app=r*w/postgres`."""
    grantee, _, rest = text.partition("=")
    letters, _, grantor = rest.partition("/")
    grantable = "".join(letter for letter, star in zip(letters, letters[1:] + " ", strict=True) if star == "*")
    return AclItem(grantee, letters.replace("*", ""), grantor, grantable.replace("*", ""))


def items(texts: str) -> tuple[AclItem, ...]:
    """Several items, separated by spaces."""
    return tuple(item(text) for text in texts.split())


def granted(acl: Iterable[AclItem], grantee: str, privileges: str, grantor: str, grantable: str = "") -> Acl:
    """The list after a GRANT: the grantee's item from that grantor grows, or a new one is added at the end."""
    old = {(one.grantee, one.grantor): one for one in acl}
    key = grantee, grantor
    had = old.get(key, AclItem(grantee, "", grantor))
    old[key] = replace(
        had, privileges=_in_order(had.privileges + privileges), grantable=_in_order(had.grantable + grantable)
    )
    return tuple(old.values())


def revoked(acl: Iterable[AclItem], grantee: str, privileges: str) -> Acl:
    """The list after a REVOKE; an item without privileges disappears."""
    left = (_less(one, privileges) if one.grantee == grantee else one for one in acl)
    return tuple(one for one in left if one.privileges)


def _less(one: AclItem, privileges: str) -> AclItem:
    gone = str.maketrans("", "", privileges)
    return replace(one, privileges=one.privileges.translate(gone), grantable=one.grantable.translate(gone))


def _in_order(letters: str) -> str:
    return "".join(letter for letter in WORDS if letter in letters)


_ALL = {
    "TABLE": "arwdDxt",
    "SEQUENCE": "rwU",
    "SCHEMA": "UC",
    "DATABASE": "CTc",
    "FUNCTION": "X",
    "TABLESPACE": "C",
    "LARGE OBJECT": "rw",
    "TYPE": "U",
}
_PUBLIC = {"DATABASE": "Tc", "FUNCTION": "X", "TYPE": "U"}


def every(kind: str, maintain: bool = False) -> str:
    """Letters of ALL PRIVILEGES on a kind of object (`maintain`: the server knows MAINTAIN)."""
    return _ALL[kind] + ("m" if maintain and kind == "TABLE" else "")


def default(kind: str, owner: str, maintain: bool = False) -> tuple[AclItem, ...]:
    """`acldefault`: what an object without a list of its own allows."""
    public = _PUBLIC.get(kind, "")
    own = AclItem(owner, every(kind, maintain), owner)
    return (AclItem("", public, owner), own) if public else (own,)
