"""Numbers as the C library reads them, and the checks that the tools share."""

from __future__ import annotations

import re

from host.options.messages import fail
from host.options.values import Parsed

INT_MAX = 2**31 - 1
INT_MIN = -(2**31)

_DECIMAL = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]+)")
_ANY_BASE = re.compile(r"[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)")
_HEX = re.compile(r"[ \t\n\v\f\r]*([+-]?)(?:0[xX](?=[0-9a-fA-F]))?([0-9a-fA-F]+)")
_LSN = re.compile(r"\s*[+-]?(?:0[xX])?([0-9a-fA-F]+)/\s*[+-]?(?:0[xX])?([0-9a-fA-F]+)")
_HEX_FLOAT = re.compile(r"[ \t\n\v\f\r]*([+-]?0[xX][0-9a-fA-F]+(?:\.[0-9a-fA-F]*)?(?:[pP][+-]?[0-9]{1,3})?)")
_FLOAT = re.compile(r"[ \t\n\v\f\r]*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)")


def strtol(text: str) -> tuple[int | None, str]:
    """The decimal number at the beginning and what follows; None when there is no number."""
    found = _DECIMAL.match(text)
    return (int(found[1]), text[found.end() :]) if found else (None, text)


def strtoul(text: str) -> tuple[int | None, str]:
    """The same with base 0: 0x… is hexadecimal, 0… octal."""
    found = _ANY_BASE.match(text)
    if not found:
        return None, text
    digits = found[2]
    base = 16 if digits[:2].lower() == "0x" else 8 if digits[0] == "0" else 10
    number = int(digits, base)
    return (-number if found[1] == "-" else number), text[found.end() :]


def strtol_hex(text: str) -> tuple[int | None, str]:
    """The same with base 16."""
    found = _HEX.match(text)
    if not found:
        return None, text
    number = int(found[2], 16)
    return (-number if found[1] == "-" else number), text[found.end() :]


def strtod(text: str) -> tuple[float | None, str]:
    """The number with a fraction at the beginning and what follows."""
    hexadecimal = _HEX_FLOAT.match(text)
    if hexadecimal:
        return float.fromhex(hexadecimal[1]), text[hexadecimal.end() :]
    found = _FLOAT.match(text)
    return (float(found[1]), text[found.end() :]) if found else (None, text)


def atoi(text: str) -> int:
    """The number at the beginning, 0 when there is none."""
    number = strtol(text)[0] or 0
    return (number + 2**31) % 2**32 - 2**31


def option_int(parsed: Parsed, text: str, option: str, low: int, high: int) -> int:
    """option_parse_int of 15 and later: a number in a range, or the end of the tool."""
    number, rest = strtol(text)
    if rest.strip(" \t\n\v\f\r"):
        fail(parsed, f'invalid value "{text}" for option {option}')
    value = number or 0
    if not (low <= value <= high):
        fail(parsed, f"{option} must be in range {low}..{high}")
    return value


def lsn(text: str) -> int | None:
    """A WAL location as sscanf reads %X/%X: what follows the second number does not matter."""
    found = _LSN.match(text)
    if not found:
        return None
    high, low = (int(found[place], 16) % 2**32 for place in (1, 2))
    return high << 32 | low


def sync_method(parsed: Parsed, text: str) -> str:
    """--sync-method: fsync or syncfs."""
    if text not in ("fsync", "syncfs"):
        fail(parsed, f"unrecognized sync method: {text}")
    return text
