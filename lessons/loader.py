"""Read lessons and the table of methods: YAML, checked against the schema; faults have file, line and field."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from lessons.lesson import Cell, Guess, Lesson, Methods, Named, Picture, Task
from lessons.schema import CellFile, GuessFile, LessonFile, MethodsFile, NamedFile, PictureFile, StepFile
from levels.challenge import Line
from levels.loader import told
from levels.schema import LineThere
from quizzes.loader import Reader
from quizzes.question import Experiment
from simulator import loader as scenarios
from simulator.faults import ScenarioError
from simulator.loader import checked
from simulator.scenario import Check
from simulator.schema import EndingFile
from simulator.versions import KNOWN
from simulator.yaml_tree import Path_

FOLDER = "lessons"


@cache
def lessons() -> tuple[Lesson, ...]:
    """All lessons in their order; raises ScenarioError."""
    folder = files(FOLDER).joinpath("book")
    found = [
        loads(entry.read_bytes(), f"{FOLDER}/book/{entry.name}")
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml")
    ]
    return tuple(sorted(found, key=lambda one: (one.place, one.id)))


@cache
def methods() -> Methods:
    """The table of methods; raises ScenarioError."""
    return loads_methods(files(FOLDER).joinpath("methods.yaml").read_bytes(), f"{FOLDER}/methods.yaml")


def loads(raw: bytes, name: str = "lesson") -> Lesson:
    """Read a lesson from bytes; `name` stands for it in messages."""
    file, lines = checked(LessonFile, raw, name)
    reader = _Reader(name, lines)
    made = reader.lesson(file)
    if reader.faults:
        raise ScenarioError(reader.faults)
    return made


def loads_methods(raw: bytes, name: str = "methods") -> Methods:
    """Read the table from bytes."""
    file, lines = checked(MethodsFile, raw, name)
    reader = _Reader(name, lines)
    made = reader.table(file)
    if reader.faults:
        raise ScenarioError(reader.faults)
    return made


class _Reader(Reader):
    """Turns checked files into lessons, collecting faults that the schema cannot see."""

    def lesson(self, file: LessonFile) -> Lesson:
        """One lesson."""
        majors = self.majors(file.versions, ("versions",), frozenset(KNOWN))
        if (file.picture.scenario == "") is (not file.picture.lines):
            self.fault(("picture",), "one_action", wrong="-", allowed="scenario, lines")
        self.beginning(file.picture.world, majors)
        choices = enumerate(file.predict.choices)
        return Lesson(
            id=file.id,
            place=file.place,
            title=told(file.title),
            objective=file.objective,
            versions=majors,
            text=tuple(told(one) for one in file.text),
            ask=told(file.predict.ask),
            guesses=tuple(self.guess(one, ("predict", "choices", at), majors) for at, one in choices),
            picture=self.picture(file.picture, ("picture",), majors),
            after=tuple(told(one) for one in file.after),
            task=Task(told(file.task.text), self.lines_of_task(file, majors), file.task.challenge),
            questions=tuple(file.questions),
            manual=tuple(file.manual),
            file=self.name,
            line=self.lines.get((), 1),
        )

    def lines_of_task(self, file: LessonFile, majors: frozenset[int]) -> tuple[Line, ...]:
        """What is typed for the reader already: at the sandbox, which has one machine."""
        self.world = ""
        return self.typed(file.task.lines, ("try", "lines"), majors)

    def picture(self, file: PictureFile, path: Path_, majors: frozenset[int]) -> Picture:
        """What plays."""
        if file.scenario:
            return Picture(file.stops, scenario=file.scenario)
        experiment = Experiment(
            self.beginning(file.world, majors),
            self.typed(file.prepare, (*path, "prepare"), majors),
            run=self.typed([one.run for one in file.lines], (*path, "lines"), majors),
        )
        says = [told(step.say) if step.say else None for step in file.lines for _ in _forms(step)]
        return Picture(file.stops, experiment=experiment, says=tuple(says))

    def guess(self, file: GuessFile, path: Path_, majors: frozenset[int]) -> Guess:
        """One thing that may happen."""
        if bool(file.ends) is bool(file.claims):
            self.fault(path, "one_check", wrong="-", allowed="ends, claims")
        return Guess(
            text=told(file.text),
            right=file.right,
            because=told(file.because),
            ends=self.ends(file.ends, (*path, "ends"), majors),
            claims=self.claims(file.claims, (*path, "claims"), majors),
        )

    def ends(self, given: Sequence[EndingFile], path: Path_, majors: frozenset[int]) -> tuple[Check, ...]:
        """Endings of a scenario."""
        builder = scenarios.Builder(self.name, self.lines)
        found = builder.ending(given, majors, path)
        self.faults += builder.faults
        return tuple(found)

    def table(self, file: MethodsFile) -> Methods:
        """The table: every method has every aspect once."""
        methods, aspects = self.named(file.methods), self.named(file.aspects)
        cells: dict[tuple[str, str], Cell] = {}
        for at, one in enumerate(file.cells):
            path: Path_ = ("cells", at)
            for field, word, known in (("method", one.method, methods), ("aspect", one.aspect, aspects)):
                if word not in {each.id for each in known}:
                    self.fault((*path, field), "not_one_of", wrong=word, allowed=", ".join(each.id for each in known))
            cells[one.method, one.aspect] = self.cell(one, path)
        for method in methods:
            for aspect in aspects:
                if (method.id, aspect.id) not in cells:
                    self.fault(("cells",), "no_cell", method=method.id, aspect=aspect.id)
        return Methods(methods, aspects, cells)

    def named(self, given: Sequence[NamedFile]) -> tuple[Named, ...]:
        """Methods or aspects."""
        return tuple(Named(one.id, told(one.name), one.lesson) for one in given)

    def cell(self, file: CellFile, path: Path_) -> Cell:
        """One cell."""
        majors = self.majors(file.versions, (*path, "versions"), frozenset(KNOWN))
        if bool(file.scenario) is bool(file.experiment):
            self.fault(path, "one_action", wrong="-", allowed="scenario, experiment")
        for needs, field, given in ((file.scenario, "ends", file.ends), (file.experiment, "claims", file.claims)):
            if needs and not given:
                self.fault((*path, field), "missing")
        experiment = self.experiment(file.experiment, (*path, "experiment"), majors) if file.experiment else None
        claims = self.claims(file.claims, (*path, "claims"), majors)
        ends = self.ends(file.ends, (*path, "ends"), majors)
        return Cell(told(file.text), majors, file.scenario, ends, experiment, claims, self.lines.get(path, 1))


def _forms(step: StepFile) -> Sequence[object]:
    """The ways in which a line is typed: one, or one for each span of majors."""
    lines = step.run.run if isinstance(step.run, LineThere) else step.run
    return (lines,) if isinstance(lines, str) else tuple(lines)
