"""A command's words written anew: options by the host's tables, values by their kind, paths inside the run's folder."""

from __future__ import annotations

import re
from dataclasses import dataclass

from host.options import table
from host.options.getopt import Scanned, scan
from host.options.table import Option
from lab import NotHere
from lab.terminal import meta
from lab.terminal.allowed import COMMANDS, READERS, TOOLS, Ordinary, Tool
from lab.terminal.places import Places
from lab.terminal.sql import asks_reload
from lab.words import constant, name, told

_LSN = re.compile(r"[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}")
_SCRIPTS: dict[str, tuple[str, tuple[str, ...]]] = {"gunzip": ("gzip", ("-d",)), "zcat": ("gzip", ("-dc",))}
_NUMBER = re.compile(r"\+?[0-9]{1,9}")
_START = re.compile(r"\s*(?:-p\s*(5432|5433|5434))?\s*")
_CONNECTION = re.compile(r"(?:\s*(?:host=\S+|port=543[234]|user=[a-z_]+|dbname=[a-z_]+))+\s*")
_WAITS = ("endpos", "create-slot", "drop-slot")
"""Without one of them pg_receivewal goes on for ever."""


@dataclass(frozen=True, slots=True)
class Written:
    """What is started: the tool's name and its words; directories whose configuration a server will read."""

    tool: str
    words: tuple[str, ...]
    server_reads: tuple[str, ...] = ()
    """Data directories, as the session names them; '*': that of every server that runs."""
    dumps: bool = False
    """What it prints may be run by psql and pg_restore."""
    made: str = ""
    """The file or directory into which it dumps, as the session names it."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes one session's commands anew."""

    places: Places
    major: int

    def written(self, words: tuple[str, ...]) -> Written:
        """The command as it may be started; raises NotHere."""
        tool = words[0].removeprefix(f"/usr/lib/postgresql/{self.major}/bin/")
        if tool in TOOLS:
            return self._tool(tool, TOOLS[tool], words)
        if tool in COMMANDS:
            # On many systems gunzip and zcat are scripts of a shell around gzip.
            program, more = _SCRIPTS.get(tool, (tool, ()))
            return Written(program, (*more, *self._command(tool, words[1:])))
        if tool == "tar":
            return Written(tool, self._tar(words[1:]))
        raise NotHere("program", name=told(words[0]))

    def _tool(self, tool: str, rules: Tool, words: tuple[str, ...]) -> Written:
        of = table(tool, self.major)
        if of is None:
            raise NotHere("no_tool", tool=tool)
        if words[1:2] in (("--version",), ("-V",)):
            return Written(tool, ("--version",))
        scanned = scan(words[0], words[1:], of)
        if scanned.fault is not None:
            raise NotHere("option", tool=tool, option=told(scanned.fault.strip() or " ".join(words[1:])))
        spelled = {option.name: option for option in reversed(of.options)}
        out = [self._option(tool, rules, spelled[one], value) for one, value in scanned.given]
        out += self._operands(tool, rules, scanned.operands)
        extra, reads = self._more(tool, scanned)
        into = dict(scanned.given).get("file") if rules.dumps else None
        return Written(tool, (*extra, *out), reads, rules.dumps, "" if into in (None, "-") else str(into))

    def _more(self, tool: str, scanned: Scanned) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What the lab adds for its own safety, and whose configuration will be read."""
        given = dict(scanned.given)
        if tool == "psql":
            said = " ".join(value or "" for one, value in scanned.given if one == "command")
            return ("--no-psqlrc",), ("*",) if asks_reload(said) else ()
        if tool == "pg_rewind" and "target-pgdata" in given:  # it may start the target once, and ask for its settings
            return (), (str(given["target-pgdata"]),)
        if tool == "pg_receivewal" and not set(_WAITS) & set(given):
            raise NotHere("waits", tool=tool)
        if tool == "pg_ctl" and {"start", "restart", "reload"} & set(scanned.operands):
            data = given.get("pgdata") or self.places.pgdata
            if not data:
                raise NotHere("no_data")
            starts = "reload" not in scanned.operands
            more = self.places.server_options() if starts else ()
            return more, (data,)
        return (), ()

    def _option(self, tool: str, rules: Tool, option: Option, value: str | None) -> str:
        kind = rules.options.get(option.name)
        spelled = f"--{option.long}" if option.long else f"-{option.short}"
        if kind is None:
            raise NotHere("option", tool=tool, option=spelled)
        if value is None:
            return spelled
        if kind == "":
            raise NotHere("option", tool=tool, option=spelled)
        if kind == "start":
            if _START.fullmatch(value) is None:
                raise NotHere("value", tool=tool, option=spelled, value=told(value))
            return f"{spelled}={value}"
        real = self._value(tool, kind, value, spelled)
        return f"{spelled}={real}" if option.long else f"{spelled}{real}"

    def _operands(self, tool: str, rules: Tool, operands: tuple[str, ...]) -> list[str]:
        kinds = rules.operands
        if rules.more and kinds:
            kinds = (*kinds, *[kinds[-1]] * (len(operands) - len(kinds)))
        if len(operands) > len(kinds):
            raise NotHere("operands", tool=tool, word=told(operands[len(kinds)]))
        return [self._value(tool, kind, word, "") for kind, word in zip(kinds, operands, strict=False)]

    def _value(self, tool: str, kind: str, value: str, option: str) -> str:
        places = self.places
        match kind:
            case "name":
                return name(value)
            case "words" if not value.startswith("-"):
                return constant(value)
            case "count" if value.isdecimal() and len(value) < 10:
                return value
            case "lsn" if _LSN.fullmatch(value):
                return value
            case "path" | "data":
                return places.word(value)
            case "new" if value == "-" and tool in ("pg_restore", "pg_basebackup"):
                return value
            case "new":
                return places.new(value)
            case "script":
                return places.script(value)
            case "dump":
                return places.dump(value)
            case "sql":
                return meta.command(value, places.configs.real, places.space)
            case "socket" if value == places.socket:
                return places.word(value)
            case "server" if _CONNECTION.fullmatch(value):
                return " ".join(self._connected(word) for word in value.split())
            case "spaces" if value.count("=") == 1:
                old, _, new = value.partition("=")
                return f"{places.word(old)}={places.new(new)}"
            case _ if kind not in _KINDS and re.fullmatch(kind, value):
                return value
        raise NotHere("value", tool=tool, option=option or tool, value=told(value))

    def _connected(self, word: str) -> str:
        """A word of a connection string; a server is reached by the session's own socket only."""
        key, _, value = word.partition("=")
        return f"host='{self._value('', 'socket', value, key)}'" if key == "host" else word

    # The ordinary commands

    def _command(self, tool: str, words: tuple[str, ...]) -> tuple[str, ...]:
        rules, places = COMMANDS[tool], self.places
        options, operands = _split(tool, rules, words)
        first: list[str] = []
        if rules.first and operands:
            first.append(self._value(tool, rules.first, operands.pop(0), ""))
        if rules.operands == "copy":
            if len(operands) < 2:
                raise NotHere("operands", tool=tool, word=told(" ".join(operands)))
            target = places.into(operands[-1], operands[:-1])
            return (*options, "--", *map(places.word, operands[:-1]), target)
        take = {"path": places.word, "new": places.new, "gone": places.gone, "touched": places.touched}[rules.operands]
        if not operands and tool not in READERS | {"ls"}:
            raise NotHere("operands", tool=tool, word="")
        return (*options, "--", *first, *map(take, operands))

    def _tar(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """A tar of the forms c|x|t with f and perhaps z, v and -C: never absolute names, never a program."""
        if not words or re.fullmatch(r"-?[cxt][vzp]*f", words[0]) is None or len(words) < 2:
            raise NotHere("option", tool="tar", option=told(words[0] if words else ""))
        letters, archive, rest = words[0].lstrip("-"), words[1], list(words[2:])
        makes = letters.startswith("c")
        out = [f"-{letters}", archive if archive == "-" else (self.places.new if makes else self.places.word)(archive)]
        if ":" in archive:
            raise NotHere("path_characters", path=told(archive), limit=255)
        top = ""
        if rest[:1] == ["-C"] and len(rest) > 1:
            top = rest[1]
            out += ["-C", self.places.word(top)]
            rest = rest[2:]
        if letters.startswith("x"):
            self.places.unpacked(top or ".")
        for word in rest:
            if word.startswith(("-", "/", "@")) or ".." in word.split("/"):
                raise NotHere("option", tool="tar", option=told(word))
            if makes:
                self.places.word(f"{top}/{word}" if top else word)
        return (*out, "--", *rest) if rest else tuple(out)


def _split(tool: str, rules: Ordinary, words: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Options and operands of an ordinary command; raises NotHere for an option that is not in its table."""
    options: list[str] = []
    operands: list[str] = []
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            return options, operands + waiting
        if not word.startswith("-") or word == "-":
            operands.append(word)
        elif word[1] in rules.numbered or (rules.numbered and word[1:].isdecimal()):
            number = word[1:] if word[1:].isdecimal() else word[2:] or (waiting.pop(0) if waiting else "")
            if _NUMBER.fullmatch(number) is None:
                raise NotHere("value", tool=tool, option=word[:2], value=told(number))
            options.append(f"-{'n' if word[1:].isdecimal() else word[1]}{number}")
        elif set(word[1:]) <= set(rules.letters):
            options.append(word)
        else:
            raise NotHere("option", tool=tool, option=told(word))
    return options, operands


_KINDS = frozenset("name words count lsn path data new script dump sql socket server spaces start".split())
