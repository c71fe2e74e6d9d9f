"""archive_command and restore_command are read by their structure, and the model does what the form does."""

from dataclasses import replace

import pytest

from simulator.archive_forms import archive_form, restore_form
from simulator.commands import SwitchWal, WriteWal
from simulator.play import first_world
from simulator.scenario import ServerPlan
from simulator.step import perform
from simulator.world import World

PLAN = ServerPlan(16, frozenset({16}), 1 << 20, {}, {}, None, archive_command=True, slots=())
KNOWN = {
    "": "none",
    "cp %p /archive/%f": "copy",
    'cp "%p" "/archive/%f"': "copy",
    "/bin/cp -p %p '/archive/%f'": "copy",
    "test ! -f /archive/%f && cp %p /archive/%f": "copy_new",
    "test ! -e /archive/%f&&cp %p /archive/%f": "copy_new",
    "[ ! -f /archive/%f ] && cp %p /archive/%f": "copy_new",
    "sleep 5 && cp %p /archive/%f": "slow",
    "/bin/true": "succeed",
    "exit 1": "fail",
}
FOREIGN = (
    " ",
    "cp",
    "cp %p /archive/%f; x",
    "cp %p /archive/%f & x",
    "cp %p /archive/%f | x",
    "cp %p /archive/%f || x",
    "cp %p /archive/%f && x",
    "cp %p /archive/%f > x",
    "cp %p /archive/%f\nx",
    "cp %p /archive/%f # x",
    "cp $(x) /archive/%f",
    "cp `x` /archive/%f",
    "cp %p /archive/$HOME",
    "cp %p /etc/%f",
    "cp %p /archive/../%f",
    "cp -i %p /archive/%f",
    "cp /archive/%f %p",
    "cp '%p /archive/%f",
    "test -f /archive/%f && cp %p /archive/%f",
    "test ! -f /archive/%f && cp %p /archive/%f && x",
    "sleep 5",
    "sleep 5s && cp %p /archive/%f",
    "exit 2",
    "ｃp %p /archive/%f",
    "cp" + " " * 300 + "%p /archive/%f",
)


@pytest.mark.parametrize("text", KNOWN)
def test_a_known_form_is_recognised(text: str) -> None:
    assert archive_form(text) == KNOWN[text]


@pytest.mark.parametrize("text", FOREIGN)
def test_everything_else_is_not(text: str) -> None:
    assert archive_form(text) is None


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", "none"),
        ("cp /archive/%f %p", "copy"),
        ('cp "/archive/%f" "%p"', "copy"),
        ("false", "fail"),
        ("true", None),
        ("cp %p /archive/%f", None),
        ("cp /archive/%f %p; x", None),
    ],
)
def test_a_restore_command_too(text: str, form: str | None) -> None:
    assert restore_form(text) == form


def after(archive_command: str) -> World:
    world = first_world(replace(PLAN, settings={"archive_mode": "on", "archive_command": archive_command}), 16, {})
    for command in (WriteWal(2 << 20), SwitchWal()):
        world = perform(world, command).world
    return world


def test_both_that_copy_fill_the_archive_alike() -> None:
    plain, careful = after("cp %p /archive/%f"), after("test ! -f /archive/%f && cp %p /archive/%f")
    assert plain.archive.segments == careful.archive.segments
    assert plain.archive.archived_count > 0


def test_one_that_only_says_yes_keeps_nothing() -> None:
    world = after("/bin/true")
    assert world.archive.archived_count > 0
    assert not world.archive.segments
    assert not world.primary.data.pg_wal.ready


def test_one_that_fails_leaves_everything_ready() -> None:
    world = after("exit 1")
    assert world.archive.archived_count == 0
    assert world.primary.data.pg_wal.ready
