"""Draw command lines at random, for record_cli to record: nobody chose them, so the measure on them is honest.

    python -m tests.recorders.draw_cli --seed 1 --count 200 --major 16 > CASES.jsonl

Every tool has a few right words, a few wrong ones and the damage or the mistake that goes before it; what comes
together is chance. The same seed and major draw the same lines.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Told = dict[str, Any]
WORDS: dict[str, Any] = json.loads(Path(__file__).with_name("draw_words.json").read_text(encoding="utf-8"))
"""By tool: right words, wrong ones, abbreviations, clusters, damage."""
START = "pg_ctl -D $RESTORE -o '-p 5433' -l $LOGFILE -w start"
ROWS = 'psql -XAt -p 5433 -d shop -c "select count(*) from orders"'
LEFT = (
    "cd $RESTORE && ls -d backup_label backup_label.old tablespace_map.old recovery.signal standby.signal "
    "2>/dev/null; true"
)
TABLES = (
    "psql -XAt -d copy -c \"select schemaname, tablename, tableowner from pg_tables where schemaname !~ '^pg|^info'\""
)
DUMPS = [
    "pg_dump -f $DUMPS/shop.sql shop",
    "pg_dump -Fc -f $DUMPS/shop.dump shop",
    "pg_dump -Fd -f $DUMPS/shop.dir shop",
    "pg_dump -Ft -f $DUMPS/shop.tar shop",
]
CHAIN = [
    "pg_basebackup -D $BACKUP/full -c fast",
    "psql -d shop -c \"insert into orders values (100,1,'2024-05-01',1)\"",
    "pg_basebackup -D $BACKUP/inc1 -c fast -i $BACKUP/full/backup_manifest",
    "psql -d shop -c 'update orders set amount = amount + 1'",
    "pg_basebackup -D $BACKUP/inc2 -c fast -i $BACKUP/inc1/backup_manifest",
]


class Draw:
    """Chance, and the words it takes from."""

    def __init__(self, seed: int, major: int) -> None:
        self.chance, self.major = random.Random(f"{seed}/{major}"), major

    def one(self, words: Sequence[str]) -> str:
        """One of the words."""
        return self.chance.choice(words)

    def some(self, words: Sequence[str], most: int) -> list[str]:
        """A few of them, in any order."""
        return self.chance.sample(list(words), self.chance.randint(0, min(most, len(words))))

    def often(self, share: float) -> bool:
        """True in that share of the draws."""
        return self.chance.random() < share

    def line(self, *parts: Sequence[str]) -> str:
        """A command line: its first word, then all others in any order."""
        head, *rest = (word for part in parts for word in part)
        self.chance.shuffle(rest)
        return " ".join((head, *rest))

    # One function for every tool

    def basebackup(self) -> Told:
        """All options; now and then a standby, a tablespace, another hba."""
        place = [self.one(("-D $BACKUP/b",) * 12 + ("-D /etc/b",))] if self.often(0.9) else []
        quick = ["-c fast"] if self.often(0.85) else []
        before = ["mkdir $BACKUP/b", "touch $BACKUP/b/x"] if self.often(0.06) else []
        hba = self.one(("no replication lines", "replication only for replication_user")) if self.often(0.08) else None
        cmd = self.line(["pg_basebackup"], place, quick, self.some(WORDS["basebackup"], 4))
        return case(cmd, before=before, hba=hba, fixture=self.one(("default", "without tablespace")))

    def verifybackup(self) -> Told:
        """A backup, what was done to it, and how it is looked at."""
        made = self.line(["pg_basebackup"], ["-D $RESTORE", "-c fast"], self.some(("-Ft", "-Xf", "-z -Ft", "-R"), 1))
        sums = self.some(("--manifest-checksums=SHA256", "--manifest-checksums=NONE", "--no-manifest"), 1)
        before = [" ".join((made, *sums)), *self.some(WORDS["damage"], 2)]
        cmd = self.line(["pg_verifybackup"], self.some(WORDS["verify"], 3), ["$RESTORE"] if self.often(0.95) else [])
        return case(cmd, before=before)

    def combinebackup(self) -> Told:
        """A chain, and the mistakes that can be made with it."""
        chain = self.some(("$BACKUP/full", "$BACKUP/inc1", "$BACKUP/inc2"), 3)
        if self.often(0.6):
            chain = sorted(chain)
        harm = WORDS["combine_harm"]
        words = WORDS["combine"]
        out = ["-o $BACKUP/out"] if self.often(0.93) else []
        cmd = " ".join(("pg_combinebackup", *out, *self.some(words, 2), *chain))
        after = ["pg_verifybackup $BACKUP/out"] if self.often(0.4) else []
        settings = {"summarize_wal": "on"}
        return case(
            cmd, before=[*CHAIN, *(self.some(harm, 1) if self.often(0.4) else [])], settings=settings, after=after
        )

    def receivewal(self) -> Told:
        """A receiver that is stopped after three seconds, or that refuses at once."""
        slot = ["psql -XAtqc \"select pg_create_physical_replication_slot('s1')\""] if self.often(0.4) else []
        place = ["-D $BACKUP"] if self.often(0.85) else []
        cmd = self.line(["pg_receivewal"], place, self.some(WORDS["receive"], 3))
        return case(
            f"timeout --preserve-status -s INT 3 {cmd}", tool="pg_receivewal", before=slot, after=["ls $BACKUP"]
        )

    def archivecleanup(self) -> Told:
        """Names of every kind in a folder, and which of them go."""
        names = [f"{line:08X}000000{log:02X}{seg:08X}" for line in (1, 2) for log in (0, 1) for seg in (1, 2, 254, 255)]
        extra = (
            "00000002.history",
            "000000010000000000000002.00000028.backup",
            "000000010000000000000002.partial",
            "000000010000000000000001.gz",
            "other.txt",
            "000000010000000000000003.00000028.backup.gz",
        )
        there = sorted({*self.chance.sample(names, 6), *self.some(extra, 4)})
        last = self.one([*names, *extra, "00000001000000000000000G", "abc", "000000010000000000000002.00000028.backup"])
        words = self.some(WORDS["archive_cleanup"], 2)
        cmd = " ".join(("pg_archivecleanup", *words, "$BACKUP" if self.often(0.95) else "/nowhere", last))
        return case(
            cmd, before=["cd $BACKUP && touch " + " ".join(there)], after=["ls $BACKUP"], behaviour="archive cleanup"
        )

    def waldump(self) -> Told:
        """The segment level: which file is found, and what is wrong with the words."""
        now = "$(psql -XAt -c 'select pg_walfile_name(pg_current_wal_lsn())')"
        file = self.one((f"$PGDATA/pg_wal/{now}", "$PGDATA/pg_wal/00000001000000000000000A", "$PGDATA/pg_wal", "x", ""))
        cmd = self.line(["pg_waldump"], self.some(WORDS["waldump"], 3)) + f" {file}".rstrip()
        return case(f"{cmd} > $WORK/out", tool="pg_waldump")

    def resetwal(self) -> Told:
        """A stopped, a running or a crashed cluster."""
        how = self.chance.random()
        before = ["pg_ctl -D $PGDATA -m immediate stop"] if 0.5 < how < 0.8 else []
        before += ["rm $PGDATA/postmaster.pid"] if before and self.often(0.7) else []
        cmd = self.line(["pg_resetwal"], self.some(WORDS["resetwal"], 3), ["$PGDATA"])
        after = ["pg_controldata $PGDATA | grep -E 'NextXID|NextOID|NextMulti|state|TimeLine'"]
        return case(cmd, before=before, state=["server stopped"] if how <= 0.5 else [], after=after)

    def rewind(self) -> Told:
        """A promoted standby, and the old primary."""
        before = [
            "pg_basebackup -D $RESTORE -c fast -R",
            "pg_ctl -D $RESTORE -o '-p 5433' -l $ROOT/s.log -w start > /dev/null",
            *(
                ["pg_ctl -D $RESTORE -w promote > /dev/null", "psql -p 5433 -XAtqc checkpoint"]
                if self.often(0.7)
                else []
            ),
            *([f"pg_ctl -D $PGDATA -m {self.one(('fast', 'immediate'))} stop > /dev/null"] if self.often(0.8) else []),
        ]
        source = self.one(("--source-server='host=$SOCKET port=5433 dbname=postgres'", "--source-pgdata=$RESTORE", ""))
        words = self.some(WORDS["rewind_words"], 2)
        cmd = " ".join(("pg_rewind", *(["-D $PGDATA"] if self.often(0.95) else []), source, *words)).replace("  ", " ")
        return case(cmd, before=before, settings={"wal_log_hints": self.one(("on", "off"))})

    def ctl(self) -> Told:
        """Start, stop, restart, status, promote of every sort of data directory."""
        verb = self.one(WORDS["ctl_verbs"])
        words = self.some(WORDS["ctl"], 2)
        down = self.often(0.5)
        before = self.some(WORDS["cluster_damage"], 1) if down and self.often(0.6) else []
        log = ["-l $LOGFILE"] if verb in {"start", "restart", "start stop"} else []
        where = self.one(("-D $PGDATA",) * 8 + ("-D /nowhere", ""))
        cmd = self.line(["pg_ctl"], [verb], [where], words, log)
        return case(" ".join(cmd.split()), before=before, state=["server stopped"] if down else [])

    def recovery(self) -> Told:
        """The kit with a target, an action, a timeline, a signal file, a gap: by chance."""
        lines = ["cp -a $KIT/base/. $RESTORE/"]
        settings = ["restore_command = 'cp $ARCHIVE/%f %p'"] if self.often(0.9) else []
        settings += [self.one(words) for words, share in WORDS["recovery"] if self.often(share)]
        lines += [f'echo "{each}" >> $RESTORE/postgresql.auto.conf' for each in settings]
        if self.often(0.95):
            lines.append(f"touch $RESTORE/{'standby' if self.often(0.15) else 'recovery'}.signal")
        kit = WORDS["kit"] + (
            "; the server was already recovered once to before_mistake and promoted, "
            "its timeline 2 is in the archive too"
            if self.often(0.2)
            else ""
        )
        gone = f"removed from the archive: segment number(s) [{self.one('345')}] of 6 (counting from 0)"
        state = [kit, *([gone] if "already" not in kit and self.often(0.2) else [])]
        return case(START, before=lines, state=state, after=[ROWS, LEFT])

    def restarted(self) -> Told:
        """A base backup with damage, started."""
        words = self.some(("-Xn", "-Xf", "-R", "--no-manifest", "-S s1 -C", "-l label"), 2)
        before = [self.line(["pg_basebackup"], ["-D $RESTORE", "-c fast"], words)]
        before += [each.replace("$PGDATA", "$RESTORE") for each in self.some(WORDS["cluster_damage"], 2)]
        return case(START, before=before, after=[ROWS, LEFT])

    def initdb(self) -> Told:
        """initdb with good and bad words."""
        place = self.one(("-D $WORK/d",) * 6 + ("-D $PGDATA", "$WORK/d", "", "-D $WORK/none/deep", "-D /etc/pg"))
        return case(
            " ".join(self.line(["initdb"], [place], self.some(WORDS["initdb"], 4)).split()), after=["ls $WORK/d"]
        )

    def dump(self) -> Told:
        """pg_dump to standard output or to a file."""
        name = self.one(("shop",) * 8 + ("hr", "nosuch", "shop hr"))
        file = [self.one(("-f $DUMPS/x",) * 9 + ("-f /etc/x",))] if self.often(0.4) else []
        told = case(
            self.line(["pg_dump"], file, self.some(WORDS["dump"], 4)) + f" {name}",
            fixture=self.one(("default", "without tablespace")),
        )
        return told | ({"files": {"$DUMPS/x": {}}} if file else {})

    def restore(self) -> Told:
        """A dump of each format with the options of pg_restore."""
        file = "$DUMPS/shop." + self.one(("dump", "dump", "dir", "tar", "sql", "none"))
        target = self.one(WORDS["restore_words"])
        before = [
            *DUMPS,
            "createdb -T template0 copy",
            *(["pg_restore -d copy $DUMPS/shop.dump"] if self.often(0.25) else []),
        ]
        cmd = " ".join(self.line(["pg_restore"], [target], self.some(WORDS["restore"], 3)).split())
        return case(f"{cmd} {file}", before=before, after=[TABLES])

    def meta(self) -> Told:
        """psql's meta-commands and its switches."""
        words = self.some(WORDS["psql"], 3)
        text = "\n".join(self.chance.choice(WORDS["meta"]) for _ in range(self.chance.randint(1, 4))) + "\n"
        return case(self.line(["psql"], ["-X", f"-d {self.one(('shop', 'shop', 'hr', 'nosuch'))}"], words), stdin=text)

    def small(self) -> Told:
        """The small tools."""
        return case(self.one(WORDS["small"]).replace("{n}", self.one(("3", "0", "-1", "x", "99999"))))


