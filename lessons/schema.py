"""The schema of a lesson file and of the table of methods (pydantic checks it)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from levels.schema import CommandLine, WorldFile
from quizzes.schema import ClaimFile, ExperimentFile
from simulator.schema import EndingFile, Prose


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StepFile(_Model):
    """A line that is typed, and what is told of it."""

    run: CommandLine
    say: Prose | None = None


class PictureFile(_Model):
    """What plays: `scenario`, or `world`, `prepare` and `lines`."""

    stops: int = Field(ge=1)
    scenario: str = ""
    world: WorldFile = WorldFile()
    prepare: list[CommandLine] = []
    lines: list[StepFile] = []


class GuessFile(_Model):
    """One thing that may happen."""

    text: Prose
    right: bool = False
    because: Prose
    ends: list[EndingFile] = []
    claims: list[ClaimFile] = []


class PredictFile(_Model):
    """What the reader predicts before the picture plays on."""

    ask: Prose
    choices: list[GuessFile] = Field(min_length=2, max_length=4)


class TaskFile(_Model):
    """One thing to do."""

    text: Prose
    lines: list[CommandLine] = []
    challenge: str = ""


class LessonFile(_Model):
    """A whole lesson."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    place: int = Field(ge=1)
    title: Prose
    objective: str
    versions: str | int | None = None
    text: list[Prose] = Field(min_length=1, max_length=5)
    picture: PictureFile
    predict: PredictFile
    after: list[Prose] = Field(min_length=1, max_length=5)
    task: TaskFile = Field(alias="try")
    questions: list[str] = Field(min_length=3)
    manual: list[str] = Field(min_length=1)


class CellFile(_Model):
    """One cell of the table of methods."""

    method: str
    aspect: str
    text: Prose
    versions: str | int | None = None
    scenario: str = ""
    ends: list[EndingFile] = []
    experiment: ExperimentFile | None = None
    claims: list[ClaimFile] = []


class NamedFile(_Model):
    """A method or an aspect."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    name: Prose
    lesson: str = ""


class MethodsFile(_Model):
    """The whole table."""

    methods: list[NamedFile] = Field(min_length=1)
    aspects: list[NamedFile] = Field(min_length=1)
    cells: list[CellFile]
