"""Catalogues hold every text in Japanese and in English, with the same gaps to fill."""

import string
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.house.sources import ROOT, Finding

LANGUAGES = ("ja", "en")
FOLDERS = (
    "simulator/prose",
    "ui/texts",
    "lab",
    "console",
    "inspection",
    "levels",
    "diagnosis/prose",
    "quizzes/exchange",
    "quizzes/templates",
)


def one_sided_texts(root: Path = ROOT) -> list[Finding]:
    found = []
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.toml")):
            name = path.relative_to(root).as_posix()
            text = path.read_text(encoding="utf-8")
            try:
                catalogue = tomllib.loads(text)
            except tomllib.TOMLDecodeError as error:
                found.append(Finding(name, 1, f"not TOML: {error}"))
                continue
            for key, entry in entries(catalogue):
                found += [Finding(name, _line(text, key), f"{key}: {says}") for says in _faults(entry)]
    return found


def entries(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """The tables that hold text: those with a language in them, and those with no table in them."""
    subtables = {key: value for key, value in table.items() if isinstance(value, dict)}
    if prefix and (not subtables or any(language in table for language in LANGUAGES)):
        yield prefix, table
        return
    for key, value in subtables.items():
        yield from entries(value, f"{prefix}.{key}" if prefix else key)


def _faults(entry: dict[str, Any]) -> Iterator[str]:
    missing = [language for language in LANGUAGES if not _filled(entry.get(language))]
    if missing:
        yield f"no {' and no '.join(missing)}"
        return
    try:
        gaps = {language: _placeholders(entry[language]) for language in LANGUAGES}
    except ValueError as error:
        yield f"braces: {error}"
        return
    if gaps["ja"] != gaps["en"]:
        yield f"ja fills {sorted(gaps['ja'])}, en fills {sorted(gaps['en'])}"


def _filled(value: object) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, list):
        return bool(value) and all(map(_filled, value))
    return isinstance(value, dict) and bool(value) and all(map(_filled, value.values()))


def _placeholders(value: object) -> set[str]:
    if isinstance(value, str):
        return {field for _, field, _, _ in string.Formatter().parse(value) if field is not None}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set().union(*map(_placeholders, parts))


def _line(text: str, key: str) -> int:
    """Where the entry is opened; TOML keeps no positions, so its last word is looked for."""
    last = key.rsplit(".", 1)[-1]
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("[") and stripped.strip("[]").replace('"', "").endswith(key):
            return number
        if stripped.replace('"', "").split("=")[0].strip() in {key, last}:
            return number
    return 1
