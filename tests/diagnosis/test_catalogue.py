"""The catalogue is complete, well formed, and points at things that exist."""

import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from diagnosis.catalogue import entries, tables
from diagnosis.forms import gaps
from simulator.prose import catalogue
from simulator.versions import KNOWN

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "diagnosis" / "prose").glob("*.toml"))
Text = Annotated[str, Field(min_length=2)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WordsSchema(Strict):
    title: Text
    cause: Text
    remedy: Annotated[list[Text], Field(min_length=1, max_length=5)]
    belief: Text | None = None


class EntrySchema(Strict):
    says: list[Text] = []
    severity: Literal["", "PANIC", "FATAL", "ERROR", "WARNING", "NOTICE", "LOG"] = ""
    kind: Literal["problem", "follows", "normal", "belief"] = "problem"
    failures: list[Annotated[int, Field(ge=1, le=55)]] = []
    scenarios: list[Text] = []
    manual: Text
    leads_to: list[Text] = []
    general: bool = False
    find: str = ""
    messages: dict[str, list[Text]] = {}
    japanese: list[Text] = []
    ja: WordsSchema
    en: WordsSchema


@pytest.mark.parametrize("code", tables())
def test_every_entry_has_the_form_that_the_first_file_describes(code: str) -> None:
    entry = EntrySchema.model_validate(dict(tables()[code]))
    assert {int(major) for major in entry.messages} <= set(KNOWN)
    assert bool(entry.messages) == (entry.kind != "belief")
    assert bool(entry.says) == bool(entry.messages)


def test_no_entry_stands_twice() -> None:
    codes: Counter[str] = Counter()
    for file in FILES:
        codes.update(list(tomllib.loads(file.read_text(encoding="utf-8"))))
    assert [code for code, count in codes.items() if count > 1] == []
    assert len(codes) >= 120


def test_every_reference_leads_somewhere() -> None:
    scenarios = {file.stem for file in (ROOT / "scenarios").glob("*.yaml")}
    for entry in entries().values():
        assert set(entry.scenarios) <= scenarios, entry.code
        assert set(entry.leads_to) <= set(entries()), entry.code
        assert entry.manual in catalogue("manual"), entry.code
        for lang in ("ja", "en"):
            assert entry.manual_page(lang, 12)[0].startswith("https://")


def test_every_item_of_what_goes_wrong_has_an_entry() -> None:
    told = {number for entry in entries().values() for number in entry.failures}
    assert told == set(range(1, 56))


@pytest.mark.parametrize("code", tables())
def test_what_a_title_or_a_cause_names_can_be_read_from_some_message(code: str) -> None:
    table: Any = tables()[code]
    held = {gap for texts in table.get("messages", {}).values() for text in texts for gap in gaps(text)}
    for lang in ("ja", "en"):
        words = entries()[code].words[lang]
        named = set().union(*map(gaps, (words.title, words.cause, *words.remedy)))
        assert named <= held


def test_translations_leave_the_same_gaps_as_some_original() -> None:
    for entry in entries().values():
        originals = [gaps(form.text) for form in entry.forms if not form.japanese]
        for form in entry.forms:
            assert gaps(form.text) in originals or not form.japanese, form.text
