"""The arrows between the rooms, and the purity of the model."""

import pytest

from tests.house.imports import forbidden_imports, impurities
from tests.house.sources import Source, report, sources


def test_every_room_imports_only_what_its_row_allows() -> None:
    found = forbidden_imports(sources())
    assert not found, report(found)


def test_the_model_has_no_clock_no_chance_and_no_io() -> None:
    found = impurities(sources())
    assert not found, report(found)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("simulator/wal.py", "import streamlit"),
        ("simulator/wal.py", "import numpy as np"),
        ("simulator/wal.py", "from yaml import safe_load"),
        ("simulator/wal.py", "from lab import server"),
        ("simulator/wal.py", "from ..ui import theatre"),
        ("simulator/wal.py", "def late():\n    import ui.theatre"),
        ("lab/server.py", "import quizzes"),
        ("lab/server.py", "import streamlit"),
        ("quizzes/bank.py", "from ui import texts"),
        ("ui/theatre.py", "import app"),
        ("ui/theatre.py", "from tests.house import sources"),
        ("app.py", "import simulator"),
    ],
)
def test_an_arrow_that_turns_back_is_found(path: str, text: str) -> None:
    assert len(forbidden_imports([Source(path, text)])) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "simulator/wal.py",
            "import dataclasses\nfrom simulator import lsn\nfrom . import lsn\nfrom .lsn import Lsn",
        ),
        ("simulator/loader.py", "import yaml\nfrom pydantic import BaseModel"),
        ("simulator/sweep.py", "import numpy"),
        ("lab/server.py", "import psycopg\nimport simulator.commands"),
        ("ui/theatre.py", "import streamlit\nfrom quizzes import bank"),
        ("tests/lab/test_server.py", "import lab, simulator, ui, app, hypothesis"),
    ],
)
def test_an_arrow_that_the_table_draws_is_let_through(path: str, text: str) -> None:
    assert forbidden_imports([Source(path, text)]) == []


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "import os.path",
        "from random import choice",
        "import socket",
        "import subprocess",
        "from pathlib import Path",
        "from pathlib import PurePosixPath, Path",
        "import pathlib",
        "from importlib import resources",
        "import importlib",
        "def read():\n    return open('base.tar')",
        "print('redo')",
        "import datetime\nstarted = datetime.datetime.now()",
    ],
)
def test_a_reach_outside_the_model_is_found(text: str) -> None:
    assert len(impurities([Source("simulator/wal.py", text)])) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("simulator/loader.py", "from pathlib import Path"),
        ("simulator/prose/__init__.py", "from importlib import resources"),
        ("simulator/prose/__init__.py", "import importlib.resources"),
        ("simulator/wal.py", "from pathlib import PurePosixPath"),
        ("lab/server.py", "import subprocess, time"),
    ],
)
def test_what_touches_nothing_or_is_named_is_let_through(path: str, text: str) -> None:
    assert impurities([Source(path, text)]) == []
