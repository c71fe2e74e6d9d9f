"""`waldojo lab record`: perform a scenario on a throw-away server and write down what was seen."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

from console.files import load_or_tell
from console.performing import MALFORMED, performed
from console.words import word
from lab.texts import text
from simulator.recording import Recording, to_json

GOOD = 0


def record(file: str, pg: str | None, out: str | None, language: str) -> int:
    """Perform and write; to standard output when no file is named, packed when its name ends in .gz."""
    scenario = load_or_tell(file, language)
    if scenario is None:
        return MALFORMED
    place = None if out in (None, "-") else Path(str(out))
    if place is not None and (place.is_dir() or not place.parent.is_dir()):
        return _told(word("lab_no_folder", language, path=place))
    found = performed(scenario, pg, language)
    if isinstance(found, int):
        return found
    if not isinstance(found, Recording):
        return _told(word("lab_nothing_recorded", language, reason=text(found.code, language, **found.facts)))
    try:
        _write(found, place)
    except OSError as error:
        return _told(word("lab_not_written", language, path=place, reason=error.strerror or error))
    if found.reason:
        reason = text(found.reason, language, **found.facts)
        print(word("lab_recorded_part", language, count=len(found.run.steps), reason=reason), file=sys.stderr)
    if place is not None:
        facts = {
            "path": place,
            "count": len(found.run.steps),
            "release": found.release,
            "seconds": f"{found.seconds:.1f}",
        }
        print(word("lab_recorded", language, **facts), file=sys.stderr)
    return GOOD


def _write(recording: Recording, place: Path | None) -> None:
    told = to_json(recording)
    if place is None:
        print(json.dumps(told, ensure_ascii=False, indent=1))
        return
    if place.suffix == ".gz":
        # No time and no name inside: the same recording is the same bytes.
        place.write_bytes(gzip.compress(json.dumps(told, ensure_ascii=False).encode(), mtime=0))
        return
    place.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _told(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return MALFORMED
