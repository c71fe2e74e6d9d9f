"""Read bank files: YAML, checked against the schema; every fault is told with its file, line and field."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from pydantic_core import from_json

from levels.challenge import Text
from levels.loader import Builder, told
from quizzes import rules
from quizzes.packing import packed, unpacked
from quizzes.question import (
    Choice,
    Claim,
    Experiment,
    Number,
    Picture,
    Question,
    Said,
    Wrong,
)
from quizzes.schema import BankFile, ChoiceFile, ClaimFile, ExperimentFile, QuestionFile
from simulator.faults import Fault, ScenarioError
from simulator.loader import bytes_of, checked
from simulator.schema import Prose
from simulator.versions import KNOWN
from simulator.yaml_tree import Path_

FOLDER = "quizzes"
BANKS = "WALDOJO_BANKS"
"""The environment variable with folders of a teacher's own questions."""
KEPT = "bank-"
"""Files of the cache folder begin so."""


def _code() -> str:
    """The state of the files that make questions of YAML."""
    told = []
    for room in ("simulator", "levels", FOLDER):
        with os.scandir(str(files(room))) as entries:
            found = sorted((one.name, one.stat()) for one in entries if one.is_file())
        told += [f"{room}/{name} {state.st_size} {state.st_mtime_ns}" for name, state in found]
    return "\n".join(told)


CODE = _code()
"""As it was when this process took its code from them: a file that changes later is not what made its questions."""


@cache
def bank() -> tuple[Question, ...]:
    """The bank that comes with the dojo, by file and place in it; raises ScenarioError.

    Read and checked once for these very files and this very code, then kept as JSON in the user's cache folder.
    """
    folder = files(FOLDER).joinpath("bank")
    given = [one for one in sorted(folder.iterdir(), key=lambda one: one.name) if one.name.endswith(".yaml")]
    raw = {f"quizzes/bank/{one.name}": one.read_bytes() for one in given}
    place = _kept_at(raw)
    with suppress(OSError, ValueError, TypeError, LookupError):
        return unpacked(from_json(place.read_bytes()))
    found = tuple(one for name, text in raw.items() for one in loads(text, name))
    with suppress(OSError):
        _keep(place, packed(found))
    return found


def _kept_at(raw: Mapping[str, bytes]) -> Path:
    """Where the bank of these files is kept: its name tells what is in the files, and which code reads them."""
    told = sha256()
    for name, text in raw.items():
        told.update(f"{name} {len(text)}\n".encode() + text)
    told.update(CODE.encode())
    return cache_folder() / f"{KEPT}{told.hexdigest()[:32]}.json"