def case(cmd: str, **told: Any) -> Told:
    """A line of cases."""
    setup = {name: told[name] for name in ("before", "settings", "state", "fixture") if told.get(name)}
    if told.get("hba"):
        setup["pg_hba"] = told["hba"]
    more = {name: told[name] for name in ("after", "stdin", "behaviour") if told.get(name)}
    return {"tool": told.get("tool") or cmd.split(maxsplit=1)[0], "cmd": cmd, "setup": setup, **more}


def drawn(seed: int, major: int, count: int) -> list[Told]:
    """So many cases."""
    draw = Draw(seed, major)
    weights: dict[Callable[[], Told], int] = {
        draw.basebackup: 24,
        draw.verifybackup: 14,
        draw.receivewal: 7,
        draw.archivecleanup: 8,
        draw.waldump: 10,
        draw.resetwal: 10,
        draw.rewind: 6,
        draw.ctl: 18,
        draw.recovery: 14,
        draw.restarted: 12,
        draw.initdb: 9,
        draw.dump: 20,
        draw.restore: 18,
        draw.meta: 18,
        draw.small: 10,
        draw.combinebackup: 12 * (major >= 17),
    }
    kinds = draw.chance.choices(list(weights), list(weights.values()), k=count)
    return [kind() | {"case": f"d{seed}-{kind.__name__}-{number}"} for number, kind in enumerate(kinds)]


def main() -> None:
    """Print the cases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--major", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    lines = (json.dumps(each) + "\n" for each in drawn(given.seed, given.major, given.count))
    given.out.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
