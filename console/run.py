"""`waldojo run`: play a scenario in the model and say whether its ending was reached."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from console.files import load_or_tell
from console.steps import command_words
from console.words import unknown_version, word
from simulator.ending import Verdict, evaluate
from simulator.lsn import format_lsn
from simulator.observation import Step
from simulator.play import Prediction, predict
from simulator.prose import event_text
from simulator.scenario import Scenario
from simulator.settings import UnmodelledParameter
from simulator.settings_values import InvalidValue
from simulator.versions import UnknownVersion

REACHED, NOT_REACHED, MALFORMED = 0, 1, 2


def run(file: str, major: str | None, changes: Sequence[str], *, as_json: bool, language: str) -> int:
    """Play and print; returns the exit code."""
    scenario = load_or_tell(file, language)
    if scenario is None:
        return MALFORMED
    overrides = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals or not name:
            print(word("bad_set", language, given=change), file=sys.stderr)
            return MALFORMED
        overrides[name.strip()] = value.strip()
    try:
        prediction = predict(scenario, _major(major), overrides)
    except UnknownVersion as error:
        print(unknown_version(error, language), file=sys.stderr)
        return MALFORMED
    except InvalidValue as error:
        print("\n".join(error.lines("ERROR")), file=sys.stderr)
        return MALFORMED
    except UnmodelledParameter as error:
        print(word("unmodelled", language, text=str(error)), file=sys.stderr)
        return MALFORMED
    verdicts = evaluate(scenario, prediction)
    if as_json:
        print(json.dumps(_as_json(scenario, prediction, verdicts, language), ensure_ascii=False, indent=1))
    else:
        _print(scenario, prediction, verdicts, language)
    return REACHED if all(verdict.met for verdict in verdicts) else NOT_REACHED


def _major(given: str | None) -> int | None:
    if given is None:
        return None
    if not (given.isascii() and given.isdigit()):
        raise UnknownVersion(given)
    return int(given)


def _print(scenario: Scenario, prediction: Prediction, verdicts: Sequence[Verdict], language: str) -> None:
    print(f"{scenario.title.of(language)}  (PostgreSQL {prediction.run.major})")
    for number, step in enumerate(prediction.run.steps, 1):
        indent = "  " * step.depth
        print(f"\n{number:3} {indent}{(step.typed and '$ ' + step.typed) or command_words(step.command, language)}")
        for line in (*step.observation.stdout, *step.observation.stderr):
            print(f"    {indent}{line}")
        for line in step.observation.server_log:
            print(f"    {indent}[log] {line}")
        for event in step.events:
            print(f"    {indent}* {event_text(event, language, prediction.run.major).text}")
        print(f"    {indent}= {_seen(step)}")
    print()
    for verdict in verdicts:
        mark = word("met" if verdict.met else "not_met", language)
        facts = {name: value for name, value in verdict.check.facts.items() if value != ""}
        print(f"{mark} {verdict.check.kind} {facts}: {verdict.found.splitlines()[-1]}")
    reached = all(verdict.met for verdict in verdicts)
    print(word("reached" if reached else "not_reached", language))
    if reached:
        print(scenario.outcome.of(language))


def _seen(step: Step) -> str:
    """What a DBA sees after a step, in one line: position, redo point, files, archive, slots."""
    seen = step.observation
    pg_wal = seen.pg_wal.listing(seen.segment_size) if seen.pg_wal else []
    archive = seen.archive.listing(seen.segment_size) if seen.archive else []
    parts = [
        f"wal {format_lsn(seen.wal_lsn or 0)}",
        f"redo {format_lsn(seen.redo_lsn or 0)}",
        f"pg_wal {len(pg_wal)}" + (f" ({pg_wal[0]} … {pg_wal[-1]})" if pg_wal else ""),
    ]
    if archive:
        parts.append(f"archive {len(archive)} (… {archive[-1]})")
    parts += [f"slot {row.name} {row.wal_status or format_lsn(row.restart_lsn or 0)}" for row in seen.slots or ()]
    if not seen.running:
        parts.append("server down")
    return ", ".join(parts)


def _as_json(scenario: Scenario, prediction: Prediction, verdicts: Sequence[Verdict], language: str) -> object:
    return {
        "scenario": scenario.id,
        "version": prediction.run.major,
        "backend": prediction.run.backend,
        "reached": all(verdict.met for verdict in verdicts),
        "ending": [{"check": v.check.kind, "met": v.met, "found": v.found} for v in verdicts],
        "steps": [_step_json(step, language, prediction.run.major) for step in prediction.run.steps],
    }


def _step_json(step: Step, language: str, major: int) -> object:
    seen = step.observation
    return {
        "command": step.typed or type(step.command).__name__,
        "exit": seen.exit_code,
        "stdout": list(seen.stdout),
        "stderr": list(seen.stderr),
        "log": list(seen.server_log),
        "running": seen.running,
        "wal_lsn": format_lsn(seen.wal_lsn or 0),
        "redo_lsn": format_lsn(seen.redo_lsn or 0),
        "pg_wal": seen.pg_wal.listing(seen.segment_size) if seen.pg_wal else None,
        "archive_status": seen.pg_wal.status_listing(seen.segment_size) if seen.pg_wal else None,
        "archive": seen.archive.listing(seen.segment_size) if seen.archive else None,
        "slots": [{"name": row.name, "wal_status": row.wal_status} for row in seen.slots or ()],
        "tables": dict(seen.tables or ()),
        "events": [
            {"event": event.code, **event.facts(), "text": event_text(event, language, major).text}
            for event in step.events
        ],
    }
