"""Read bank files: YAML, checked against the schema; every fault is told with its file, line and field."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from levels.challenge import Text
from levels.loader import Builder, told
from quizzes import rules
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


@cache
def bank() -> tuple[Question, ...]:
    """The bank that comes with the dojo, by file and place in it; raises ScenarioError."""
    found: list[Question] = []
    folder = files(FOLDER).joinpath("bank")
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.name.endswith(".yaml"):
            found += loads(entry.read_bytes(), f"quizzes/bank/{entry.name}")
    return tuple(found)


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
    reader = _Reader(name, lines)
    made = tuple(reader.question(one, file.objective, ("questions", at)) for at, one in enumerate(file.questions))
    if reader.faults:
        raise ScenarioError(reader.faults)
    return made


class _Reader(Builder):
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
