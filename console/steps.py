"""What the world does, in words, where nobody typed anything."""

from __future__ import annotations

from console.words import word
from simulator import commands as c
from simulator.events import size_words


def command_words(command: c.Command, language: str) -> str:
    """One line for a command of the world; the class name for one that is always typed."""
    match command:
        case c.WriteWal():
            return word("write_wal", language, size=size_words(command.bytes))
        case c.Wait():
            rate = size_words(int(command.rate))
            return word("wait", language, seconds=f"{command.seconds:g}", rate=rate)
        case c.Crash():
            return word("crash", language)
        case c.SetArchive():
            if command.seconds_per_file:
                return word("archive_slow", language, seconds=f"{command.seconds_per_file:g}")
            return word("archive_works" if command.works and not command.fails_for else "archive_fails", language)
        case c.ResizeDisk():
            return word("disk", language, size=size_words(command.bytes))
        case c.CloseSession():
            return word("close", language, session=command.session)
        case c.HoldReceiver():
            return word("hold" if command.held else "release", language)
        case c.RemoveOldest():
            return word("delete_oldest", language, count=command.count)
        case c.SaveLabel():
            return word("save_label", language, directory=command.directory)
        case c.ClientFinishes():
            return word("finishes", language)
        case _:
            return type(command).__name__
