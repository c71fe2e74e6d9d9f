"""Reading and showing the value of a parameter, with the rules and the words of the server's guc.c.

`parse_value` follows parse_bool, parse_int, parse_real, convert_to_base_unit and config_enum_lookup_by_name;
`show_value` follows ShowGUCOption.  Every rule and text is replayed against recordings of real servers
(tests/data/alter_system-messages.json).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from simulator.settings_table import Parameter, Value
from simulator.versions import since


class InvalidValue(ValueError):
    """The server refuses a value; carries its words: message, DETAIL, HINT and warnings before the error."""

    def __init__(self, message: str, detail: str = "", hint: str = "", warnings: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.hint = hint
        self.warnings = warnings
        """Whole lines: 'WARNING:  ...' and the 'HINT:  ...' that belongs to it."""

    def lines(self, severity: str) -> tuple[str, ...]:
        """Return what is printed, as psql or the log prints it: severity is 'ERROR', 'LOG' or 'FATAL'."""
        told = [*self.warnings, f"{severity}:  {self.message}"]
        told += [f"{word}:  {text}" for word, text in (("DETAIL", self.detail), ("HINT", self.hint)) if text]
        return tuple(told)


class UnknownParameter(InvalidValue):
    """No such parameter in this major; the text is the server's."""

    def __init__(self, name: str) -> None:
        super().__init__(f'unrecognized configuration parameter "{name}"')


_MEMORY_HINT = 'Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".'
_TIME_HINT = 'Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".'
_RANGE_HINT = "Value exceeds integer range."
_MAX_UNIT_LEN = 3
_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1
_LONG_MIN, _LONG_MAX = -(2**63), 2**63 - 1
_SPACE = " \t\n\v\f\r"

_BYTES = {"TB": 2**40, "GB": 2**30, "MB": 2**20, "kB": 2**10, "B": 1}
_MICROSECONDS = {
    "d": 86_400_000_000,
    "h": 3_600_000_000,
    "min": 60_000_000,
    "s": 1_000_000,
    "ms": 1000,
    "us": 1,
}
_BASES: Mapping[str, tuple[dict[str, int], int]] = {
    "B": (_BYTES, 1),
    "kB": (_BYTES, 2**10),
    "8kB": (_BYTES, 2**13),
    "MB": (_BYTES, 2**20),
    "ms": (_MICROSECONDS, 1000),
    "s": (_MICROSECONDS, 1_000_000),
    "min": (_MICROSECONDS, 60_000_000),
}

# What C's strtol (base 0) and strtod take from the start of a text.  Patterns are compiled on first use: the
# import must stay quick.
_STRTOL = r"[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)"
_STRTOD = (
    r"[ \t\n\v\f\r]*([+-]?(?:0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
    r"|inf(?:inity)?|nan))"
)

_WORDS = {"true": True, "false": False, "yes": True, "no": False}


def parse_value(param: Parameter, text: str) -> Value:
    """Read a value as the server does (numbers come back in param.unit); raises InvalidValue."""
    match param.vartype:
        case "bool":
            return _parse_bool(param, text)
        case "integer":
            return _in_range(param, _parse_int(param, text))
        case "real":
            return _in_range(param, _parse_real(param, text))
        case "enum":
            return _parse_enum(param, text)
        case _:
            return text


def invalid(param: Parameter, text: str, detail: str = "", hint: str = "") -> InvalidValue:
    """Return the server's usual refusal of a value."""
    return InvalidValue(f'invalid value for parameter "{param.name}": "{text}"', detail, hint)


def _parse_bool(param: Parameter, text: str) -> bool:
    """Any prefix of true, false, yes, no; on, of, off (but not o); 1 and 0; in any case."""
    word = text.lower()
    if word in {"on", "1"}:
        return True
    if word in {"off", "of", "0"}:
        return False
    if word:
        for known, value in _WORDS.items():
            if known.startswith(word):
                return value
    raise InvalidValue(f'parameter "{param.name}" requires a Boolean value')


def _parse_enum(param: Parameter, text: str) -> str:
    word = text.lower()
    hidden = dict(param.hidden)
    if word in hidden:
        return hidden[word]
    if word in param.enumvals:
        return word
    raise invalid(param, text, hint=f"Available values: {', '.join(param.enumvals)}.")


