"""Synchronous replication: which standbys a commit waits for, and how long (syncrep.c)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.server import backups, passing, work

if TYPE_CHECKING:
    from host.server.instance import Instance
    from host.sql.context import Context

_LIST = re.compile(r"\s*(?:(?P<method>any|first)\s+)?(?:(?P<count>\d+)\s*\((?P<inside>.*)\)\s*$)?", re.IGNORECASE)
_NAME = re.compile(r'"(?:[^"]|"")*"|[^\s,]+')
_WAITS_NOT = frozenset({"off", "local"})
_WARNING = "canceling wait for synchronous replication due to user request"
_DETAIL = "The transaction has already committed locally, but might not have been replicated to the standby."
_LOOKS_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class Standbys:
    """synchronous_standby_names, read: so many of these names, by priority or any of them."""

    names: tuple[str, ...]
    count: int = 1
    quorum: bool = False

    def priority(self, name: str) -> int:
        """sync_priority of a standby with that application_name; 0: it is none of them."""
        found = (place for place, one in enumerate(self.names, 1) if one in ("*", name.lower()))
        place = next(found, 0)
        return min(place, 1) if self.quorum else place


def standbys(instance: Instance) -> Standbys:
    """What the server's synchronous_standby_names asks for; no names: nothing."""
    text = str(instance.settings.value("synchronous_standby_names"))
    match = _LIST.match(text)
    whole = match is not None and match["count"] is not None
    listed = match["inside"] if match is not None and whole else text
    names = tuple(_plain(one) for one in _NAME.findall(listed))
    if match is None or not whole:
        return Standbys(names)
    return Standbys(names, int(match["count"]), (match["method"] or "").lower() == "any")


def _plain(name: str) -> str:
    return (name[1:-1].replace('""', '"') if name.startswith('"') else name).lower()


def states(instance: Instance) -> dict[int, tuple[int, str]]:
    """sync_priority and sync_state of each WAL sender, by its pid (SyncRepGetCandidateStandbys)."""
    wanted = standbys(instance)
    senders = [one for one in instance.sessions if one.kind == "walsender" and one.state != "backup"]
    ranked = sorted((wanted.priority(one.application), one.pid) for one in senders)
    found, chosen = {}, 0
    for priority, pid in ranked:
        if not priority:
            found[pid] = (0, "async")
            continue
        chosen += 1
        found[pid] = (priority, "quorum" if wanted.quorum else "sync" if chosen <= wanted.count else "potential")
    return found


def waits(ctx: Context) -> bool:
    """Would a commit of this session wait (SyncRepRequested): not with synchronous_commit off or local."""
    instance = ctx.instance
    if not ctx.session.xid or not instance.settings.value("synchronous_standby_names"):
        return False
    if not int(instance.settings.value("max_wal_senders")):
        return False
    own = ctx.setting("synchronous_commit", "") or ctx.stored("synchronous_commit", "")
    return (own or str(instance.settings.value("synchronous_commit"))).lower() not in _WAITS_NOT


def satisfied(instance: Instance) -> bool:
    """Do as many of the wanted standbys stream as are waited for?"""
    wanted = standbys(instance)
    there = [priority for priority, _state in states(instance).values() if priority]
    return not wanted.names or len(there) >= wanted.count


def wait(ctx: Context) -> None:
    """After a commit: until the standbys have it, or somebody loses patience and presses Ctrl-C."""
    waited = 0.0
    while not satisfied(ctx.instance):
        if waited >= backups.PATIENCE:
            ctx.notice(_WARNING, "WARNING", detail=_DETAIL)
            return
        ctx.host = passing.until(ctx.host, ctx.host.clock + _LOOKS_EVERY)
        ctx.seconds += _LOOKS_EVERY
        waited += _LOOKS_EVERY
        if ctx.host.instance(ctx.port) is None:
            raise work.ServerGone(ctx.host, ())
