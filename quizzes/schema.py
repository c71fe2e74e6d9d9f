"""The schema of a bank file: what fields there are and what they may hold (pydantic checks it)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from levels.schema import CommandLine, ConditionFile, WorldFile
from quizzes.question import Fate, Kind, Level
from simulator.schema import Prose


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SaidFile(_Model):
    """What a command answers."""

    to: str = ""
    at: str = ""
    exit: int | None = None
    prints: str | int | None = None
    has: list[str] | str = []
    lacks: list[str] | str = []


class ClaimFile(ConditionFile):
    """A condition of a host, or what a command says."""

    said: SaidFile | None = None


class ExperimentFile(_Model):
    """A host and what is typed there."""

    world: WorldFile = WorldFile()
    prepare: list[CommandLine] = []
    shown: list[CommandLine] = []
    run: list[CommandLine] = []


class ChoiceFile(_Model):
    """One choice or step: its words in both languages, or a code that is the same in both."""

    text: Prose | None = None
    code: str | None = None
    right: bool = False
    because: Prose
    lines: list[CommandLine] = []
    claims: list[ClaimFile] = []


class WrongFile(_Model):
    """A typed answer that is wrong."""

    text: str
    because: Prose


class PictureFile(_Model):
    """Files that are to be clicked on."""

    path: str
    fate: Fate


class NumberFile(_Model):
    """A number."""

    value: float
    unit: str = ""
    line: str = ""


class QuestionFile(_Model):
    """One question."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    kind: Kind
    level: Level
    versions: str | int | None = None
    stem: Prose
    explanation: Prose
    difficulty: int = Field(ge=1, le=3)
    tags: list[str] = []
    terms: list[str] = []
    topics: list[str] = []
    failures: list[Annotated[int, Field(ge=1, le=55)]] = []
    manual: str = ""
    incident: str = ""
    facts: list[str] = Field(min_length=1)
    situational: bool = False
    experiment: ExperimentFile | None = None
    goal: list[ClaimFile] = []
    choices: list[ChoiceFile] = []
    also: list[list[int]] = []
    accepts: list[str] = []
    wrong: list[WrongFile] = []
    picture: PictureFile | None = None
    number: NumberFile | None = None


class BankFile(_Model):
    """A whole file: an objective and its questions."""

    objective: str = Field(pattern=r"^([SG][1-9]\.[1-9]|versions)$")
    format: Literal[1] = 1
    questions: list[QuestionFile] = Field(min_length=1)
