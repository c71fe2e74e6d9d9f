"""`replace` and `quick` for the frozen values that every step makes anew: many times as fast as those of dataclasses.

A world is a few wide values, and a step changes one or two fields of each a dozen times.  Their classes have no
slots, so that a changed copy is a copy of the dict of fields, without a call of __init__ with all of them.
What is made from nothing is `quick`: the __init__ that dataclasses writes for a frozen class looks every field up and
goes through object.__setattr__ for each.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")
_new, _set = object.__new__, object.__setattr__

if TYPE_CHECKING:
    from dataclasses import replace
else:

    def replace(value, /, **changes):
        """The same value with some fields changed; the type checker refuses a name that is no field."""
        new = _new(value.__class__)
        _set(new, "__dict__", value.__dict__ | changes)
        return new


def replace_known(value: T, changes: dict[str, object]) -> T:
    """As `replace`, for names that the type checker does not see; raises TypeError for one that is no field."""
    old = value.__dict__
    new: T = _new(value.__class__)
    both = old | changes
    if len(both) != len(old):
        raise TypeError(f"{type(value).__name__} has not all of the fields {', '.join(changes)}")
    _set(new, "__dict__", both)
    return new


def quick(cls: type[T]) -> type[T]:
    """Give a frozen dataclass an __init__ that sets slots directly, or without slots all fields at once.

    A dict of its own, rather than one that shares its keys with the class, is also what `replace` copies best: CPython
    3.11 looks every attribute up anew in a copy of the other kind.
    """
    known: dict[str, Any] = {"set_": _set, "MISSING": MISSING}
    mine = fields(cls)  # type: ignore[arg-type]  # a dataclass
    if not mine:
        return cls
    taken, told = ["self"], []
    for each in mine:
        taken.append(_parameter(each, known))
        made = f"make_{each.name}() if {each.name} is MISSING else " if f"make_{each.name}" in known else ""
        told.append((each.name, made + each.name))
    if "__slots__" in cls.__dict__:
        known |= {f"set_{each.name}": getattr(cls, each.name).__set__ for each in mine}
        lines = [f"set_{name}(self, {text})" for name, text in told]
    else:
        lines = [f'set_(self, "__dict__", {{{", ".join(f"{name!r}: {text}" for name, text in told)}}})']
    exec(f"def __init__({', '.join(taken)}):\n " + "\n ".join(lines), known)  # noqa: S102  # as dataclasses does
    known["__init__"].__qualname__ = f"{cls.__qualname__}.__init__"
    cls.__init__ = known["__init__"]  # type: ignore[method-assign]
    return cls


def _parameter(each: Field[Any], known: dict[str, Any]) -> str:
    """The field as a parameter of __init__; what it defaults to goes to the names that are known there."""
    if each.default is not MISSING:
        known[f"default_{each.name}"] = each.default
        return f"{each.name}=default_{each.name}"
    if each.default_factory is not MISSING:
        known[f"make_{each.name}"] = each.default_factory
        return f"{each.name}=MISSING"
    return each.name


__all__ = ["quick", "replace", "replace_known"]
