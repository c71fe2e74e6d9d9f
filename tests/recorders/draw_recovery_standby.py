"""A drawn story of a streaming standby: it falls behind, is promoted, and the old primary follows it."""

from __future__ import annotations

from tests.recorders.draw_recovery_base import DrawnWriting
from tests.recorders.draw_recovery_settings import COPY


class DrawnStandby(DrawnWriting):
    """What comes last in some recordings, for the primary is none afterwards."""

    def standby_story(self) -> None:
        name, slot = self.number("r"), self.random.random() < 0.5
        if slot:
            self.slot_create("primary", "s1")
        if self.random.random() < 0.3:
            self.set("primary", "wal_keep_segments" if self.major == 12 else "wal_keep_size", self.kept_wal())
        self.restore(name, self.random.choice(self.kept), self.streams("primary", slot=slot), ["standby"])
        if self.start(name)["observed"]["result"] != "waiting":
            return
        self.write("primary", 4)
        self.catchup(name, "primary")
        for _ in range(self.random.randint(0, 2)):
            self.behind(name)
        if name in self.servers and self.servers[name].running():
            self.switched_over(name)

    def kept_wal(self) -> str:
        return str(self.random.choice((2, 8))) if self.major == 12 else self.random.choice(("1MB", "2MB", "8MB"))

    def streams(self, upstream: str, *, slot: bool = False) -> dict[str, str]:
        conf = {"primary_conninfo": f"host=$SOCKET({upstream}) user=postgres", "wal_retrieve_retry_interval": "200ms"}
        if slot:
            conf["primary_slot_name"] = "s1"
        if self.random.random() < 0.3:
            conf["restore_command"] = COPY
        if self.random.random() < 0.25:
            conf["recovery_target_timeline"] = self.random.choice(("current", "latest", "1"))
        return conf

    def behind(self, name: str) -> None:
        """It is away while the primary writes on and lets old files go."""
        getattr(self, self.random.choice(("stop", "crash", "power_loss")))(name)
        self.write("primary", 4)
        if self.random.random() < 0.6:
            self.switch_wal("primary")
            self.checkpoint("primary")
        self.start(name)
        if self.reachable(name):
            self.catchup(name, "primary")
            self.checkpoint(name)

    def reachable(self, name: str) -> bool:
        """It runs, and lets somebody in."""
        last = self.events[-1]["observed"]
        return self.servers[name].running() and last.get("in_recovery") is not None

    def switched_over(self, name: str) -> None:
        """The standby is promoted and the old primary becomes its standby, with or without a clean end before."""
        first = self.random.random() < 0.5
        if first:
            self.random.choice((self.stop, self.crash))("primary")
        if not self.reachable(name) and self.events[-1]["action"]["server"] == name:
            return
        if self.promote(name)["observed"]["result"] != "running":
            return
        self.write(name, 4)
        if not first:
            self.write("primary", 2)
            self.random.choice((self.stop, self.crash))("primary")
        self.configure("primary", self.streams(name), ["standby"])
        result = self.start("primary")["observed"]["result"]
        if result == "waiting":
            self.write(name, 3)
            self.catchup("primary", name)
