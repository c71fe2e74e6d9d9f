"""`waldojo versions`: the table of what changed between majors."""

from __future__ import annotations

import json

from console.words import word
from simulator.prose import changes


def versions(*, as_json: bool, language: str) -> int:
    """Print the changes, newest major last."""
    rows = changes(language)
    if as_json:
        shown = [{name: getattr(row, name) for name in row.__slots__} for row in rows]
        print(json.dumps(shown, ensure_ascii=False, indent=1))
        return 0
    print(word("versions_title", language))
    seen = ""
    for row in rows:
        if str(row.version) != seen:
            seen = str(row.version)
            print(f"\nPostgreSQL {seen}")
        print(f"  - {row.text}")
    return 0
