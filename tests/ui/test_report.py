"""'Prediction and reality' without a browser: the report, recordings that are opened, addresses that lead nowhere."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from tests.ui import recorded, visiting
from tests.ui.visiting import told
from ui import language, openers, realities, report, shelf
from ui.report import Report, Row

GOOD = Row("fetch-loses-wal", 16, "16.14", equal=146, seconds=4.0, prediction_ms=0.4)
BAD = Row("fetch-loses-wal", 18, "18.4", equal=140, different=6, seconds=6.0, prediction_ms=0.4)
PART = Row("archive-timeout-switches", 16, "16.14", equal=12, reason="wait", seconds=1.0, prediction_ms=0.1)
OFF = Row("archive-timeout-switches", 18, "18.4", reason="not_for_a_lab")
BROKEN = Row("cold-copy", 18, "18.4", reason="failed", facts={"reason": "it fell over"})
REPORT = Report("2026-01-02", (GOOD, BAD, PART, OFF, BROKEN))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "report", lambda: REPORT)
    monkeypatch.setattr(realities, "catalogue", dict)
    realities.shipped.cache_clear()


def matrix() -> dict[str, list[object]]:
    sent = json.loads(report.matrix_text(REPORT, shelf.grouped(), {"lang": "en"}, "en"))
    return {row["t"]: row["cells"] for group in sent["groups"] for row in group["rows"]}


def test_a_cell_says_what_came_of_it_and_leads_there() -> None:
    title = shelf.scenarios()["fetch-loses-wal"].title.en
    good, bad = matrix()[title]
    assert good == {
        "g": "✓",
        "n": "146/146",
        "st": "good",
        "t": "PostgreSQL 16: 146 of 146 fields as predicted",
        "href": "?lang=en&scenario=fetch-loses-wal&v=16",
        "key": "fetch-loses-wal 16",
    }
    assert isinstance(bad, dict)
    assert (bad["g"], bad["n"], bad["st"]) == ("≠", "140/146", "bad")


def test_what_was_not_performed_is_neither_good_nor_bad() -> None:
    cells = matrix()
    part, off = cells[shelf.scenarios()["archive-timeout-switches"].title.en]
    none, broken = cells[shelf.scenarios()["cold-copy"].title.en]
    assert [cell and cell["st"] for cell in (part, off, none, broken)] == ["good", "off", None, "bad"]  # type: ignore[index]
    assert [cell and cell["g"] for cell in (part, off, none, broken)] == ["✓*", "–", None, "✕"]  # type: ignore[index]


@pytest.mark.parametrize("lang", language.LANGUAGES)
def test_the_totals_count_runs_fields_and_times(shown: None, lang: str) -> None:
    said = told(visiting.page("reality", lang=lang))
    for figure in ("**3**", "**2**", "**304**", "**298**", "4.0", "10,000", "2026-01-02"):
        assert figure in said
    assert language.tell("reality", "left_out_title", lang) in [
        each.label for each in visiting.page("reality", lang=lang).expander
    ]


@pytest.mark.parametrize("lang", language.LANGUAGES)
def test_why_something_was_left_out_is_said(shown: None, lang: str) -> None:
    assert language.reason("not_for_a_lab", lang) in told(visiting.page("reality", lang=lang))


def test_without_a_report_the_page_says_how_to_make_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "report", lambda: None)
    assert "waldojo lab check" in told(visiting.page("reality"))


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ({"scenario": "fetch-loses-wal", "v": "16"}, "All 146 compared fields are as predicted"),
        ({"scenario": "fetch-loses-wal", "v": "18"}, "6 of 146 compared fields differ from the prediction"),
        ({"scenario": "archive-timeout-switches", "v": "18"}, "Not yet asked of a real server"),
        ({"scenario": "slot-dropped-frees-wal"}, "Not yet asked of a real server"),
    ],
)
def test_a_run_without_a_recording_is_told_by_its_figures(shown: None, query: dict[str, str], title: str) -> None:
    app = visiting.page("reality", **query)
    assert app.title[0].value.replace("\\", "") == title


@pytest.mark.parametrize("lang", language.LANGUAGES)
@pytest.mark.parametrize(
    "query", [{"run": "run-0123456789ab"}, {"scenario": "no-such-thing"}, {"v": "99"}, {"lang": "xx"}]
)
def test_an_address_that_leads_nowhere_is_said_and_the_report_stands(query: dict[str, str], lang: str) -> None:
    app = visiting.page("reality", **{"lang": lang, **query})
    assert next(iter(query.values())) in told(app)
    assert app.file_uploader


def upload(raw: bytes, lang: str = "en") -> AppTest:
    app = visiting.page("reality", lang=lang)
    app.file_uploader(openers.RECORDING).set_value(("mine.json", raw, "application/json")).run()
    assert not app.exception
    return app


def test_an_opened_recording_stands_beside_its_prediction_at_once() -> None:
    app = upload(recorded.doctored(recorded.without_the_oldest_file))
    assert app.title[0].value.replace("\\", "") == "The first difference is at step 6: files in pg_wal"
    assert app.query_params["run"].startswith("run-")
    assert app.query_params["v"] == "16"
    assert "A recording that you opened, of 2026-01-02" in told(app)


def test_the_seconds_of_both_stand_side_by_side() -> None:
    said = told(upload(recorded.told().encode()))
    assert "PostgreSQL 16.0 took **4.2 s**, the prediction **" in said
    assert "times** faster" in said


def test_a_recording_that_is_saved_can_be_opened_again() -> None:
    held = realities.held(realities.read(recorded.told().encode()), "live")
    again = realities.held(realities.read(realities.file_of(held).encode()), "opened")
    assert again.id == held.id


@pytest.mark.parametrize("lang", language.LANGUAGES)
def test_a_file_that_is_none_is_told_by_name(lang: str) -> None:
    app = upload(b"{}", lang)
    assert "mine\\.json" in app.error[0].value
    assert app.file_uploader


def test_every_text_of_the_page_is_used() -> None:
    from pathlib import Path

    code = "\n".join(path.read_text(encoding="utf-8") for path in Path(report.__file__).parents[1].rglob("*.py"))
    for name, built in {
        "reality": ("field_", "how_", "place_", "source_", "cell_", "recording_"),
        "asking": ("who_",),
    }.items():
        keys = language.words(name, "ja")
        assert [key for key in keys if f'"{key}"' not in code and not key.startswith(built)] == []
