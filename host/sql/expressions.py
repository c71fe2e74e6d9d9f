"""Expressions: a tree of sqlglot becomes a type and a function of a row, with the parser's complaints on the way."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from host.effort import NODE, spend
from host.sql import operators, types
from host.sql.casting import as_text, bounded, cast_to, constant, resolved, type_of
from host.sql.compiled import Compiled, RowValues, Scope
from host.sql.reply import fail, lacking
from simulator.versions import since

if TYPE_CHECKING:
    from host.sql.context import Context

Compiler = Callable[["Context", Scope, Any], Compiled]


def compile_expression(ctx: Context, scope: Scope, node: exp.Expression) -> Compiled:
    """The function of an expression; raises Raised for what the server would refuse before it runs."""
    spend(NODE)
    ctx.nodes += 1
    for kind in type(node).__mro__:
        compiler = COMPILERS.get(kind)
        if compiler is not None:
            one = compiler(ctx, scope, node)
            return _opposite(one) if node.args.get("negate") and not isinstance(node, exp.Like | exp.ILike) else one
    raise lacking(f"expressions like {_source(ctx, node)}", ctx.place(node))


def _opposite(one: Compiled) -> Compiled:
    """IS NOT, NOT IN, NOT BETWEEN: the library keeps the NOT in the node."""
    return Compiled("boolean", lambda row: None if (value := one.at(row)) is None else not value, constant=one.constant)


def _source(_ctx: Context, node: exp.Expression) -> str:
    try:
        return node.sql(dialect="postgres")[:60]
    except Exception:  # noqa: BLE001 - a fault of the library's generator must not end the server
        return type(node).__name__


def _literal(_ctx: Context, _scope: Scope, node: exp.Literal) -> Compiled:
    text = str(node.this)
    if node.is_string:
        return constant("unknown", text)
    if text.isdigit():
        number = int(text)
        kind = next((kind for kind in ("integer", "bigint") if number < types.INTEGERS[kind]), "numeric")
        return constant(kind, number if kind != "numeric" else Decimal(number))
    return constant("numeric", types.parse("numeric", text))


def _escape_string(_ctx: Context, _scope: Scope, node: exp.ByteString) -> Compiled:
    from host.sql.reader import unescaped

    return constant("unknown", unescaped(str(node.this)))


def _boolean_literal(ctx: Context, _scope: Scope, node: exp.Boolean) -> Compiled:
    return constant("boolean", bool(node.this), since(ctx.major, {12: "bool", 15: "?column?"}))


def _null(_ctx: Context, _scope: Scope, _node: exp.Null) -> Compiled:
    return constant("unknown", None)


def _paren(ctx: Context, scope: Scope, node: exp.Paren) -> Compiled:
    return compile_expression(ctx, scope, node.this)


def both(ctx: Context, scope: Scope, node: exp.Expression) -> tuple[Compiled, Compiled]:
    """The two operands; a literal beside a typed one takes its type (that of the meeting)."""
    left = compile_expression(ctx, scope, node.this)
    return _met(ctx, node, left, compile_expression(ctx, scope, node.expression))


def _met(ctx: Context, node: exp.Expression, left: Compiled, right: Compiled) -> tuple[Compiled, Compiled]:
    if left.type == "unknown" and right.type != "unknown":
        left = resolved(ctx, left, types.base(right.type), ctx.place(node.this))
    elif right.type == "unknown" and left.type != "unknown":
        right = resolved(ctx, right, types.base(left.type), ctx.place(node.expression))
    return left, right


def _between_operands(ctx: Context, node: exp.Expression) -> int:
    """Where the operator stands: behind the left operand (the server points at it)."""
    tokens = ctx.statement.tokens
    right = ctx.place(node.expression) if node.expression is not None else 0
    at = bisect_left(tokens, right - 1, key=lambda token: int(token.start)) - 1
    while at >= 0 and str(tokens[at].text).startswith("("):
        at -= 1
    return int(tokens[at].start) + 1 if at >= 0 and right else ctx.place(node)


def _comparison(sign: str) -> Compiler:
    work = operators.COMPARISONS[sign]

    def compiler(ctx: Context, scope: Scope, node: exp.Expression) -> Compiled:
        if isinstance(node.expression, exp.Any | exp.All):
            return quantified(ctx, scope, node, sign)
        left, right = both(ctx, scope, node)
        return compared(ctx, left, right, sign, _between_operands(ctx, node), work)

    return compiler


def compared(
    _ctx: Context, left: Compiled, right: Compiled, sign: str, position: int, work: operators.Binary
) -> Compiled:
    """A comparison of two operands."""
    kind = operators.meet(left.type, right.type)
    if kind is None:
        raise operators.no_operator(sign, left.type, right.type, position)
    first, second = left.at, right.at
    if kind.startswith(("timestamp", "real", "double")):
        widen = operators.widen

        def wide(row: RowValues) -> Any:
            one, other = first(row), second(row)
            return None if one is None or other is None else work(widen(kind, one), widen(kind, other))

        return Compiled("boolean", wide, constant=left.constant and right.constant)

    def plain(row: RowValues) -> Any:
        one, other = first(row), second(row)
        return None if one is None or other is None else work(one, other)

    return Compiled("boolean", plain, constant=left.constant and right.constant)


def quantified(ctx: Context, scope: Scope, node: exp.Expression, sign: str) -> Compiled:
    """X = ANY (array) or ANY (subquery)."""
    from host.sql.subqueries import members

    every = isinstance(node.expression, exp.All)
    left = compile_expression(ctx, scope, node.this)
    inner: Any = node.expression.this
    plain: Any = inner.unnest() if isinstance(inner, exp.Paren) else inner
    kind, values = members(ctx, scope, plain, left.type)
    if operators.meet(left.type, kind) is None:
        raise operators.no_operator(sign, left.type, kind, _between_operands(ctx, node))
    left = resolved(ctx, left, kind, ctx.place(node.this))
    work = operators.COMPARISONS[sign]

    def at(row: RowValues) -> Any:
        value = left.at(row)
        found = [None if value is None or one is None else work(value, one) for one in values(row)]
        decisive = not every
        if decisive in found:
            return decisive
        return None if None in found else every

    return Compiled("boolean", at)


def _arithmetic(sign: str) -> Compiler:
    def compiler(ctx: Context, scope: Scope, node: exp.Expression) -> Compiled:
        left, right = _operands(ctx, scope, node, sign)
        found = operators.arithmetic(sign, left.type, right.type)
        if found is None:
            raise operators.no_operator(sign, left.type, right.type, _between_operands(ctx, node))
        kind, work = found
        first, second = left.at, right.at

        def at(row: RowValues) -> Any:
            one, other = first(row), second(row)
            return None if one is None or other is None else work(one, other)

        return Compiled(kind, at, constant=left.constant and right.constant)

    return compiler


def _operands(ctx: Context, scope: Scope, node: exp.Expression, sign: str) -> tuple[Compiled, Compiled]:
    """As `both`, but a literal beside a time is an interval, unless the sign is - (then it is a time too)."""
    left = compile_expression(ctx, scope, node.this)
    right = compile_expression(ctx, scope, node.expression)
    if right.type == "unknown" and left.type.startswith("timestamp") and sign == "+":
        return left, resolved(ctx, right, "interval", ctx.place(node.expression))
    return _met(ctx, node, left, right)


def _and_or(every: bool) -> Compiler:
    word = "AND" if every else "OR"

    def compiler(ctx: Context, scope: Scope, node: exp.Expression) -> Compiled:
        parts = [truth(ctx, scope, one, word) for one in (node.this, node.expression)]
        first, second = parts[0].at, parts[1].at
        decisive = not every

        def at(row: RowValues) -> Any:
            one = first(row)
            if one is decisive:
                return decisive
            other = second(row)
            if other is decisive:
                return decisive
            return None if one is None or other is None else every

        return Compiled("boolean", at, constant=parts[0].constant and parts[1].constant)

    return compiler


def truth(ctx: Context, scope: Scope, node: exp.Expression, word: str) -> Compiled:
    """An expression that must be boolean; raises Raised as the parser does."""
    one = resolved(ctx, compile_expression(ctx, scope, node), "boolean", ctx.place(node))
    if one.type != "boolean":
        message = f"argument of {word} must be type boolean, not type {one.type}"
        raise fail(message, "42804", position=ctx.place(node))
    return one


def _not(ctx: Context, scope: Scope, node: exp.Not) -> Compiled:
    one = truth(ctx, scope, node.this, "NOT")
    return Compiled("boolean", lambda row: None if (value := one.at(row)) is None else not value, constant=one.constant)


def _neg(ctx: Context, scope: Scope, node: exp.Neg) -> Compiled:
    one = compile_expression(ctx, scope, node.this)
    one = resolved(ctx, one, "double precision", ctx.place(node.this))
    if one.type not in types.NUMBERS and one.type != "interval":
        raise operators.no_operator("-", None, one.type, ctx.place(node) or 1)
    kind = "integer" if one.constant and one.type == "bigint" and one.at(()) == 2**31 else one.type
    return Compiled(kind, lambda row: None if (value := one.at(row)) is None else -value, constant=one.constant)


def _joined(ctx: Context, scope: Scope, node: exp.DPipe) -> Compiled:
    left, right = (compile_expression(ctx, scope, one) for one in (node.this, node.expression))
    if left.type not in types.TEXTS and right.type not in types.TEXTS and not left.type.endswith("[]"):
        raise operators.no_operator("||", left.type, right.type, _between_operands(ctx, node))
    first, second = as_text(ctx, left), as_text(ctx, right)

    def at(row: RowValues) -> Any:
        one, other = first(row), second(row)
        return None if one is None or other is None else bounded(one + other)

    return Compiled("text", at, constant=left.constant and right.constant)


def _concat(ctx: Context, scope: Scope, node: exp.Concat) -> Compiled:
    parts = [compile_expression(ctx, scope, one) for one in node.expressions]
    return constant("unknown", "".join(str(one.at(())) for one in parts))


def _like(ignore_case: bool) -> Compiler:
    def compiler(ctx: Context, scope: Scope, node: exp.Expression) -> Compiled:
        left, right = both(ctx, scope, node)
        sign = ("!" if node.args.get("negate") else "") + ("~~*" if ignore_case else "~~")
        _need_text(ctx, node, left, right, sign)
        negate = bool(node.args.get("negate"))

        def at(row: RowValues) -> Any:
            one, pattern = left.at(row), right.at(row)
            if one is None or pattern is None:
                return None
            return (operators.like(pattern, ignore_case).fullmatch(one) is not None) != negate

        return Compiled("boolean", at, constant=left.constant and right.constant)

    return compiler


def _need_text(ctx: Context, node: exp.Expression, left: Compiled, right: Compiled, sign: str) -> None:
    if left.type not in types.TEXTS or right.type not in types.TEXTS:
        raise operators.no_operator(sign, left.type, right.type, _between_operands(ctx, node))


def _regexp(ignore_case: bool) -> Compiler:
    def compiler(ctx: Context, scope: Scope, node: exp.Expression) -> Compiled:
        left, right = both(ctx, scope, node)
        _need_text(ctx, node, left, right, "~*" if ignore_case else "~")

        def at(row: RowValues) -> Any:
            one, pattern = left.at(row), right.at(row)
            if one is None or pattern is None:
                return None
            return operators.regular(pattern, ignore_case).search(one[:10_000]) is not None

        return Compiled("boolean", at, constant=left.constant and right.constant)

    return compiler


def _cast(ctx: Context, scope: Scope, node: exp.Cast) -> Compiled:
    one = compile_expression(ctx, scope, node.this)
    kind = type_of(ctx, node.args["to"])
    made = cast_to(ctx, one, kind, ctx.place(node.this))
    named = isinstance(node.this, exp.Column | exp.Anonymous | exp.Cast | exp.Dot)
    return Compiled(made.type, made.at, one.name if named else types.short(kind), made.constant)


_SIMPLE: Mapping[type, Compiler] = {
    exp.Literal: _literal,
    exp.RawString: lambda _ctx, _scope, node: constant("unknown", str(node.this)),
    exp.National: lambda _ctx, _scope, node: constant("unknown", str(node.this)),
    exp.ByteString: _escape_string,
    exp.Boolean: _boolean_literal,
    exp.Null: _null,
    exp.Paren: _paren,
    exp.EQ: _comparison("="),
    exp.NEQ: _comparison("<>"),
    exp.LT: _comparison("<"),
    exp.LTE: _comparison("<="),
    exp.GT: _comparison(">"),
    exp.GTE: _comparison(">="),
    exp.Add: _arithmetic("+"),
    exp.Sub: _arithmetic("-"),
    exp.Mul: _arithmetic("*"),
    exp.Div: _arithmetic("/"),
    exp.Mod: _arithmetic("%"),
    exp.Pow: _arithmetic("^"),
    exp.And: _and_or(True),
    exp.Or: _and_or(False),
    exp.Not: _not,
    exp.Neg: _neg,
    exp.DPipe: _joined,
    exp.Concat: _concat,
    exp.Like: _like(False),
    exp.ILike: _like(True),
    exp.RegexpLike: _regexp(False),
    exp.RegexpILike: _regexp(True),
    exp.Cast: _cast,
}
COMPILERS: dict[type, Compiler] = dict(_SIMPLE)
"""By class of node; host.sql.forms and host.sql.calls add theirs when they are imported."""
