"""YAML as data with the line of every field: what every loader of files that people write reads first."""

from __future__ import annotations

import re
from typing import Any

import yaml

from simulator.faults import Fault, ScenarioError

MAX_BYTES = 1_000_000
MAX_DEPTH = 12
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # a terminal obeys it, or it is no character

Path_ = tuple[str | int, ...]
"""Where a field stands: keys and indexes from the top."""


def decoded(raw: bytes, name: str) -> str:
    """The text of a file; raises ScenarioError when it is too large or no UTF-8."""
    if len(raw) > MAX_BYTES:
        raise ScenarioError([Fault(name, 1, "", "too_large", {"limit": "1 MB"})])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ScenarioError([Fault(name, 1, "", "not_utf8", {})]) from None


def parse_yaml(text: str, name: str) -> tuple[object, dict[Path_, int]]:
    """The data and the line of every field; no anchors, no deep nesting, no tags but YAML's own."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    lines: dict[Path_, int] = {}
    try:
        depth = 0
        for event in yaml.parse(text, Loader=loader):
            line = _line(event)
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise ScenarioError([Fault(name, line, "", "anchor", {})])
            if isinstance(event, yaml.ScalarEvent) and _CONTROL.search(event.value):
                raise ScenarioError([Fault(name, line, "", "control_character", {})])
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise ScenarioError([Fault(name, line, "", "too_deep", {"limit": MAX_DEPTH})])
        node = yaml.compose(text, Loader=loader)
        if node is None:
            raise ScenarioError([Fault(name, 1, "", "empty", {})])
        _note_lines(node, (), lines, name)
        return yaml.load(text, Loader=loader), lines  # noqa: S506  (a safe loader, see above)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        before = text.encode()[: getattr(error, "position", 0)]
        line = mark.line + 1 if mark else before.count(b"\n") + 1
        raise ScenarioError([Fault(name, line, "", "not_yaml", {"problem": problem})]) from None
    except ValueError as error:
        raise ScenarioError([Fault(name, 1, "", "not_yaml", {"problem": str(error)})]) from None


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _note_lines(node: yaml.Node, path: Path_, lines: dict[Path_, int], name: str) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            field = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            here = (*path, field)
            lines[here] = key.start_mark.line + 1
            if field in seen:
                raise ScenarioError([Fault(name, lines[here], ".".join(map(str, here)), "duplicate_key", {})])
            seen.add(field)
            _note_lines(value, here, lines, name)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _note_lines(item, (*path, index), lines, name)
