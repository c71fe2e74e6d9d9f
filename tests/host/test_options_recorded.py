"""The recordings of real tools: wherever a tool refuses its command line, it does so with our exit status and words."""

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache

from host.conformance.builds import client_build
from host.options import TOOLS, Refusal
from tests.host.cli_recordings import lines
from tests.host.options_reading import settings

_PLACE = re.compile(r"\$([A-Z_]+)")
LSN = "0/3000000"


def _spelled(text: str) -> str:
    """Places and positions that the recordings only name."""
    return _PLACE.sub(r"/\1", text).replace("<LSN>", LSN)


def _help(text: str) -> str:
    """A help page is a help page: its wording is our own."""
    return "<HELP>" if "\n\nUsage:\n" in text else text


@cache
def outcomes() -> tuple[tuple[str, Mapping[str, object], object], ...]:
    """Each recorded call of a tool as (major and line, what was recorded, what our options make of it)."""
    found = []
    for line in lines():
        argv = [_spelled(word) for word in line["argv"]]
        if argv[0] not in TOOLS:
            continue
        env = {"PGHOST": "/SOCKET", "PGPORT": "5432"}
        env |= {name: _spelled(value) for name, value in (line["setup"].get("env") or {}).items()}
        major = int(line["client_major"])
        build = client_build(major, line.get("client_version", ""))
        found.append((f"{major}: {line['cmd']}", line, settings(argv, build, env)))
    return tuple(found)


def test_what_we_refuse_was_refused_with_the_same_words() -> None:
    different = []
    counted: Counter[str] = Counter()
    for name, recorded, ours in outcomes():
        if not isinstance(ours, Refusal):
            continue
        counted["refused"] += 1
        shown = _help(ours.stdout) == _help(str(recorded["stdout"]))
        said = ours.stderr == _spelled(str(recorded["stderr"]))
        if (ours.exit, said, shown) != (recorded["exit"], True, True):
            different.append((name, ours, recorded["exit"], recorded["stderr"]))
    same = counted["refused"] - len(different)
    print(f"options: {same} of {counted['refused']} refusals, helps and versions as recorded")
    assert different == []
    assert counted["refused"] > 450


def test_no_tool_asked_to_read_its_help_where_we_go_on() -> None:
    """The hint to --help follows wrong options; a few tools say it again after they have looked at files."""
    unseen = []
    for name, recorded, ours in outcomes():
        hinted = f'Try "{name.split()[1]} --help"' in str(recorded["stderr"])
        after_files = getattr(ours, "bad_name", None) or "pg_waldump" in name
        if hinted and not isinstance(ours, Refusal) and not after_files:
            unseen.append(name)
    assert unseen == []
