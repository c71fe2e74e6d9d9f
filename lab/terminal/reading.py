"""A line as commands: read by the host's own parser, expanded from the session's variables, never by a shell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from host.shell import globs
from host.shell.parser import parse
from host.shell.syntax import Literal, Pipeline, Script, Simple, SyntaxFault, Variable, Word
from lab import NotHere
from lab.words import told

Glob = Callable[[str], list[str]]
"""Paths that a pattern fits (as the session names them), sorted."""
_BRACE = re.compile(r"\{[^{}]*(?:,|\.\.)[^{}]*\}")
_SPLITS = re.compile(r"[\s*?\[]")
_MAGIC = re.compile(r"[*?\[\\]")
_OPERATORS = frozenset({">", ">>", ">|", "<", ">&"})
LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class Redirection:
    """`fd op target`, the target as text."""

    fd: int
    op: str
    target: str


@dataclass(frozen=True, slots=True)
class Order:
    """A simple command: words, variables for it alone, redirections."""

    words: tuple[str, ...]
    assigned: tuple[tuple[str, str], ...] = ()
    redirections: tuple[Redirection, ...] = ()


def script_of(line: str) -> Script:
    """The line as the host's parser has it; raises NotHere unless it is made of simple commands, |, &&, || and ;."""
    if len(line) > LONGEST:
        raise NotHere("too_long", text=told(line), limit=LONGEST)
    if not all(char.isprintable() for char in line):
        raise NotHere("control_character", text=told(line))
    try:
        script = parse(line)
    except (SyntaxFault, RecursionError) as fault:
        raise NotHere("line_form", what=told(str(fault))) from None
    for one in script.lists:
        if one.background:
            raise NotHere("line_form", what="&")
    for pipeline in pipelines(script):
        if pipeline.inverted or pipeline.timed:
            raise NotHere("line_form", what="!" if pipeline.inverted else "time")
        for command in pipeline.commands:
            if not isinstance(command, Simple):
                raise NotHere("line_form", what=type(command).__name__.lower())
    return script


def pipelines(script: Script) -> Iterator[Pipeline]:
    """Every pipeline, whether it will be run or not."""
    for one in script.lists:
        yield one.first
        for _, pipeline in one.rest:
            yield pipeline


def simples(script: Script) -> Iterator[Simple]:
    """Every simple command."""
    for pipeline in pipelines(script):
        for command in pipeline.commands:
            assert isinstance(command, Simple), "script_of has seen to it"
            yield command


def order(simple: Simple, variables: Mapping[str, str], glob: Glob) -> Order:
    """Its words expanded.  Raises NotHere for an expansion that only a shell could do."""
    words = [field for word in simple.words for field in _fields(word, variables, glob)]
    for one in simple.assigns:
        if one.append:
            raise NotHere("line_form", what="+=")
    assigned = tuple((one.name, _single(one.value, variables)) for one in simple.assigns)
    redirections = []
    for each in simple.redirects:
        if each.op not in _OPERATORS or (each.op == ">&" and (each.fd, _single(each.target, variables)) != (2, "1")):
            raise NotHere("line_form", what=each.op)
        if each.fd not in ((0,) if each.op == "<" else (1, 2)):
            raise NotHere("line_form", what=f"{each.fd}{each.op}")
        redirections.append(Redirection(each.fd, each.op.rstrip("|"), _single(each.target, variables)))
    return Order(tuple(words), assigned, tuple(redirections))


def _single(word: Word, variables: Mapping[str, str]) -> str:
    text, pattern, _ = _expanded(word, variables)
    if pattern is not None:
        raise NotHere("line_form", what=told(text))
    return text


def _fields(word: Word, variables: Mapping[str, str], glob: Glob) -> list[str]:
    text, pattern, quoted = _expanded(word, variables)
    if not text and not quoted:
        return []
    return (glob(pattern) or [text]) if pattern is not None else [text]


def _expanded(word: Word, variables: Mapping[str, str]) -> tuple[str, str | None, bool]:
    """The text, the pattern that it is (None: it is none), and whether anything in it was quoted."""
    text, pattern, magic, quoted = "", "", False, False
    for index, part in enumerate(word):
        match part:
            case Literal(said, True):
                text, pattern, quoted = text + said, pattern + _escaped(said), True
            case Literal(said, False):
                if (index == 0 and said.startswith("~")) or _BRACE.search(said):
                    raise NotHere("line_form", what=told(said))
                text, pattern, magic = text + said, pattern + said, magic or globs.MAGIC.search(said) is not None
            case Variable(name, "", _, kept):
                value = variables.get(name, "")
                if not kept and _SPLITS.search(value):
                    raise NotHere("line_form", what=f"${name}")
                text, pattern, quoted = text + value, pattern + _escaped(value), quoted or kept
            case _:
                raise NotHere("line_form", what="${…}" if isinstance(part, Variable) else "$(…)")
    return text, pattern if magic else None, quoted


def _escaped(text: str) -> str:
    return _MAGIC.sub(r"\\\g<0>", text)


def globbed(pattern: str, listed: Callable[[str], list[str]]) -> list[str]:
    """Paths that fit, from what directories hold; `listed` is told a directory as the pattern begins it."""
    found = [""]
    parts = pattern.split("/")
    for number, part in enumerate(parts):
        slash = "/" if number else ""
        if not globs.MAGIC.search(part.replace("\\*", "").replace("\\?", "").replace("\\[", "")):
            plain = re.sub(r"\\(.)", r"\1", part)
            found = [f"{head}{slash}{plain}" for head in found]
            continue
        found = [
            f"{head}{slash}{name}"
            for head in found
            for name in listed(f"{head}/" if number else ".")
            if (not name.startswith(".") or part.startswith(".")) and globs.matches(part, name)
        ]
    return sorted(found)
