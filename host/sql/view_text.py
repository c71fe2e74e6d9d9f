"""The query of a view as pg_get_viewdef prints it where search_path is empty: relations with their schemas.

What the dojo cannot print so stays as it was typed, its relations named with their schemas all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from host.catalog.names import qualified, quoted
from host.sql.compiled import Scope
from host.sql.deparse import NotPrinted, deparsed
from host.sql.parsing import Statement, place, tree_of
from host.sql.reply import Raised
from host.sql.sources import add_sources
from simulator.versions import since

if TYPE_CHECKING:
    from host.sql.context import Context

_STEP, _JOIN, _ITEM = 8, 4, 4
"""PRETTYINDENT_STD, PRETTYINDENT_JOIN, PRETTYINDENT_VAR."""
_LONE = {12: True, 16: False}
"""Columns are named with their relation even where there is only one (its rule had OLD and NEW beside it)."""
_SETS = {exp.Union: "UNION", exp.Intersect: "INTERSECT", exp.Except: "EXCEPT"}


def view_text(ctx: Context, body: Statement) -> str:
    """The definition of a view, with its leading space and without the semicolon."""
    before, ctx.statement = ctx.statement, body
    tree = tree_of(body)
    try:
        return _Query(ctx, 0, None).text(tree)
    except (NotPrinted, Raised):
        return f" {with_schemas(ctx, body)}"
    finally:
        ctx.statement = before


def with_schemas(ctx: Context, body: Statement) -> str:
    """The query as it was typed, its relations named with their schemas: it means the same whatever search_path is."""
    tree = tree_of(body)
    common = {str(one.alias) for one in tree.find_all(exp.CTE)}
    places = []
    for node in tree.find_all(exp.Table):
        relation = None if node.args.get("db") is not None else ctx.find(None, name_in(node.this))
        if relation is not None and name_in(node.this) not in common:
            places.append((place(node, body) - 1 - body.start, f"{quoted(relation.schema)}."))
    text = body.source
    for at, schema in sorted(places, reverse=True):
        text = text[:at] + schema + text[at:]
    return text


def name_in(node: Any) -> str:
    """An identifier as the parser folds it."""
    return str(node.name) if node.args.get("quoted") else str(node.name).lower()


def _line(indent: int, text: str = "") -> str:
    """appendContextKeyword: a line of its own."""
    return f"\n{' ' * max(indent, 0)}{text}"


@dataclass
class _Query:
    """One query, or one below another: how far it is indented, and whose columns it may name."""

    ctx: Context
    level: int
    outer: Scope | None
    unseen: bool = False
    """Nobody asks for the names of its columns: it stands in an expression."""

    def text(self, node: exp.Expression) -> str:
        """SELECT, UNION …, with WITH before and ORDER BY behind."""
        if isinstance(node, exp.Subquery) and not node.alias:
            node = node.this
        before = self._with(node)
        if isinstance(node, exp.SetOperation):
            if node.args.get("order") is not None or node.args.get("limit") is not None:
                raise NotPrinted
            return before + self._set(node)
        if not isinstance(node, exp.Select):
            raise NotPrinted
        return before + self._select(node)

    def _below(self, scope: Scope | None, level: int) -> _Query:
        return _Query(self.ctx, level, scope if scope is not None else Scope())

    def _with(self, node: exp.Expression) -> str:
        clause = node.args.get("with_") or node.args.get("with")
        if clause is None:
            return ""
        if clause.args.get("recursive"):
            raise NotPrinted
        level = self.level + _STEP
        parts = []
        for one in clause.expressions:
            if one.args["alias"].columns:
                raise NotPrinted
            inner = self._below(None, level).text(one.this)
            parts.append(f"{quoted(str(one.alias))} AS ({_line(level)}{inner}{_line(level)})")
        return f" WITH {', '.join(parts)}{_line(self.level)}"

    def _set(self, node: exp.SetOperation) -> str:
        if isinstance(node.expression, exp.SetOperation | exp.Subquery) or isinstance(node.this, exp.Subquery):
            raise NotPrinted
        below = self._below(None, self.level)
        left, right = node.this, node.expression
        if isinstance(left, exp.SetOperation):
            if type(left) is not type(node) or left.args.get("distinct") != node.args.get("distinct"):
                raise NotPrinted
            first = self._set(left)
        else:
            first = below.text(left)
        word = _SETS[type(node)] + ("" if node.args.get("distinct") else " ALL")
        return f"{first}{_line(self.level, word)}{_line(self.level)}{below.text(right)}"

    def _select(self, node: exp.Select) -> str:
        if any(node.args.get(key) for key in ("windows", "laterals", "locks", "qualify")):
            raise NotPrinted
        scope = Scope(outer=self.outer)
        add_sources(self.ctx, scope, node)
        scope.aggregates, scope.prints_below = [], self._sub
        lone = len(scope.sources) == 1 and self.outer is None
        scope.prefixes = bool(scope.sources) and (not lone or since(self.ctx.major, _LONE))
        inner = self.level + _STEP
        scope.indent = inner
        text = f" SELECT{self._distinct(scope, node)}{self._items(scope, node)}{self._from(scope, node)}"
        for key, word, more in (("where", "WHERE", 1), ("group", "GROUP BY", 1), ("having", "HAVING", 0)):
            clause = node.args.get(key)
            if clause is not None:
                text += _line(inner - _STEP + more, f" {word} {self._clause(scope, node, clause)}")
        if node.args.get("order") is not None:
            text += _line(inner - _STEP + 1, f" ORDER BY {self._order(scope, node)}")
        for key in ("offset", "limit"):
            if node.args.get(key) is not None:
                text += _line(inner - _STEP, f" {key.upper()} {self._print(scope, node.args[key].expression)}")
        return text

    def _sub(self, scope: Scope, node: exp.Expression) -> str:
        return f"({_Query(self.ctx, scope.indent, scope, unseen=True).text(node)})"

    def _print(self, scope: Scope, node: Any) -> str:
        return deparsed(self.ctx, scope, node)

    def _distinct(self, scope: Scope, node: exp.Select) -> str:
        distinct = node.args.get("distinct")
        if distinct is None:
            return ""
        on = distinct.args.get("on")
        listed = ", ".join(self._chosen(scope, node, one) for one in on.expressions) if on is not None else ""
        return f" DISTINCT ON ({listed})" if listed else " DISTINCT"

    def _items(self, scope: Scope, node: exp.Select) -> str:
        found = [text for one in node.expressions for text in self._item(scope, one)]
        text = ""
        for number, one in enumerate(found):
            start = "" if number == 0 else ","
            first = " " if number == 0 else _line(scope.indent - _STEP + _ITEM)
            text += start + ("" if one.startswith("\n") else first) + one
        return text

    def _item(self, scope: Scope, node: Any) -> list[str]:
        star = isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star))
        if star:
            table = node.table.lower() if isinstance(node, exp.Column) else ""
            chosen = [one for one in scope.sources if not table or one.alias == table]
            if any(one.hidden for one in chosen):
                raise NotPrinted
            return [_column(scope, one.alias, column.name) for one in chosen for column in one.columns]
        value = node.this if isinstance(node, exp.Alias) else node
        text = self._print(scope, value)
        if isinstance(node, exp.Alias):
            name = name_in(node.args["alias"])
        else:
            from host.sql.expressions import compile_expression

            name = compile_expression(self.ctx, scope, value).name
        if self.unseen and name == "?column?":
            return [text]
        plain = isinstance(value, exp.Column) and not text.isupper() and name_in(value.this) == name
        return [text if plain else f"{text} AS {quoted(name)}"]

    def _from(self, scope: Scope, node: exp.Select) -> str:
        clause = node.args.get("from_") or node.args.get("from")
        if clause is None:
            return ""
        parts = [self._source(scope, clause.this)]
        for join in node.args.get("joins") or ():
            if join.args.get("using") or join.args.get("method"):
                raise NotPrinted
            right, on = self._source(scope, join.this), join.args.get("on")
            side = str(join.args.get("side") or "").upper()
            if on is None and not side and str(join.args.get("kind") or "").upper() != "CROSS":
                parts.append(right)
                continue
            word = f"{side} JOIN" if side else "JOIN" if on is not None else "CROSS JOIN"
            tail = f" ON ({self._print(scope, on)})" if on is not None else ""
            parts[-1] = f"({parts[-1]}{_line(scope.indent - _STEP + _JOIN, f' {word} {right}{tail}')})"
        listed = f",{_line(scope.indent - _STEP + _ITEM)}".join(parts)
        return _line(scope.indent - _STEP + 2, f" FROM {listed}")

    def _source(self, scope: Scope, node: Any) -> str:
        alias = node.args.get("alias")
        named = quoted(name_in(alias.this)) if alias is not None and alias.this is not None else ""
        if (alias is not None and alias.columns) or node.args.get("joins"):
            raise NotPrinted
        if isinstance(node, exp.Subquery) and named:
            return f"({self._below(self.outer, scope.indent).text(node.this)}) {named}"
        if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
            raise NotPrinted
        source = next(one for one in scope.sources if one.alias == (named.strip('"') or name_in(node.this)))
        schema = node.args.get("db")
        relation = self.ctx.find(name_in(schema) if schema is not None else None, name_in(node.this))
        shown = quoted(name_in(node.this))
        if source.relation or relation is not None:
            if relation is None or self._is_common(scope, name_in(node.this), schema):
                raise NotPrinted
            shown = qualified(relation.schema, relation.name)
        elif schema is not None:
            shown = qualified(name_in(schema), name_in(node.this))
        return f"{shown} {named}" if named else shown

    @staticmethod
    def _is_common(scope: Scope, name: str, schema: Any) -> bool:
        return schema is None and name in scope.common

    def _clause(self, scope: Scope, node: exp.Select, clause: Any) -> str:
        if isinstance(clause, exp.Group):
            if not clause.expressions or any(
                clause.args.get(key) for key in ("rollup", "cube", "grouping_sets", "all")
            ):
                raise NotPrinted
            return ", ".join(self._chosen(scope, node, one) for one in clause.expressions)
        return self._print(scope, clause.this)

    def _order(self, scope: Scope, node: exp.Select) -> str:
        found = []
        for one in node.args["order"].expressions:
            down, first = bool(one.args.get("desc")), bool(one.args.get("nulls_first"))
            nulls = "" if first == down else " NULLS FIRST" if first else " NULLS LAST"
            found.append(f"{self._chosen(scope, node, one.this)}{' DESC' if down else ''}{nulls}")
        return ", ".join(found)

    def _chosen(self, scope: Scope, node: exp.Select, one: Any) -> str:
        """An expression of GROUP BY or ORDER BY: a number or an alias stands for an item (get_rule_sortgroupclause)."""
        if isinstance(one, exp.Literal) and not one.is_string:
            one = node.expressions[int(one.name) - 1]
        elif isinstance(one, exp.Column) and not one.table:
            aliases = {name_in(item.args["alias"]): item for item in node.expressions if isinstance(item, exp.Alias)}
            known = any(column.name == name_in(one.this) for source in scope.sources for column in source.columns)
            one = aliases.get(name_in(one.this), one) if not known or isinstance(one.parent, exp.Ordered) else one
        one = one.this if isinstance(one, exp.Alias) else one
        if isinstance(one, exp.Star):
            raise NotPrinted
        text = self._print(scope, one)
        return f"({text})" if isinstance(one, exp.Anonymous | exp.Extract) else text


def _column(scope: Scope, alias: str, name: str) -> str:
    return f"{quoted(alias)}.{quoted(name)}" if scope.prefixes else quoted(name)
