"""Which blocks the WAL since a moment has touched, as WAL summaries tell an incremental backup (17+)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from host.catalog.objects import Sequence, Table
from host.catalog.rows import Row, Rows
from host.catalog.sizes import ENTRIES_PER_LEAF, PAGE, index_bytes, rows_per_page
from host.server.layout import CATALOG_FILE, DATABASE_CATALOGS

if TYPE_CHECKING:
    from host.catalog.model import Catalog, Database
    from host.catalog.objects import Relation
    from simulator.recovery.journal import Journal

Blocks = frozenset[int]
Place = tuple[int, str]
"""OID of a database (0: the files in global/), and the name of a file."""

_BLOCKS_OF_A_DEFINITION = 17
"""Of pg_class, pg_attribute, pg_type, pg_depend and their indexes, for one more relation (seen on 18)."""
_ROWS_LOOKED_AT = 100_000
"""In a table that changed in more rows than these every block counts."""


@dataclass(frozen=True, slots=True)
class Touched:
    """Blocks by file; `whole`: files that were made or written anew, of which no block is as it was."""

    blocks: Mapping[Place, Blocks]
    whole: frozenset[Place]


def since(journal: Journal, branch: str, start: int) -> Touched:
    """What the commits after `start` have touched, on the timeline of `branch`."""
    blocks: dict[Place, Blocks] = {}
    whole: set[Place] = set()
    before, commits = _commits(journal, branch, start)
    for after in commits:
        if before is not None:
            for place, found in _changed(before, after):
                if found is None:
                    whole.add(place)
                else:
                    blocks[place] = blocks.get(place, frozenset()) | found
        before = after
    return Touched(blocks, frozenset(whole))


def _commits(journal: Journal, name: str, start: int) -> tuple[Catalog | None, list[Catalog]]:
    """What the databases held at `start`, and after each commit since."""
    found: list[Catalog] = []
    branch, upto = journal.branch(name), None
    while True:
        states = [state for end, state in branch.states if end > start and (upto is None or end <= upto)]
        found = [*states, *found]  # type: ignore[list-item]
        if branch.parent is None or branch.fork <= start:
            break
        branch, upto = journal.branch(branch.parent), branch.fork if upto is None else min(upto, branch.fork)
    return journal.state_at(name, start), found  # type: ignore[return-value]


def _changed(old: Catalog, new: Catalog) -> Iterator[tuple[Place, Blocks | None]]:
    """Blocks that one transaction has touched; None: the file is another one."""
    if _shared(old) != _shared(new):
        yield (0, CATALOG_FILE), frozenset({0})
    for name, database in new.databases.items():
        before = old.databases.get(name)
        if before is not None and before is not database and before.oid == database.oid:
            yield from _in_database(before, database)


def _shared(catalog: Catalog) -> object:
    """What the catalogues in global/ say."""
    databases = [
        (one.oid, one.name, one.owner, one.tablespace, one.acl, one.settings) for one in catalog.databases.values()
    ]
    return dict(catalog.roles), catalog.memberships, dict(catalog.tablespaces), databases


def _in_database(old: Database, new: Database) -> Iterator[tuple[Place, Blocks | None]]:
    was = {one.oid: one for one in old.relations.values()}
    is_now = {one.oid: one for one in new.relations.values()}
    defined = 0
    for oid in was.keys() | is_now.keys():
        before, after = was.get(oid), is_now.get(oid)
        if before is after:
            continue
        defined += before is None or after is None or _definition(before) != _definition(after)
        if isinstance(before, Table) and isinstance(after, Table):
            yield from (((new.oid, name), found) for name, found in _in_table(before, after))
        elif isinstance(after, Sequence):
            yield (new.oid, str(oid)), frozenset({0})
    if defined:
        yield (new.oid, DATABASE_CATALOGS), frozenset(range(_BLOCKS_OF_A_DEFINITION + defined - 1))


def _definition(relation: Relation) -> Relation:
    """A relation without what its own file holds."""
    if isinstance(relation, Table):
        return replace(relation, rows=Rows(), dead_rows=0, torn=())
    return replace(relation, last_value=0, is_called=False) if isinstance(relation, Sequence) else relation


def _in_table(old: Table, new: Table) -> Iterator[tuple[str, Blocks | None]]:
    """The table's own file and those of its indexes."""
    if new.filenode != old.filenode:
        yield str(new.oid), None
        yield from ((str(oid), None) for oid, _ in new.index_files())
        return
    if [column.type for column in old.columns] != [column.type for column in new.columns]:
        return  # ADD and DROP COLUMN leave the rows as they are
    touched, gone, added = _rows(old, new)
    if not touched:
        return
    yield str(new.oid), touched
    for oid, columns in _indexes(new):
        keys = [new.column_names().index(name) for name in columns if new.column(name) is not None]
        same = len(touched) == 1 and gone is not None and _keys(gone, keys) == _keys(added, keys)
        if added and not same:  # an update that finds room in its page is heap-only
            yield str(oid), _in_index(old, new)


def _indexes(table: Table) -> Iterator[tuple[int, tuple[str, ...]]]:
    yield from ((one.index_oid, one.columns) for one in table.constraints if one.index_oid)
    yield from ((one.oid, one.columns) for one in table.indexes)


def _keys(rows: Iterable[Row], columns: list[int]) -> list[tuple[str, ...]]:
    return sorted(tuple(str(row[column]) for column in columns) for row in rows)


def _in_index(old: Table, new: Table) -> Blocks:
    """New entries go to the last leaf, and to those made behind it; the meta page stays as it is."""
    first = (old.rows.count + old.dead_rows) // ENTRIES_PER_LEAF + 1
    return frozenset(range(first, index_bytes(new) // PAGE)) or frozenset({index_bytes(new) // PAGE - 1})


def _rows(old: Table, new: Table) -> tuple[Blocks, list[Row] | None, list[Row]]:
    """Blocks, the rows that went (None: too many to tell), and those that came; what stays keeps its order."""
    equal = 0
    for one, other in zip(old.rows.chunks, new.rows.chunks, strict=False):
        if one is not other and one != other:
            break
        equal += len(one)
    left, came = old.rows.part(equal, old.rows.count), new.rows.part(equal, new.rows.count)
    size = rows_per_page(old)
    end = (old.rows.count + old.dead_rows, new.rows.count + new.dead_rows)
    grown = frozenset(range(end[0] // size, -(-end[1] // size))) if end[1] > end[0] else frozenset[int]()
    if left.count > _ROWS_LOOKED_AT or (left.count and not came.count):
        return frozenset(range(equal // size, -(-end[0] // size))) | grown, None, []
    if came.count > left.count + _ROWS_LOOKED_AT:
        return grown, None, list(came.first(1))
    gone, places, arrived = [], set(), iter(came)
    following = next(arrived, None)
    for place, row in enumerate(left, start=equal):
        if row == following:
            following = next(arrived, None)
        else:
            gone.append(row)
            places.add(place // size)
    added = [] if following is None else [following, *arrived]
    return frozenset(places) | (grown if added else frozenset()), gone, added
