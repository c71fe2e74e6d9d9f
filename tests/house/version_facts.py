"""What differs between majors is a named fact in simulator/versions.py, never a comparison elsewhere."""

import ast
from collections.abc import Iterable, Iterator

from tests.house.sources import Finding, Source

HOME = "simulator/versions.py"
NAMES = frozenset(
    {
        "major",
        "major_version",
        "pg_major",
        "pg_version",
        "pg_version_num",
        "server_version",
        "server_version_num",
        "version",
        "version_num",
    }
)
MAJORS = range(12, 20)
VERSION_NUMS = range(120_000, 200_000)


def version_comparisons(sources: Iterable[Source]) -> list[Finding]:
    """No `version >= 15` outside that module; a test may pin what a version does."""
    found = []
    for source in sources:
        if source.path == HOME or source.room == "tests":
            continue
        for node in ast.walk(source.tree):
            if (isinstance(node, ast.Compare) and _compares(node)) or (isinstance(node, ast.Match) and _matches(node)):
                found.append(Finding(source.path, node.lineno, f"{ast.unparse(node).splitlines()[0]}: ask {HOME}"))
    return found


def _compares(node: ast.Compare) -> bool:
    # Asking whether a major is in a given set compares nothing; a literal set of majors would.
    literal = any(isinstance(side, ast.Tuple | ast.Set | ast.List) for side in node.comparators)
    harmless = (ast.Is, ast.IsNot) if literal else (ast.Is, ast.IsNot, ast.In, ast.NotIn)
    if all(isinstance(operator, harmless) for operator in node.ops):
        return False
    sides = [node.left, *node.comparators]
    names = {_name(side) for side in sides}
    return "major" in names or (bool(names & NAMES) and any(map(_is_major, _constants(sides))))


def _matches(node: ast.Match) -> bool:
    constants = [
        inner.value for case in node.cases for inner in ast.walk(case.pattern) if isinstance(inner, ast.MatchValue)
    ]
    return _name(node.subject) in NAMES and any(map(_is_major, _constants(constants)))


def _name(node: ast.expr) -> str:
    """The last word of what is compared: `major` of server.version.major, int(major) and row["major"]."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Call(func=ast.Name(id="int" | "str"), args=[argument]):
            return _name(argument)
        case ast.Call(func=function):
            return _name(function)
        case ast.NamedExpr(target=ast.Name(id=name)):
            return name
        case _:
            return ""


def _constants(nodes: Iterable[ast.expr]) -> Iterator[object]:
    for node in nodes:
        if isinstance(node, ast.Constant):
            yield node.value
        elif isinstance(node, ast.Tuple | ast.List | ast.Set):
            yield from _constants(node.elts)


def _is_major(value: object) -> bool:
    if isinstance(value, str):
        return value.isdecimal() and int(value) in MAJORS
    return isinstance(value, int) and (value in MAJORS or value in VERSION_NUMS)
