"""`setup.before`: command lines, and steps that are described in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from host import tree
from host.call import Done
from host.conformance.record import PLACES, spelled_out
from host.dump.toc import DumpArchive, TocEntry
from host.machine import Host
from host.server import stopping
from host.server.boot import new_cluster
from host.worlds import made
from simulator.versions import since

Step = Callable[[Host], Host]


class NotBuilt(Exception):
    """A circumstance of the recording cannot be built (yet)."""


def run(host: Host, line: str, stdin: str = "", *, sh: bool = False) -> Done:
    """Run a command line as the recorder did, in a shell of its own (`sh`: under `sh -c`)."""
    from host.shell import DIRECT, run_command, run_line

    ended = run_command(host, line, stdin=stdin) if sh else run_line(host, line, stdin, DIRECT)
    return replace(ended, host=replace(ended.host, cwd=host.cwd, env=host.env, variables=host.variables))


def done(host: Host, *lines: str) -> Host:
    """The host after command lines that the recorder ran, whatever they printed."""
    for line in lines:
        host = run(host, spelled_out(line, host.client.major)).host
    return host


def take(host: Host, entry: str, words: Mapping[str, str]) -> tuple[Host, str]:
    """Do one entry of `before`: a step in words if it is one, else a command line.  What went wrong is told."""
    for pattern, step in _IN_WORDS:
        if re.fullmatch(pattern, entry):
            return step(host), ""
    for word, value in words.items():
        entry = re.sub(rf"\b{word}\b", value.replace("\\", "\\\\"), entry)
    line = re.sub(r" \(only these two directories\)$", "", entry)
    host = with_dumps(host, line)
    ended = run(host, spelled_out(line, host.client.major))
    return ended.host, f"{line}: exit {ended.exit}: {ended.stderr}" if ended.exit else ""


_DUMPS = {
    "data.dump": "pg_dump -Fc -a -f $DUMPS/data.dump shop",
    "hr.dump": "pg_dump -Fc -f $DUMPS/hr.dump hr",
    "ins.sql": "pg_dump --inserts -f $DUMPS/ins.sql shop",
    "schema.dump": "pg_dump -Fc -s -f $DUMPS/schema.dump shop",
    "shop.sql.gz": "pg_dump -Z5 -f $DUMPS/shop.sql.gz shop",
    "shop_c.sql": "pg_dump -C -f $DUMPS/shop_c.sql shop",
    "shop_clean.sql": "pg_dump -c -f $DUMPS/shop_clean.sql shop",
}


def with_dumps(host: Host, line: str) -> Host:
    """The recorder kept one folder of dumps for all restores: those a line names are there, whoever made them."""
    for name in re.findall(r"\$DUMPS/([\w.]+)", line):
        made_by = _DUMPS.get(name, "")
        if made_by and made_by != line and tree.find(host.root, f"{PLACES['DUMPS']}/{name}") is None:
            host = done(host, made_by)
    return host


def is_late(entry: str) -> bool:
    """Recordings name what is done to a dump before the dump itself: it is done last."""
    return bool(re.match(r"ten bytes in the middle of|4 kB of random bytes", entry))


def _empty_server(host: Host) -> Host:
    host = new_cluster(host, PLACES["RESTORE"])
    return made.started(made.with_lines(host, PLACES["RESTORE"], made.settings(5433)), PLACES["RESTORE"])


_MIDDLE = {12: "EW public.", 16: "(amount) A", 18: ""}
"""What stands in the middle of the fixture's archive: ten bytes of the view's text, or (18) the length of one."""


def _corrupt(host: Host) -> Host:
    dump = host.read(f"{PLACES['DUMPS']}/shop.dump")
    if not isinstance(dump, DumpArchive):
        raise NotBuilt("the archive in which bytes are to be overwritten is none")
    middle = since(host.client.major, _MIDDLE)
    views = tuple(_overwritten(entry, middle) for entry in dump.entries)
    spoilt = replace(dump, entries=views, damage="" if middle else "toc")
    return host.write(f"{PLACES['DUMPS']}/corrupt.dump", spoilt)


def _overwritten(entry: TocEntry, middle: str) -> TocEntry:
    if entry.desc != "VIEW" or not middle:
        return entry
    return replace(entry, definition=entry.definition.replace(middle, "X" * len(middle), 1))


def _random(host: Host) -> Host:
    from host.server.files import Bytes

    return host.write(f"{PLACES['DUMPS']}/random.dump", Bytes("random bytes", 4096))


def _received_before(host: Host) -> Host:
    return done(host, "timeout --preserve-status -s INT 3 pg_receivewal -D $BACKUP 2> /dev/null")


def _killed(host: Host) -> Host:
    return stopping.kill(host, 5432)


def _switches(host: Host) -> Host:
    fill = "create table if not exists filler (n integer)"
    switch = "select pg_switch_wal()"
    each = (fill, "insert into filler values (1)", switch, "insert into filler values (2)", switch)
    told = " ".join(f'-c "{sql}"' for sql in each)
    return done(host, "psql -q -c checkpoint", f"psql -XAtq {told} > /dev/null", "psql -q -c checkpoint")


def _start_segment_gone(host: Host) -> Host:
    return done(host, "rm -f $PGDATA/pg_wal/$(sed -n 's/.*(file \\(.*\\))/\\1/p' $PGDATA/backup_label)")


def _rebuilt(host: Host) -> Host:
    from host.conformance.states import another_system

    return another_system(host)


_IN_WORDS: tuple[tuple[str, Step], ...] = (
    (r"initdb -D \$RESTORE, started on port 5433 .*", _empty_server),
    (r"ten bytes in the middle of a copy of \$DUMPS/shop\.dump overwritten with X", _corrupt),
    (r"4 kB of random bytes in \$DUMPS/random\.dump", _random),
    (r"pg_receivewal was run before into the same directory and left a \.partial file", _received_before),
    (r"kill -9 of the postmaster", _killed),
    (r"psql -c checkpoint, two WAL switches, checkpoint", _switches),
    (r"the segment in which the backup started is gone", _start_segment_gone),
    (r"the server is rebuilt from scratch with initdb .*", _rebuilt),
)
