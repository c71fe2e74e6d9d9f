"""What the runs on real servers gave, from every worker: the matrix of `waldojo lab check`, after the last test.

A test records what it found as a property of its report, and reports come to the process that prints.  conftest.py
takes the hook from here.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from console.check import summary
from lab.check import Checked, Miss, Row
from lab.endings import Ending

PROPERTY = "lab_checked"


def tell(record_property: Callable[[str, object], None], found: Checked) -> None:
    """Keep it for the summary."""
    record_property(PROPERTY, json.dumps(asdict(found)))


def told(value: str) -> Checked:
    """What `tell` kept."""
    kept = json.loads(value)
    return Checked(
        Row(**kept["row"]),
        tuple(Miss(**each) for each in kept["misses"]),
        tuple(Ending(**each) for each in kept["endings"]),
    )


def pytest_terminal_summary(terminalreporter: Any) -> None:
    found = [
        told(value)
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == PROPERTY and report.when == "call"
    ]
    if found:
        found.sort(key=lambda one: (one.row.scenario, one.row.major))
        terminalreporter.section("the model and real servers")
        for line in summary(found, "en"):
            terminalreporter.write_line(line)
