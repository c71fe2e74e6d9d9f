"""The report: from facts and assumptions to answers.  Pure; what is not known is said, and what that means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inspection import findings_archive, findings_server, findings_slots
from inspection.backups import Asked, answers, asked_of
from inspection.disk import fillers
from inspection.facts import DEFAULT_SEGMENT, Disk, Rate, ServerFacts
from inspection.plays import Play, plays
from inspection.rates import Assumptions, disk_of, rate_of
from inspection.words import BAD, SEVERITIES, WARN, BackupAnswer, Filler, Finding, Said
from simulator.prose import manual

SOON = 7 * 86400.0
"""A disk that is full within a week comes before everything else."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that can be said, in the order in which it matters."""

    facts: ServerFacts
    assumed: Assumptions
    headline: Said
    rate: Rate | None
    disk: Disk | None
    backup_seconds: float | None
    need_bytes: int | None
    backups: tuple[BackupAnswer, ...]
    fillers: tuple[Filler, ...]
    findings: tuple[Finding, ...]
    unknowns: tuple[Said, ...]
    plays: tuple[Play, ...]

    @property
    def can_alter(self) -> bool:
        """Does the server take ALTER SYSTEM?"""
        return self.facts.value("allow_alter_system") is not False


def report(facts: ServerFacts, assumed: Assumptions | None = None) -> Report:
    """Work it out; raises simulator.versions.UnknownVersion for a server that the model does not know."""
    facts.version  # noqa: B018  (raises, before anything else does)
    assumed = assumed or Assumptions()
    rate, disk = rate_of(facts, assumed), disk_of(facts, assumed)
    asked = asked_of(facts, rate, assumed, disk.free_bytes if disk else None)
    found = _findings(asked)
    filling, backups = fillers(asked), answers(asked)
    return Report(
        facts=facts,
        assumed=assumed,
        headline=_headline(found, filling, backups),
        rate=rate,
        disk=disk,
        backup_seconds=asked.backup_seconds,
        need_bytes=asked.need_bytes,
        backups=backups,
        fillers=filling,
        findings=found,
        unknowns=_unknowns(asked, disk),
        plays=plays(facts, found),
    )


def _findings(asked: Asked) -> tuple[Finding, ...]:
    facts, rate = asked.facts, asked.rate
    found = [
        *findings_archive.findings(facts, rate),
        *findings_slots.findings(facts, rate, asked.free_bytes),
        *findings_server.findings(facts, rate, asked.free_bytes),
    ]
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def _headline(found: tuple[Finding, ...], filling: tuple[Filler, ...], backups: tuple[BackupAnswer, ...]) -> Said:
    """The one sentence to read: a disk that fills, else what is worst, else what a backup may count on."""
    first = next((filler for filler in filling if filler.happening and filler.full_seconds is not None), None)
    if first is not None and first.full_seconds is not None and first.full_seconds < SOON:
        return Said(f"headline.full_{first.code}", {"name": first.name, "full_seconds": first.full_seconds})
    worst = next((finding for finding in found if finding.severity in {BAD, WARN}), None)
    if worst is not None:
        return Said(f"finding.{worst.code}.title", worst.facts)
    fetch = next(answer for answer in backups if answer.kind == "fetch")
    if not fetch.guaranteed_bytes:
        return Said("headline.quiet_none")
    return Said("headline.quiet", {"safe_bytes": fetch.guaranteed_bytes})


def _unknowns(asked: Asked, disk: Disk | None) -> tuple[Said, ...]:
    facts = asked.facts
    codes = [
        ("settings", any(facts.value(name) is None for name in facts.deciding())),
        ("rate", asked.rate is None),
        ("disk", disk is None or disk.free_bytes is None),
        ("database_size", facts.database_bytes is None),
        ("archiver", facts.archiver is None and facts.value("archive_mode") not in {None, "off"}),
        ("slots", facts.slots is None),
        ("senders", facts.senders is None),
        ("position", facts.lsn is None),
        ("pg_wal", facts.pg_wal is None),
        ("checkpoints", facts.checkpoints_timed is None),
    ]
    said = [Said(f"unknown.{code}") for code, missing in codes if missing]
    if len(facts.disks) > 1 and disk is None:
        said = [Said("unknown.which_disk") if each.code == "unknown.disk" else each for each in said]
    if facts.segment_size != DEFAULT_SEGMENT:
        said.append(Said("unknown.segment_size", {"segment_bytes": facts.segment_size}))
    if facts.standby:
        said.append(Said("unknown.standby"))
    if facts.new_settings:
        said.append(Said("unknown.new_settings", {"names": ", ".join(facts.new_settings)}))
    return tuple(said)


def manual_of(finding: Finding, language: str, major: int) -> tuple[str, str] | None:
    """URL and title of the page of the manual that explains a finding."""
    return manual(finding.manual, language, major) if finding.manual else None


def as_json(told: Report) -> Mapping[str, object]:
    """The report as data; no value of a setting that may hold a secret is in it."""
    return {
        "version": told.facts.major,
        "release": told.facts.release,
        "headline": told.headline.code,
        "rate": None
        if told.rate is None
        else {"bytes_per_second": round(told.rate.bytes_per_second, 1), "source": told.rate.source},
        "free_bytes": told.disk.free_bytes if told.disk else None,
        "backup_seconds": told.backup_seconds,
        "need_bytes": told.need_bytes,
        "backups": [
            {
                "kind": answer.kind,
                "verdict": answer.verdict,
                "reason": answer.reason.code,
                "guaranteed_bytes": answer.guaranteed_bytes,
                "unlimited": answer.unlimited,
                "typical_bytes": answer.typical_bytes,
                "typical_seconds": answer.typical_seconds,
            }
            for answer in told.backups
        ],
        "fillers": [{name: getattr(filler, name) for name in Filler.__dataclass_fields__} for filler in told.fillers],
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity,
                "settings": list(finding.settings),
                "facts": dict(finding.facts),
                "mends": [{"line": mend.line, "needs": mend.needs} for mend in finding.mends],
            }
            for finding in told.findings
        ],
        "unknowns": [said.code.removeprefix("unknown.") for said in told.unknowns],
        "refused": dict(told.facts.refused),
        "plays": [{"scenario": play.scenario, "address": play.address()} for play in told.plays],
    }