def cache_folder() -> Path:
    """Where this user's programs keep what they could work out again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "waldojo"


def _keep(place: Path, text: str) -> None:
    """Whole or not at all: another process may be reading.  What was kept for files of before goes."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = place.with_suffix(f".{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    new.replace(place)
    for old in place.parent.glob(f"{KEPT}*.json"):
        if old != place:
            old.unlink(missing_ok=True)


def beside_all() -> tuple[tuple[Question, ...], tuple[Fault, ...]]:
    """The banks of the folders that WALDOJO_BANKS names (several as in PATH)."""
    named = [Path(one) for one in os.environ.get(BANKS, "").split(os.pathsep) if one.strip()]
    read = [beside(folder) for folder in named]
    return tuple(one for found, _ in read for one in found), tuple(fault for _, faults in read for fault in faults)


def beside(folder: str | Path) -> tuple[tuple[Question, ...], tuple[Fault, ...]]:
    """A teacher's own bank: the questions of every sound file of a folder, and the faults of the others."""
    found: list[Question] = []
    faults: list[Fault] = []
    if not Path(folder).is_dir():
        return (), (Fault(str(folder), 0, "", "no_folder", {}),)
    for file in sorted([*Path(folder).glob("*.yaml"), *Path(folder).glob("*.yml")]):
        try:
            found += load(file)
        except ScenarioError as error:
            faults += error.faults
    return tuple(found), tuple(faults)


def load(path: str | Path) -> tuple[Question, ...]:
    """Read one file; raises ScenarioError with every fault found."""
    return loads(bytes_of(path), str(path))


def loads(raw: bytes, name: str = "bank") -> tuple[Question, ...]:
    """Read a file from bytes; `name` stands for it in messages."""
    file, lines = checked(BankFile, raw, name)
    reader = Reader(name, lines)
    made = tuple(reader.question(one, file.objective, ("questions", at)) for at, one in enumerate(file.questions))
    if reader.faults:
        raise ScenarioError(reader.faults)
    return made


class Reader(Builder):
    """Turns a checked file into questions, collecting faults that the schema cannot see."""

    def question(self, file: QuestionFile, objective: str, path: Path_) -> Question:
        """One question."""
        self.world = ""
        majors = self.majors(file.versions, (*path, "versions"), frozenset(KNOWN))
        made = Question(
            id=file.id,
            kind=file.kind,
            objective=objective,
            level=file.level,
            versions=majors,
            stem=told(file.stem),
            explanation=told(file.explanation),
            difficulty=file.difficulty,
            tags=tuple(file.tags),
            terms=tuple(file.terms),
            topics=tuple(file.topics),
            failures=tuple(file.failures),
            manual=file.manual,
            incident=file.incident,
            facts=tuple(file.facts),
            situational=file.situational,
            experiment=self.experiment(file.experiment, (*path, "experiment"), majors) if file.experiment else None,
            goal=self.claims(file.goal, (*path, "goal"), majors),
            choices=tuple(self.choice(one, (*path, "choices", at), majors) for at, one in enumerate(file.choices)),
            also=tuple(tuple(order) for order in file.also),
            accepts=tuple(file.accepts),
            wrong=tuple(Wrong(one.text, told(one.because)) for one in file.wrong),
            picture=Picture(file.picture.path, file.picture.fate) if file.picture else None,
            number=Number(file.number.value, file.number.unit, file.number.line) if file.number else None,
            file=self.name,
            line=self.lines.get(path, 1),
        )
        for field, kind, facts in rules.faults(made):
            self.fault((*path, *field), kind, **facts)
        return made

    def experiment(self, file: ExperimentFile, path: Path_, majors: frozenset[int]) -> Experiment:
        """A host and what is typed there."""
        return Experiment(
            self.beginning(file.world, majors),
            self.typed(file.prepare, (*path, "prepare"), majors),
            self.typed(file.shown, (*path, "shown"), majors),
            self.typed(file.run, (*path, "run"), majors),
        )

    def choice(self, file: ChoiceFile, path: Path_, majors: frozenset[int]) -> Choice:
        """One choice."""
        if (file.text is None) is (file.code is None):
            self.fault(path, "text_or_code")
        return Choice(
            text=_words(file.text, file.code),
            right=file.right,
            because=told(file.because),
            code=file.code is not None,
            lines=self.typed(file.lines, (*path, "lines"), majors),
            claims=self.claims(file.claims, (*path, "claims"), majors),
        )

    def claims(self, given: Sequence[ClaimFile], path: Path_, majors: frozenset[int]) -> tuple[Claim, ...]:
        """Claims: conditions of a host, or what a command says."""
        found = []
        for at, entry in enumerate(given):
            here = (*path, at)
            if entry.said is None:
                found += [Claim(one.versions, wanted=one) for one in self.conditions([entry], here, majors, goal=False)]
                continue
            said = entry.said
            self.check_machine(said.at, (*here, "said"))
            prints = None if said.prints is None else str(said.prints)
            mine = self.majors(entry.versions, (*here, "versions"), majors)
            told_so = Said(said.to, said.at, said.exit, prints, _all(said.has), _all(said.lacks), not entry.negated)
            found.append(Claim(mine, said=told_so))
        return tuple(found)


def _all(given: Sequence[str] | str) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _words(text: Prose | None, code: str | None) -> Text:
    return told(text) if text is not None else Text(code or "", code or "")
