"""`replace` for the frozen values that every step makes anew: ten times as fast as that of dataclasses.

A world is a few wide values, and a step changes one or two fields of each a dozen times.  Their classes have no
slots, so that a changed copy is a copy of the dict of fields, without a call of __init__ with all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import replace
else:
    _new, _set = object.__new__, object.__setattr__

    def replace(value, /, **changes):
        """The same value with some fields changed; raises TypeError for a name that is no field."""
        old = value.__dict__
        fields = old | changes
        if len(fields) != len(old):
            raise TypeError(f"{type(value).__name__} has not all of the fields {', '.join(changes)}")
        new = _new(type(value))
        _set(new, "__dict__", fields)
        return new


__all__ = ["replace"]