def _strtol(text: str) -> tuple[float, int]:
    """Value and end of the integer at the start; end 0 if there is none; NaN if it overflows a C long."""
    found = re.match(_STRTOL, text)
    if not found:
        return 0, 0
    digits = found[2]
    base = 16 if digits[:2] in {"0x", "0X"} else 8 if digits.startswith("0") else 10
    number = int(found[1] + digits, base)
    return number if _LONG_MIN <= number <= _LONG_MAX else math.nan, found.end()


def _strtod(text: str) -> tuple[float, int]:
    """Value and end of the number at the start; end 0 if there is none or it is too large or too small."""
    found = re.match(_STRTOD, text, re.IGNORECASE)
    if not found:
        return 0.0, 0
    word = found[1].lower()
    if "x" in word:
        return float(int(word, 16)), found.end()
    value = float(word)
    vanished = value == 0 and re.search(r"[1-9]", word.split("e")[0]) is not None
    if vanished or (math.isinf(value) and "inf" not in word):
        return 0.0, 0
    return value, found.end()


def _parse_int(param: Parameter, text: str) -> int:
    value, end = _strtol(text)
    if text[end : end + 1] in {".", "e", "E"} or math.isnan(value):
        value, end = _strtod(text)
    if not end or math.isnan(value):
        raise invalid(param, text)
    value = _with_unit(param, text, value, end)
    if math.isinf(value) or not _INT_MIN <= round(value) <= _INT_MAX:
        raise invalid(param, text, hint=_RANGE_HINT)
    return round(value)  # to the even neighbour, as rint()


def _parse_real(param: Parameter, text: str) -> float:
    value, end = _strtod(text)
    if not end or math.isnan(value):
        raise invalid(param, text)
    return _with_unit(param, text, value, end)


def _with_unit(param: Parameter, text: str, value: float, end: int) -> float:
    rest = text[end:].lstrip(_SPACE)
    if not rest:
        return value
    if param.unit is None:
        raise invalid(param, text)
    units, base = _BASES[param.unit]
    word = re.match(rf"[^{_SPACE}]{{1,{_MAX_UNIT_LEN}}}", rest)
    unit = word[0] if word else ""
    if unit not in units or rest[len(unit) :].strip(_SPACE):
        raise invalid(param, text, hint=_TIME_HINT if units is _MICROSECONDS else _MEMORY_HINT)
    smaller = list(units)[list(units).index(unit) + 1 :]
    value = value * (units[unit] / base)
    if smaller and not math.isinf(value):
        # '30.1GB' is rounded to the next smaller unit, so that it is shown as 30822MB and not in bytes.
        step = units[smaller[0]] / base
        value = round(value / step) * step
    return value


def _in_range(param: Parameter, value: float) -> Value:
    low, high = param.min, param.max
    if low is None or high is None or low <= value <= high:
        return value
    unit = f" {param.unit}" if param.unit else ""
    # From 17 on the two limits carry the unit too.
    limit_unit = since(param.major, {12: "", 17: unit})
    raise InvalidValue(
        f'{_number(value)}{unit} is outside the valid range for parameter "{param.name}" '
        f"({_number(low)}{limit_unit} .. {_number(high)}{limit_unit})"
    )


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return format(value, "g")


def setting_text(param: Parameter, value: Value) -> str:
    """Return `pg_settings.setting`: a number in the parameter's own unit, without the unit."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str):
        return value
    if param.name == "data_directory_mode":
        return f"{int(value):04o}"
    return _number(value)


def show_value(param: Parameter, value: Value) -> str:
    """Return what SHOW prints: a number in the largest unit that divides it."""
    if param.unit is None or isinstance(value, bool | str) or value <= 0:
        return setting_text(param, value)
    units, base = _BASES[param.unit]
    unit = next((unit for unit, size in units.items() if _divides(value, size / base)), list(units)[-1])
    shown = value / (units[unit] / base)
    return f"{round(shown) if isinstance(value, int) else format(shown, 'g')}{unit}"


def _divides(value: float, multiplier: float) -> bool:
    """Integers: divides it, or is no larger than the parameter's own unit; reals: divides within rounding."""
    if isinstance(value, int):
        return multiplier <= 1 or value % int(multiplier) == 0
    shown = value / multiplier
    return round(shown) > 0 and abs(round(shown) / shown - 1) <= 1e-8
