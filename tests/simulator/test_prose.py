"""Every event, refusal and verdict is explained in both languages, in the agreed words, and never wrongly filled."""

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import pytest

from simulator import prose
from simulator.events import BasebackupFailed, Event, Files, Refused, ServerNotStarted, SettingWritten
from simulator.prose import KINDS, LANGUAGES, VERSION_WORDS, catalogue, explain
from simulator.ranges import EMPTY, Ranges
from simulator.restorable import Restorability
from simulator.versions import KNOWN

LONGEST = 220
# Wrong word: the word of the Japanese manual.
WRONG_WORDS = {
    "ログ先行書き込み": "先行書き込みログ",
    "WALログ": "WAL",
    "Xログ": "WAL",
    "WALセグメントファイル": "WALセグメント",
    "バックアップラベルファイル": "バックアップラベル",
    "ヒストリ": "履歴",
    "排他バックアップ": "排他的バックアップ",
    "排他モード": "排他的バックアップ",
    "テーブルスペース": "テーブル空間",
    "表領域": "テーブル空間",
    "リドゥ": "REDO位置",
    "REDOポイント": "REDO位置",
    "差分バックアップ": "増分バックアップ",
    "インクリメンタル": "増分",
    "プロモート": "昇格",
    "プロモーション": "昇格",
    "マスタ": "プライマリ",
    "スレーブ": "スタンバイ",
    "ロールフォワード": "再生",
    "リストアコマンド": "restore_command",
    "サーバー": "サーバ",
    "ユーザー": "ユーザ",
    "パラメーター": "パラメータ",
    "フォルダ": "ディレクトリ",
    "レプリケーション・スロット": "レプリケーションスロット",
    "目標タイムライン": "recovery_target_timeline",
    "オフラインバックアップモード": "オフライン",
    "タイムライン番号": "タイムライン",
}
POLITE_END = re.compile(r"(です|ます|ません|ました|でした|ください|ましょう)(\([^()]*\))?。$")
HALF_WIDTH_KANA = re.compile("[\uff61-\uff9f]")


def event_classes() -> dict[str, type[Event]]:
    found: dict[str, type[Event]] = {}
    todo: list[type[Event]] = [Event]
    while todo:
        for child in todo.pop().__subclasses__():
            found[child.__name__] = child
            todo.append(child)
    return found


EVENTS = event_classes()


