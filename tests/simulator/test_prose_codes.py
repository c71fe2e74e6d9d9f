"""Every code that a refusal, a failure or a verdict carries is explained, and no other."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from simulator.prose import catalogue

ROOT = Path(__file__).resolve().parents[2]
EVENTS_WITH_REASON = {"Refused": 0, "ServerNotStarted": 1, "BasebackupFailed": 1}
CODE = re.compile(r"[a-z]+(_[a-z]+)*")


class Codes:
    """Finds the codes that reach an event: in its call, or in a call of a function that hands its `code` on."""

    def __init__(self, trees: Iterable[ast.Module], at: Mapping[str, int] = EVENTS_WITH_REASON) -> None:
        self.functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        self.at = dict(at)
        while self._hand_on():
            pass

    def found(self) -> set[str]:
        return {code for function in self.functions for code in self._codes(function)}

    def _hand_on(self) -> bool:
        before = len(self.at)
        for function in self.functions:
            names = [argument.arg for argument in function.args.args]
            for node in ast.walk(function):
                passed = self._reason(node) if isinstance(node, ast.Call) else None
                if isinstance(passed, ast.Name) and passed.id in names:
                    self.at.setdefault(function.name, names.index(passed.id))
        return len(self.at) > before

    def _reason(self, call: ast.Call) -> ast.expr | None:
        match call.func:
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in self.at:
                return call.args[self.at[name]] if len(call.args) > self.at[name] else None
        return None

    def _codes(self, scope: ast.FunctionDef) -> Iterator[str]:
        for node in ast.walk(scope):
            if isinstance(node, ast.Call) and (reason := self._reason(node)) is not None:
                yield from self._values(reason, scope)

    def _values(self, node: ast.expr, scope: ast.FunctionDef, part: int | None = None) -> Iterator[str]:
        """What an expression can be; `part`: only that element of the tuples that it can be."""
        match node:
            case ast.Constant(value=str(text)) if part is None and CODE.fullmatch(text):
                yield text
            case ast.Tuple(elts=elements) if part is not None:
                yield from self._values(elements[part], scope)
            case ast.IfExp():
                yield from self._values(node.body, scope, part)
                yield from self._values(node.orelse, scope, part)
            case ast.BoolOp(values=values):
                for value in values:
                    yield from self._values(value, scope, part)
            case ast.Subscript(value=value, slice=ast.Constant(value=int(index))):
                yield from self._values(value, scope, index)
            case ast.Name(id=name):
                yield from self._assigned(name, scope, part)
            case ast.Attribute(attr=name):
                yield from self._set_somewhere(name)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                for function in (f for f in self.functions if f.name == name):
                    for inner in ast.walk(function):
                        if isinstance(inner, ast.Return) and inner.value is not None:
                            yield from self._values(inner.value, function, part)
            case _:
                pass

    def _assigned(self, name: str, scope: ast.FunctionDef, part: int | None) -> Iterator[str]:
        for node in ast.walk(scope):
            if not isinstance(node, ast.Assign):
                continue
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == name:
                    yield from self._values(node.value, scope, part)
                for index, element in enumerate(target.elts if isinstance(target, ast.Tuple) else ()):
                    if isinstance(element, ast.Name) and element.id == name:
                        yield from self._values(node.value, scope, index)

    def _set_somewhere(self, field: str) -> Iterator[str]:
        """client.failure: whatever some call sets `failure=` to."""
        for function in self.functions:
            for node in ast.walk(function):
                for keyword in node.keywords if isinstance(node, ast.Call) else ():
                    if keyword.arg == field and isinstance(keyword.value, ast.Constant):
                        yield from self._values(keyword.value, function)


def simulator_trees() -> list[ast.Module]:
    return [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "simulator").rglob("*.py"))]


def test_the_collector_sees_every_way_a_code_is_written() -> None:
    source = """
def hands_on(world, code):
    return Refused(code, "A text.")
def why(x):
    return "e" if x else "f", 1
def why_not(x):
    return "g"
def caller(x):
    code, n = ("a_a", 1) if x else ("b_b", 2)
    hands_on(x, code)
    Refused("c", "d")
    problem = why(x)
    hands_on(x, problem[0])
    z.hands_on(x, why_not(x))
    hands_on(x, x.failure)
    replace(x, failure="h")
"""
    assert Codes([ast.parse(source)]).found() == set("c e f g h".split()) | {"a_a", "b_b"}


def test_every_reason_in_the_simulator_is_explained_and_no_other() -> None:
    assert Codes(simulator_trees()).found() == set(catalogue("refusals")) - {"default"}


def test_every_verdict_is_explained_and_no_other() -> None:
    assert Codes(simulator_trees(), {"Restorability": 2}).found() == set(catalogue("restorable"))
