"""How long things may be, and which of them must say what they are."""

import ast
from collections.abc import Iterable, Iterator

from tests.house.sources import Finding, Source

MODULE_LINES = 350
FUNCTION_LINES = 50
APP_LINES = 39

Function = ast.FunctionDef | ast.AsyncFunctionDef


def too_long(sources: Iterable[Source]) -> list[Finding]:
    """A module past the limit usually holds two rooms; a function past it, two thoughts."""
    found = []
    for source in sources:
        limit = APP_LINES if source.path == "app.py" else MODULE_LINES
        lines = len(source.text.splitlines())
        if lines > limit:
            found.append(Finding(source.path, lines, f"module of {lines} lines, at most {limit}"))
        for node in ast.walk(source.tree):
            if isinstance(node, Function):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    says = f"{node.name}() has {lines} lines, at most {FUNCTION_LINES}"
                    found.append(Finding(source.path, node.lineno, says))
    return found


def undocumented(sources: Iterable[Source]) -> list[Finding]:
    """Every public module, class and function of the model says what it is, in PostgreSQL's words."""
    found = []
    for source in sources:
        if source.room != "simulator":
            continue
        if source.text.strip() and not ast.get_docstring(source.tree):
            found.append(Finding(source.path, 1, "module without a docstring"))
        found += [
            Finding(source.path, node.lineno, f"{node.name} without a docstring")
            for node in _public(source.tree)
            if not ast.get_docstring(node)
        ]
    return found


def _public(tree: ast.Module) -> Iterator[Function | ast.ClassDef]:
    """Classes and functions of the module itself; a method is told by its name and its class."""
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
