"""Draw the settings of one recovery: where its WAL comes from, which target, which timeline, what then."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from simulator.lsn import format_lsn, parse_lsn
from tests.recorders.record_recovery_wal import Json

T = TypeVar("T")
COPY = "test -f $ARCHIVE/%f && cp $ARCHIVE/%f %p"
SIGNALS: dict[tuple[str, ...], int] = {("recovery",): 66, (): 12, ("standby",): 14, ("recovery", "standby"): 8}
COMMANDS: dict[str | None, int] = {COPY: 90, "false": 3, "/nonexistent/restore %f %p": 2, "": 2, None: 4}
KINDS = {"": 18, "name": 16, "xid": 16, "time": 16, "lsn": 16, "immediate": 12, "soon": 2, "two": 4}


@dataclass
class Marks:
    """What the WAL so far offers as a target."""

    names: list[str] = field(default_factory=list)
    xids: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    timelines: list[int] = field(default_factory=lambda: [1])

    def read(self, row: Json) -> None:
        """Take what an event wrote."""
        for each in row["action"].get("wal", []):
            self.places += [parse_lsn(each["s"]), parse_lsn(each["e"])]
            if each.get("xid"):
                self.xids.append(each["xid"])
            if "t" in each:
                self.times.append(each["t"])
            if "name" in each:
                self.names.append(each["name"])
        if "tli" in row["action"]:
            self.timelines = sorted({*self.timelines, row["action"]["tli"]})


def drawn(random: Random, weights: dict[T, int]) -> T:
    """One of them, by weight."""
    return random.choices(list(weights), list(weights.values()))[0]


def target(random: Random, marks: Marks) -> dict[str, str]:
    """recovery_target…, whatever kind: most of them can be reached."""
    kind = drawn(random, KINDS)
    if kind == "":
        return {}
    if kind == "two":
        return one_target(random, "immediate", marks) | one_target(random, random.choice(("name", "xid", "lsn")), marks)
    return one_target(random, kind, marks)


def one_target(random: Random, kind: str, marks: Marks) -> dict[str, str]:
    """One setting."""
    if kind in ("immediate", "soon"):
        return {"recovery_target": kind}
    if kind == "name":
        return {"recovery_target_name": random.choice([*marks.names * 3, "never"])}
    if kind == "xid":
        return {"recovery_target_xid": str(random.choice([*marks.xids * 3, 900_000]))}
    if kind == "time":
        at = random.choice(marks.times) + random.choice((-400, -1, 0, 0, 1, 400, 60_000))
        return {"recovery_target_time": f"@{random.choice([at] * 9 + [at + 10**10])}"}
    at = random.choice(marks.places) + random.choice((0, 0, 0, 8, -8, 64))
    return {"recovery_target_lsn": format_lsn(random.choice([at] * 9 + [at + (1 << 28)]))}


def recovery_settings(random: Random, marks: Marks, *, streams_from: str = "") -> tuple[dict[str, str], list[str]]:
    """postgresql.auto.conf and the signal files."""
    shapes: tuple[str, ...] = ("standby",) if streams_from else drawn(random, SIGNALS)
    signals = list(shapes)
    command = drawn(random, COMMANDS)
    conf = {} if command is None or (streams_from and random.random() < 0.6) else {"restore_command": command}
    if streams_from:
        conf |= {"primary_conninfo": f"host=$SOCKET({streams_from}) user=postgres"}
        conf["wal_retrieve_retry_interval"] = "200ms"
    if "standby" not in signals or random.random() < 0.2:
        conf |= target(random, marks)
    reached = any(name.startswith("recovery_target") for name in conf)
    if reached and random.random() < 0.5:
        conf["recovery_target_inclusive"] = random.choice(("on", "off"))
    if reached and random.random() < 0.75:
        conf["recovery_target_action"] = random.choice(("pause", "promote", "promote", "shutdown"))
    if random.random() < 0.4:
        numbers = [str(each) for each in marks.timelines]
        conf["recovery_target_timeline"] = random.choice([*numbers * 2, "current", "current", "latest", "9"])
    if random.random() < 0.65:
        conf["archive_mode"] = drawn(random, {"off": 7, "on": 3})
    conf |= {name: value for name, value in OTHERS.items() if random.random() < 0.06}
    return conf, signals


OTHERS = {"hot_standby": "off", "recovery_end_command": "true"}
