"""The texts of `echo` and `printf`."""

from __future__ import annotations

import re

from host.effort import EDIT, spend

_ESCAPE = re.compile(r"\\(?:([abefnrtv\\])|0([0-7]{0,3})|x([0-9a-fA-F]{1,2})|(c))")
_PRINTF_ESCAPE = re.compile(r"\\(?:([abefnrtv\\\"'])|([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(c))")
_CHARS = {"a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_SPEC = re.compile(r"%(%|([-+ 0#]*)(\*|\d*)(?:\.(\*|\d*))?([A-Za-z]?))")
_WIDEST = 4096
_MOST_ROUNDS = 20_000


def _char(match: re.Match[str]) -> str:
    plain, octal, hexadecimal, _ = match.groups()
    if plain is not None:
        return _CHARS.get(plain, plain)
    value = int(octal or "0", 8) & 0xFF if hexadecimal is None else int(hexadecimal, 16)
    return bytes([value]).decode("utf-8", "surrogateescape")


def _unescaped(text: str, expression: re.Pattern[str]) -> tuple[str, bool]:
    r"""The text with its escapes read, and whether `\\c` ended it."""
    out: list[str] = []
    at = 0
    for match in expression.finditer(text):
        out.append(text[at : match.start()])
        if match[4]:
            return "".join(out), True
        out.append(_char(match))
        at = match.end()
    return "".join([*out, text[at:]]), False


def echoed(words: list[str], escapes: bool) -> str:
    """What `echo` prints; `escapes`: dash reads them without -e, and knows only -n."""
    end = "\n"
    allowed = re.compile("-n" if escapes else "-[neE]+")
    while words and allowed.fullmatch(words[0]):
        for letter in words[0][1:]:
            end = "" if letter == "n" else end
            escapes = escapes if letter == "n" else letter == "e"
        words = words[1:]
    text = " ".join(words)
    if escapes:
        text, stopped = _unescaped(text, _ESCAPE)
        end = "" if stopped else end
    return text + end


def formatted(template: str, words: list[str]) -> tuple[str, list[str]]:
    """What `printf` prints, and its complaints; the template is used again while words are left."""
    out: list[str] = []
    faults: list[str] = []
    left = list(words)
    for _ in range(_MOST_ROUNDS):
        spend(EDIT)
        before = len(left)
        ended = _round(template, left, out, faults)
        if ended or not left or len(left) == before:
            break
    return "".join(out), faults


def _round(template: str, left: list[str], out: list[str], faults: list[str]) -> bool:
    at = 0
    for match in _SPEC.finditer(template):
        text, stopped = _unescaped(template[at : match.start()], _PRINTF_ESCAPE)
        out.append(text)
        if stopped:
            return True
        at = match.end()
        if match[1] == "%":
            out.append("%")
        elif match[5] not in tuple("sdiouxXcbqfFeEgG"):
            says = "missing format character" if match[5] in ("", "z") else "invalid format character"
            faults.append(f"`{match[5] if says.startswith('inv') else match.group()}': {says}")
            return True
        elif _one(match, left, out, faults):
            return True
    text, stopped = _unescaped(template[at:], _PRINTF_ESCAPE)
    out.append(text)
    return stopped


def _one(match: re.Match[str], left: list[str], out: list[str], faults: list[str]) -> bool:
    flags, width, precision, kind = match[2], match[3], match[4], match[5]
    if width == "*":
        width = str(_number(left.pop(0) if left else "0", faults))
    if precision == "*":
        precision = str(max(0, _number(left.pop(0) if left else "0", faults)))
    if width.startswith("-"):
        flags, width = flags + "-", width[1:]
    word = left.pop(0) if left else ("" if kind in "scbq" else "0")
    kept = flags if kind not in "scbq" else ("-" if "-" in flags else "")
    spec = "%" + kept + (str(min(int(width), _WIDEST)) if width else "")
    if precision is not None:
        spec += "." + str(min(int(precision or "0"), _WIDEST))
    ended = False
    if kind in "fFeEgG":
        out.append((spec + kind) % _decimal(word, faults))
    elif kind in "diouxX":
        number = _number(word, faults)
        out.append((spec + ("d" if kind == "u" else kind)) % (number % (1 << 64) if kind in "ouxX" else number))
    else:
        if kind == "b":
            word, ended = _unescaped(word, _ESCAPE)
        elif kind == "c":
            word = word[:1]
        elif kind == "q" and not re.fullmatch(r"[\w./:=@%+,-]+", word):
            word = "''" if word == "" else re.sub(r"([^\w./:=@%+,-])", r"\\\1", word)
        out.append((spec + "s") % word)
    return ended


def _number(word: str, faults: list[str]) -> int:
    text = word.strip()
    if text[:1] in ("'", '"'):
        return ord(text[1]) if len(text) > 1 else 0
    match = re.match(r"[-+]?(0[xX][0-9a-fA-F]+|\d+)", text)
    if match is None or match.end() != len(text):  # noqa: SIM102
        if text or word:
            faults.append(f"{word}: invalid number")
    if match is None:
        return 0
    digits = match[1]
    octal = len(digits) > 1 and digits[0] == "0" and digits.isdecimal() and not set(digits) & set("89")
    value = int(digits, 8) if octal else int(digits, 16) if digits[:2] in ("0x", "0X") else int(digits[:19])
    return -value if text.startswith("-") else value


def _decimal(word: str, faults: list[str]) -> float:
    try:
        return float(word or "0")
    except ValueError:
        faults.append(f"{word}: invalid number")
        return 0.0
