"""The order of a dump: by kind and name, then as little rearranged as dependencies demand (pg_dump_sort.c)."""

from __future__ import annotations

import heapq
from dataclasses import replace
from itertools import chain

from host.dump.items import PRIORITY, Item

PRE_BOUNDARY = ("boundary", "pre-data")
POST_BOUNDARY = ("boundary", "post-data")


def ordered(items: list[Item]) -> tuple[list[Item], tuple[str, ...]]:
    """The items in order, and the tables whose foreign keys go in a circle (data-only dumps)."""
    bounded = _with_boundaries(items)
    order, left = _topological(bounded)
    circle: tuple[str, ...] = ()
    if left:
        circle = tuple(item.name for item in left if item.kind == "table data")
        freed = [replace(i, depends=_not_of_data(i)) if i.kind == "table data" else i for i in bounded]
        order, left = _topological(freed)
    return [item for item in (*order, *left) if item.key[0] != "boundary"], circle


def _not_of_data(item: Item) -> frozenset[tuple[object, ...]]:
    return frozenset(name for name in item.depends if name[0] != "table data")


def _section(item: Item) -> int:
    """0 pre-data, 1 data, 2 post-data; statistics go where their relation goes."""
    if item.kind == "statistics":
        return 2 if item.entries[0].section == "post-data" else 1
    place = PRIORITY[item.kind]
    return (place > PRIORITY["pre-data boundary"]) + (place > PRIORITY["post-data boundary"])


def _with_boundaries(items: list[Item]) -> list[Item]:
    sections: tuple[list[Item], ...] = ([], [], [])
    for item in items:
        number = _section(item)
        needs = (frozenset(), frozenset({PRE_BOUNDARY}), frozenset({POST_BOUNDARY}))[number]
        sections[number].append(replace(item, depends=item.depends | needs))
    pre, data, _ = sections
    before = Item("pre-data boundary", PRE_BOUNDARY, None, "", (), frozenset(item.key for item in pre))
    after = frozenset({PRE_BOUNDARY, *(item.key for item in data)})
    return [*chain(*sections), before, Item("post-data boundary", POST_BOUNDARY, None, "", (), after)]


def _topological(items: list[Item]) -> tuple[list[Item], list[Item]]:
    """TopoSort: from the end, always the last item by name that nothing still waits for; and what is left over."""
    by_name = sorted(items, key=lambda item: item.order)
    place = {item.key: number for number, item in enumerate(by_name)}
    needs = [[place[name] for name in item.depends if name in place] for item in by_name]
    waiting = [0] * len(by_name)
    for needed in chain(*needs):
        waiting[needed] += 1
    heap = [-number for number, count in enumerate(waiting) if count == 0]
    heapq.heapify(heap)
    taken: list[int] = []
    while heap:
        number = -heapq.heappop(heap)
        taken.append(number)
        for needed in needs[number]:
            waiting[needed] -= 1
            if waiting[needed] == 0:
                heapq.heappush(heap, -needed)
    done = set(taken)
    return [by_name[n] for n in reversed(taken)], [item for n, item in enumerate(by_name) if n not in done]
