"""A learner's progress as JSON: taken along, put back (merged or instead), and put back wrongly, undone once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from progress import tables as t
from progress.engine import writing
from progress.store import Store, UnknownLearner, utc

FORMAT = 1
MOST_ROWS = 200_000
"""More than a learner can answer in years."""
TABLES = (t.answers, t.cards, t.bookmarks, t.papers)
Way = Literal["merge", "replace"]


class NotProgress(Exception):
    """A file that is no exported progress; `field` is the place of the fault."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def exported(store: Store, code: str) -> dict[str, Any]:
    """Everything that is kept of a learner, without the code."""
    with store.engine.connect() as connection:
        return _taken(connection, code)


def imported(store: Store, code: str, given: object, way: Way) -> int:
    """Put exported progress back; returns how many answers are kept now.  Raises NotProgress, and nothing changes."""
    rows = _read(given)
    with writing(store.engine) as connection:
        before = _taken(connection, code)
        if way == "replace":
            _emptied(connection, code)
        _put(connection, code, rows)
        connection.execute(update(t.learners).where(t.learners.c.code == code).values(before_import=before))
        mine = select(t.answers.c.id).where(t.answers.c.learner == code)
        return len(connection.execute(mine).all())


def import_undone(store: Store, code: str) -> bool:
    """As it was before the last import; False when there is nothing to undo."""
    with writing(store.engine) as connection:
        wanted = select(t.learners.c.before_import).where(t.learners.c.code == code)
        before = connection.execute(wanted).scalar_one_or_none()
        if before is None:
            return False
        _emptied(connection, code)
        _put(connection, code, _read(before))
        connection.execute(update(t.learners).where(t.learners.c.code == code).values(before_import=None))
    return True


def _taken(connection: Connection, code: str) -> dict[str, Any]:
    learner = connection.execute(select(t.learners).where(t.learners.c.code == code)).first()
    if learner is None:
        raise UnknownLearner(code)
    found: dict[str, Any] = {"format": FORMAT, "wishes": learner.wishes}
    for table in TABLES:
        rows = connection.execute(select(table).where(table.c.learner == code)).mappings().all()
        found[table.name] = [{name: _plain(row[name]) for name in row if name != "learner"} for row in rows]
    items = select(t.items).join(t.papers).where(t.papers.c.learner == code)
    found["items"] = [dict(row) for row in connection.execute(items).mappings().all()]
    return found


def _plain(value: Any) -> Any:
    return utc(value).isoformat() if isinstance(value, datetime) else value


def _read(given: object) -> dict[str, list[dict[str, Any]]]:
    """The rows by table, each field of the type that its column has."""
    if not isinstance(given, Mapping) or given.get("format") != FORMAT:
        raise NotProgress("format")
    found: dict[str, list[dict[str, Any]]] = {}
    for table in (*TABLES, t.items):
        rows = given.get(table.name)
        if not isinstance(rows, list) or len(rows) > MOST_ROWS:
            raise NotProgress(table.name)
        found[table.name] = [_row(table, row, f"{table.name}[{at}]") for at, row in enumerate(rows)]
    known = {row["id"] for row in found["papers"]}
    for at, row in enumerate(found["items"]):
        if row["paper"] not in known:
            raise NotProgress(f"items[{at}].paper")
    return found


def _row(table: Any, row: object, place: str) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        raise NotProgress(place)
    made = {}
    for column in table.columns:
        if column.name == "learner":
            continue
        value = row.get(column.name)
        if value is None and not column.nullable:
            raise NotProgress(f"{place}.{column.name}")
        made[column.name] = None if value is None else _value(column.type.python_type, value, f"{place}.{column.name}")
    return made


def _value(kind: type, value: Any, place: str) -> Any:
    """A value of the column's type."""
    try:
        if kind is datetime:
            return utc(datetime.fromisoformat(value))
    except (TypeError, ValueError):
        raise NotProgress(place) from None
    fits = isinstance(value, int | float) if kind is float else isinstance(value, kind)
    if not fits or (kind is not bool and isinstance(value, bool)):
        raise NotProgress(place)
    return value


def _emptied(connection: Connection, code: str) -> None:
    for table in TABLES:
        connection.execute(delete(table).where(table.c.learner == code))


def _put(connection: Connection, code: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    """Rows that are there already stay as they are."""
    names = _paper_names(connection, code, rows["papers"])
    kept = _keys(connection, t.papers, code)
    for table in TABLES:
        mine = _keys(connection, table, code)
        renamed = [_renamed(table, row, names) for row in rows[table.name]]
        new = [row for row in renamed if _key(table, row) not in mine]
        if new:
            connection.execute(insert(table), [{**row, "learner": code} for row in new])
    items = [{**row, "paper": names[row["paper"]]} for row in rows["items"] if names[row["paper"]] not in kept]
    if items:
        connection.execute(insert(t.items), items)


def _paper_names(connection: Connection, code: str, papers: list[dict[str, Any]]) -> dict[str, str]:
    """Ids of papers as they are kept: another one, when somebody else has that id (a learner with two codes)."""
    wanted = select(t.papers.c.id).where(t.papers.c.learner != code)
    others = {row.id for row in connection.execute(wanted)}
    return {
        row["id"]: str(uuid5(NAMESPACE_OID, f"{code}/{row['id']}")) if row["id"] in others else row["id"]
        for row in papers
    }


def _renamed(table: Any, row: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    if table is t.papers:
        return {**row, "id": names[row["id"]]}
    if table is t.answers and row["paper"] is not None:
        return {**row, "paper": names.get(row["paper"], row["paper"])}
    return row


def _key(table: Any, row: Mapping[str, Any] | RowMapping) -> str:
    return str(row["id"] if "id" in table.c else row["question"])


def _keys(connection: Connection, table: Any, code: str) -> set[str]:
    return {_key(table, row) for row in connection.execute(select(table).where(table.c.learner == code)).mappings()}
