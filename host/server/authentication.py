"""pg_hba.conf and pg_ident.conf when a server starts: what load_hba() and load_ident() say of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host import tree
from host.content import text_of
from simulator.versions import since

if TYPE_CHECKING:
    from host.machine import Host

_KINDS = ("local", "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc", "include", "include_if_exists")
_OPEN = {12: 'could not open configuration file "{path}"', 16: 'could not open file "{path}"'}


@dataclass(frozen=True, slots=True)
class Unread:
    """Lines of the log; with `hba` the postmaster ends."""

    hba: tuple[str, ...]
    ident: tuple[str, ...]


def faults(host: Host, pgdata: str, shown: str, major: int) -> Unread:
    """What is wrong with the two files; `shown`: the data directory as the server names it."""
    absent = since(major, _OPEN)

    def gone(name: str) -> str:
        return f"LOG:  {absent.format(path=f'{shown}/{name}')}: {tree.NO_ENTRY}"

    node = tree.find(host.root, f"{pgdata}/pg_hba.conf")
    said = [gone("pg_hba.conf")] if not isinstance(node, tree.File) else []
    if isinstance(node, tree.File):
        for number, line in enumerate(text_of(node.content).split("\n"), 1):
            words = line.split("#")[0].split()
            if words and words[0] not in _KINDS and not words[0].startswith("include"):
                said.append(f'LOG:  invalid connection type "{words[0]}"')
                said.append(f'CONTEXT:  line {number} of configuration file "{shown}/pg_hba.conf"')
    end = [f"FATAL:  could not load {shown}/pg_hba.conf"] if said else []
    there = isinstance(tree.find(host.root, f"{pgdata}/pg_ident.conf"), tree.File)
    return Unread((*said, *end), () if there or said else (gone("pg_ident.conf"),))
