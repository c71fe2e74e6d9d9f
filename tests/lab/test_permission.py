"""The lab starts servers only where nobody but the learner can ask for it, or where that was said to be all right."""

import sys

import pytest

from lab import permission
from lab.permission import Allowed, Denied, allowed
from lab.texts import text

LOOPBACK = ("127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "LOCALHOST", "localhost.", "::ffff:127.0.0.1")
ELSEWHERE = (None, "", " ", "0.0.0.0", "::", "192.168.1.5", "10.0.0.1", "dojo.example", "localhost.example", "127.1")
REASONS = (
    "off_by_choice", "off_not_loopback", "off_participant", "off_windows", "off_no_psycopg", "off_no_server",
)  # fmt: skip


def nothing() -> None:
    return None


def answer(address: str | None, wish: str | None = None, **classroom: bool) -> Allowed | Denied:
    environment = {} if wish is None else {"WALDOJO_LAB": wish}
    return allowed(address, environment, lacking=nothing, **classroom)


@pytest.mark.parametrize("address", LOOPBACK)
def test_on_a_loopback_address_it_is_on(address: str) -> None:
    assert answer(address) == Allowed()


@pytest.mark.parametrize("address", ELSEWHERE)
def test_on_an_address_that_others_reach_it_is_off_until_somebody_says_otherwise(address: str | None) -> None:
    assert answer(address) == Denied("off_not_loopback")
    assert answer(address, "1") == Allowed()


@pytest.mark.parametrize("wish", ["0", "no", "false", "off", "2"])
def test_any_other_word_than_one_turns_it_off_everywhere(wish: str) -> None:
    assert answer("127.0.0.1", wish) == Denied("off_by_choice")
    assert answer("0.0.0.0", wish, participant=True, teacher_allows=True) == Denied("off_by_choice")


def test_an_empty_variable_says_nothing() -> None:
    assert answer("127.0.0.1", "") == Allowed()
    assert answer("0.0.0.0", "") == Denied("off_not_loopback")


@pytest.mark.parametrize("wish", [None, "1"])
def test_a_participant_needs_the_teachers_switch(wish: str | None) -> None:
    assert answer("127.0.0.1", wish, participant=True) == Denied("off_participant")
    assert answer("127.0.0.1", wish, participant=True, teacher_allows=True) == Allowed()


def test_the_teachers_switch_does_not_open_a_server_that_is_closed() -> None:
    assert answer("0.0.0.0", participant=True, teacher_allows=True) == Denied("off_not_loopback")


def test_what_is_lacking_comes_last() -> None:
    assert allowed("127.0.0.1", {}, lacking=lambda: "off_no_server") == Denied("off_no_server")
    assert allowed("0.0.0.0", {}, lacking=lambda: "off_no_server") == Denied("off_not_loopback")


def test_what_is_lacking_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.binaries.installations", tuple)
    assert permission.what_is_lacking() == "off_no_server"
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert permission.what_is_lacking() == "off_no_psycopg"
    monkeypatch.setattr(sys, "platform", "win32")
    assert permission.what_is_lacking() == "off_windows"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_reason_says_what_to_do(language: str) -> None:
    said = [text(reason, language) for reason in REASONS]
    assert len(set(said)) == len(REASONS)
    assert all(len(words) > 30 for words in said)
