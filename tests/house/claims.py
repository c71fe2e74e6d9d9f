"""A test that asserts nothing cannot fail, so it is no test."""

import ast
from collections.abc import Iterable

from tests.house.sources import Finding, Source

HELPERS = ("assert_", "check_", "expect")
PYTEST = frozenset({"raises", "warns", "fail", "deprecated_call"})


def claimless_tests(sources: Iterable[Source]) -> list[Finding]:
    found = []
    for source in sources:
        if source.room != "tests" or not source.path.rsplit("/", 1)[-1].startswith("test_"):
            continue
        for node in ast.walk(source.tree):
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                and node.name.startswith("test")
                and not any(map(_claims, ast.walk(node)))
            ):
                found.append(Finding(source.path, node.lineno, f"{node.name} asserts nothing"))
    return found


def _claims(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        # `assert True` and `assert "a reminder"` hold whatever happens.
        return not isinstance(node.test, ast.Constant)
    if not isinstance(node, ast.Call):
        return False
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.startswith(HELPERS) or name in PYTEST
        case _:
            return False
