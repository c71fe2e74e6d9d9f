"""Two languages, one meaning."""

from pathlib import Path

import pytest

from tests.house.catalogues import FOLDERS, one_sided_texts
from tests.house.sources import report


def test_every_text_stands_in_both_languages_with_the_same_gaps() -> None:
    found = one_sided_texts()
    assert not found, report(found)


def _catalogue(root: Path, folder: str, text: str) -> Path:
    path = root / folder / "deeper" / "events.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize(
    "text",
    [
        '[lost]\nja = "失われた"',
        '[lost]\nja = "失われた"\nen = ""',
        '[lost]\nja = "  "\nen = "lost"',
        '[event.lost]\nja = "{segment} が失われた"\nen = "lost"',
        '[event]\nlost = {ja = "{segment}", en = "{file}"}',
        '[lost]\nja = ["一", ""]\nen = ["one", "two"]',
        '[lost]\ntitle = "lost"',
        '[lost]\nja = "{"\nen = "{"',
        "[lost",
    ],
)
def test_a_text_that_lacks_a_side_or_a_gap_is_found(tmp_path: Path, folder: str, text: str) -> None:
    assert len(one_sided_texts(_catalogue(tmp_path, folder, text))) == 1


def test_a_finding_points_at_the_entry(tmp_path: Path) -> None:
    text = '[kept]\nja = "残る"\nen = "kept"\n\n[lost]\nja = "失われた"\n'
    found = one_sided_texts(_catalogue(tmp_path, "ui/texts", text))
    assert [str(finding) for finding in found] == ["ui/texts/deeper/events.toml:5: lost: no en"]


@pytest.mark.parametrize(
    "text",
    [
        '[lost]\nja = "{segment} が {{ }} 失われた"\nen = "{segment:>8} lost {{ }}"\nmanual = "wal.html"',
        '[event]\nlost = {ja = "{a}{b}", en = "{b}{a}"}',
        '[event.lost]\nja = {title = "喪失", body = "{a}"}\nen = {title = "loss", body = "{a}"}',
        'source = "where from"\n[lost]\nja = ["一"]\nen = ["one", "two"]',
    ],
)
def test_a_complete_text_is_let_through(tmp_path: Path, text: str) -> None:
    assert one_sided_texts(_catalogue(tmp_path, "ui/texts", text)) == []