def texts(name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every table of a catalogue that holds text, with the place where it stands."""

    def below(place: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if any(language in table for language in LANGUAGES):
            yield place, table
        for key, value in table.items():
            if isinstance(value, dict):
                yield from below(f"{place}.{key}", value)

    for key, entry in catalogue(name).items():
        yield from below(key, entry)


PLACES = [
    (f"{name}:{place}", table)
    for name in ("events", "refusals", "restorable", "changes")
    for place, table in texts(name)
]
EXPLAINED = [pytest.param(table, id=place) for place, table in PLACES]
SENTENCES = [
    pytest.param(table, id=place)
    for place, table in PLACES
    if not place.endswith(".title") and "{because}" not in table["ja"]
]


def gaps(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}


# -- Completeness ---------------------------------------------------------------------------------------------


def test_every_event_class_has_an_entry_and_every_entry_a_class() -> None:
    assert set(catalogue("events")) == set(EVENTS)


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_an_event_is_complete_and_fills_only_what_it_has(name: str) -> None:
    entry, names = catalogue("events")[name], {field.name for field in fields(EVENTS[name])}
    allowed = names | set(VERSION_WORDS)
    allowed |= {"holder"} if "held_by" in names else set()
    allowed |= {"because"} if "reason" in entry else set()
    assert {"ja", "en", "title", "manual", "kind"} <= set(entry)
    assert {entry[key] for key in ("variant", "reason") if key in entry} <= names
    assert ("variants" in entry) == ("variant" in entry)
    for place, table in texts("events"):
        if place.split(".")[0] == name:
            assert gaps(table["ja"]) == gaps(table["en"]), place
            assert gaps(table["ja"]) <= allowed, place


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("refusals", set(VERSION_WORDS)),
        ("restorable", set(VERSION_WORDS) | {field.name for field in fields(Restorability)}),
        ("changes", set()),
    ],
)
def test_other_catalogues_fill_only_what_they_are_given(name: str, allowed: set[str]) -> None:
    for place, table in texts(name):
        assert gaps(table["ja"]) == gaps(table["en"]), place
        assert gaps(table["ja"]) <= allowed, place


def test_titles_are_two_to_five_words() -> None:
    for name in ("events", "refusals", "restorable"):
        for place, table in texts(name):
            if place.endswith("title"):
                assert 1 <= len(table["en"].split()) <= 5, place
                assert len(table["ja"]) <= 20, place


def test_kinds_are_known_and_what_goes_wrong_has_a_hint() -> None:
    for name in ("events", "restorable"):
        for key, entry in catalogue(name).items():
            kinds = {entry["kind"], *(v.get("kind", entry["kind"]) for v in entry.get("variants", {}).values())}
            assert kinds <= set(KINDS), key
    assert all("hint" in entry for entry in catalogue("refusals").values())
    assert all("hint" in entry for entry in catalogue("restorable").values())


# -- Words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", SENTENCES)
def test_japanese_is_polite_and_in_the_agreed_words(table: Mapping[str, str]) -> None:
    assert POLITE_END.search(table["ja"]), table["ja"]


@pytest.mark.parametrize("table", EXPLAINED)
def test_texts_are_short_and_clean(table: Mapping[str, str]) -> None:
    ja, en = table["ja"], table["en"]
    assert max(len(ja), len(en)) <= LONGEST
    assert not HALF_WIDTH_KANA.search(ja)
    assert [word for word in WRONG_WORDS if word in ja] == []
    assert "  " not in en
    assert en == en.strip()
    assert en.isascii(), "typographic signs would look different from the server's own"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", sorted(catalogue("refusals")))
def test_a_failure_with_its_reason_is_still_short(code: str, lang: str) -> None:
    events = (
        Refused(code, "ERROR:  …"),
        BasebackupFailed("/backup/base", code),
        ServerNotStarted("/backup/base", code),
    )
    assert max(len(explain(event, lang, KNOWN[-1]).text) for event in events) <= LONGEST


# -- Filled in ------------------------------------------------------------------------------------------------


def sample(kind: type[Event], changed: Mapping[str, object]) -> Event:
    """An event with some value in every field."""
    values: dict[str, object] = {}
    for field in fields(kind):
        word = str(field.type)
        values[field.name] = (
            Files(Ranges.span(9, 13), 1 << 24)
            if "Files" in word
            else True
            if "bool" in word
            else 0x9000028
            if "int" in word
            else 2.5
            if "float" in word
            else "some value"
        )
    return kind(**{**values, **changed})


def samples(name: str) -> Iterator[Event]:
    entry, kind = catalogue("events")[name], EVENTS[name]
    yield sample(kind, {})
    types = {field.name: str(field.type) for field in fields(kind)}
    for value in (*entry.get("variants", ()), "slot s1", "/backup/base/backup_label"):
        field = entry.get("variant", "")
        if field:
            real: object = value == "True" if "bool" in types[field] else value
            real = 0 if "int" in types[field] else real
            yield sample(kind, {field: real})


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_an_event_says_itself_in_every_variant_major_and_language(name: str) -> None:
    for event in samples(name):
        for major in KNOWN:
            for lang in LANGUAGES:
                said = explain(event, lang, major)
                assert said.text
                assert said.title
                assert not re.search(r"[{}]", said.text + said.title + said.hint)
                assert f"/docs/{major}/" in said.manual_url or lang == "ja"


def test_a_variant_is_found_by_value_first_word_or_last_path_part() -> None:
    assert "pg_ctl restart" in explain(SettingWritten("wal_level", "replica", "postmaster"), "en", 14).hint
    kept = explain(sample(EVENTS["SegmentsKept"], {"held_by": "slot s1"}), "en", 14).text
    assert "Slot s1 still needs this WAL" in kept
    written = explain(sample(EVENTS["FileWritten"], {"path": "/backup/base/standby.signal"}), "en", 14).text
    assert "standby" in written.split("is made.")[1]


def test_texts_use_the_names_of_the_major() -> None:
    code = Refused("backup_not_in_progress", "")
    assert "pg_start_backup" in explain(code, "en", 14).hint
    assert "pg_backup_start" in explain(code, "en", 15).hint
    lost = sample(EVENTS["WalLost"], {"in_archive": True})
    assert "wal_keep_segments" in explain(lost, "ja", 12).hint
    assert "wal_keep_size" in explain(lost, "ja", 13).hint


@pytest.mark.parametrize("reason", sorted(catalogue("restorable")))
def test_a_verdict_says_itself(reason: str) -> None:
    files = Files(Ranges.span(9, 13), 1 << 24)
    answer = Restorability("/backup/base", False, reason, files, files, Files(EMPTY, 1 << 24), 0xD000000)
    for lang in LANGUAGES:
        said = prose.restorability_text(answer, lang, 14)
        assert said == prose.explain_restorability(answer, lang, 14)
        assert "/backup/base" in said.text


def test_a_learner_sees_the_title_where_a_catalogue_has_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {"ServerPanicked": {"title": {"ja": "停止", "en": "Down"}, "ja": "{nowhere}", "en": "{nowhere}"}}
    monkeypatch.setattr(prose, "catalogue", lambda name: broken if name == "events" else {})
    panicked = sample(EVENTS["ServerPanicked"], {})
    assert prose.event_text(panicked, "ja", 14).text == "停止"
    assert prose.event_text(sample(EVENTS["SlotLost"], {}), "en", 14).text == "SlotLost"
    with pytest.raises(prose.ProseError, match="SlotLost"):
        explain(sample(EVENTS["SlotLost"], {}), "en", 14)


def test_a_catalogue_is_read_from_its_file_once_however_much_is_explained() -> None:
    catalogue.cache_clear()
    for name in sorted(EVENTS):
        for event in samples(name):
            for lang in LANGUAGES:
                assert explain(event, lang, KNOWN[-1]).text
    assert catalogue.cache_info().hits > len(EVENTS)
    assert catalogue.cache_info().misses == len({"events", "refusals", "manual"})
