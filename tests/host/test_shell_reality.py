"""bash and the GNU tools of this machine answer as the dojo does: the table of lines, and lines that are drawn."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.host.real_shell import in_reality, in_the_dojo
from tests.host.shell_drawn import lines

TABLE = Path(__file__).with_name("shell_lines.txt")
LINES = [line.replace("⏎", "\n") for line in TABLE.read_text().splitlines() if line and not line.startswith("# ")]


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_table_does_what_bash_does(line: str) -> None:
    assert in_the_dojo(line) == in_reality(line)


@settings(max_examples=250, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(lines)
def test_a_drawn_line_does_what_bash_does(line: str) -> None:
    assert in_the_dojo(line) == in_reality(line)
