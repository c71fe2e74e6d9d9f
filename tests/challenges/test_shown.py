"""What a page is given after each command: plain data that survives JSON, and a history that is the whole state."""

from __future__ import annotations

import json

import pytest

from levels.attempt import attempt
from levels.challenge import Challenge
from levels.loader import all_challenges
from levels.shown import shown

PATH = all_challenges()
BY_ID = {one.id: one for one in PATH}


def test_the_beginning_keeps_its_secrets() -> None:
    """No hint and no explanation before they are asked for or earned."""
    first = shown(attempt(BY_ID["first-dump"]), "en")
    assert first["goal"] == [
        {
            "text": "/backup/shop.sql is a plain-text (SQL script) dump with 8 rows of orders",
            "holds": False,
            "missing": "There is no /backup/shop.sql.",
        }
    ]
    assert (first["hints"], first["more_hints"], first["why"], first["outcome"], first["stars"]) == (
        [],
        3,
        "",
        "open",
        0,
    )
    assert (first["chapter"], first["version"], first["par"]) == ("Logical backup", 14, 1)


def test_the_end_tells_why() -> None:
    """What the solution teaches, or what lost the level; in the language that is asked for."""
    first = attempt(BY_ID["first-dump"])
    won = shown(first.with_hint().played(BY_ID["first-dump"].solution_on(14)), "ja")
    assert (won["outcome"], won["stars"], won["commands"], won["more_hints"]) == ("reached", 3, 1, 2)
    assert won["why"].startswith("pg_dumpは普通のクライアント")
    lost = shown(first.enter("pg_ctl stop"), "en")
    assert (lost["outcome"], lost["why"]) == (
        "lost",
        "A logical backup needs no downtime, and the service is down now.",
    )


@pytest.mark.parametrize("challenge", PATH, ids=lambda one: one.id)
def test_a_history_is_the_whole_state(challenge: Challenge) -> None:
    """Sent as JSON and played again it gives the same."""
    now = attempt(challenge).played(challenge.solution_on(challenge.version))
    sent = json.loads(json.dumps(shown(now, "ja"), ensure_ascii=False))
    again = attempt(BY_ID[sent["id"]], sent["version"]).played(sent["history"])
    assert shown(again, "ja") == sent
    assert again.standing == now.standing
