"""echo, printf, test and other builtins as programs of their own; seq, yes, date."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from host.call import Call, Done
from host.coreutils.base import Tool, quoted
from host.coreutils.making import read_moment
from host.effort import EDIT, LINE, spend
from host.shell.conditions import judge
from host.shell.printing import echoed, formatted

_MOST = 100_000


def main(call: Call) -> Done:
    """Print something, or decide something."""
    tool = Tool(call)
    words = list(call.argv[1:])
    match call.name:
        case "echo":
            tool.out(echoed(words, False))
        case "printf" if words:
            text, faults = formatted(words[0], words[1:])
            tool.out(text)
            for fault in faults:
                word, colon, _ = fault.rpartition(": invalid number")
                tool.fail(f"{quoted(word)}: expected a numeric value" if colon else fault)
        case "printf":
            return tool.misuse("missing operand")
        case "test" | "[":
            says = "missing ']'"
            tool.status, fault = judge(
                call.name, words, tool.files, lambda word: f"invalid integer {quoted(word)}", says
            )
            if fault:
                tool.err(f"{call.name}: {fault.removeprefix(call.name + ': ')}\n")
        case "false":
            tool.status = 1
        case "pwd":
            tool.out(f"{call.host.cwd}\n")
        case "seq":
            return _seq(tool)
        case "yes":
            spend(LINE * 500)  # who reads it cuts it into lines
            tool.out(((" ".join(words) or "y") + "\n") * 10_000)
        case "date":
            return _date(tool)
        case _:
            pass
    return tool.done()


def _seq(tool: Tool) -> Done:
    words = list(tool.call.argv[1:])
    separator, wide = "\n", False
    while words and re.match("-[sw]", words[0]):
        word = words.pop(0)
        if word == "-w":
            wide = True
        else:
            separator = word[2:] or (words.pop(0) if words else separator)
    tool.operands = words
    if not words:
        return tool.misuse("missing operand")
    if len(words) > 3:
        return tool.misuse(f"extra operand {quoted(words[3])}")
    numbers: list[Decimal] = []
    for word in words:
        try:
            value = Decimal(word)
        except InvalidOperation:
            return tool.misuse(f"invalid floating point argument: {quoted(word)}")
        if not value.is_finite() or abs(value.adjusted()) > 15:
            return tool.misuse(f"invalid floating point argument: {quoted(word)}")
        numbers.append(value)
    first = numbers[0] if len(numbers) > 1 else Decimal(1)
    step = numbers[1] if len(numbers) > 2 else Decimal(1)
    last = numbers[-1]
    if step == 0:
        return tool.misuse(f"invalid Zero increment value: {quoted(words[1])}")
    count = min(max(0, int((last - first) / step) + 1 if (last - first) / step >= 0 else 0), _MOST)
    places = max((-int(number.as_tuple().exponent) for number in (first, step)), default=0)
    spend(count)
    texts = [f"{first + step * at:.{max(0, places)}f}" for at in range(count)]
    if wide and texts:
        width = max(len(texts[0]), len(texts[-1]))
        texts = [text.zfill(width) for text in texts]
    if texts:
        tool.out(separator.join(texts) + "\n")
    return tool.done()


def _date(tool: Tool) -> Done:
    if not tool.read("d,date= u,utc,universal r,reference= I,iso-8601? R,rfc-email s,set= rfc-3339="):
        return tool.done()
    spend(10 * EDIT)
    host = tool.call.host
    moment: float | None = host.clock
    if tool.has("r"):
        node = tool.files.find(tool.value("r"))
        if node is None:
            tool.fail(f"{tool.value('r')}: No such file or directory")
            return tool.done()
        moment = node.mtime
    if tool.has("d"):
        moment = read_moment(tool.value("d"), host.clock)
        if moment is None:
            tool.fail(f"invalid date {quoted(tool.value('d'))}")
            return tool.done()
    if tool.has("s"):
        tool.fail("cannot set date: Operation not permitted")
        return tool.done()
    form = next((word[1:] for word in tool.operands if word.startswith("+")), None)
    wrong = next((word for word in tool.operands if not word.startswith("+")), None)
    if wrong is not None:
        tool.fail(f"invalid date {quoted(wrong)}")
        return tool.done()
    if form is None:
        form = "%a %b %e %H:%M:%S UTC %Y"
        if tool.has("I"):
            form = "%Y-%m-%d"
        elif tool.has("R"):
            form = "%a, %d %b %Y %H:%M:%S +0000"
    assert moment is not None
    tool.out(shown(form, moment) + "\n")
    return tool.done()


def shown(form: str, moment: float) -> str:
    """A moment in a format of date(1)."""
    when = datetime.fromtimestamp(moment, UTC)

    def piece(match: re.Match[str]) -> str:
        letter = match[1]
        own = {"s": str(int(moment)), "N": f"{int(moment % 1 * 1e9):09d}", "n": "\n", "t": "\t", "%": "%", "Z": "UTC"}
        own |= {
            "z": "+0000",
            "F": f"{when:%Y-%m-%d}",
            "T": f"{when:%H:%M:%S}",
            "e": f"{when.day:2d}",
            "R": f"{when:%H:%M}",
        }
        own |= {"D": f"{when:%m/%d/%y}", "h": f"{when:%b}", "k": f"{when.hour:2d}"}
        if letter in own:
            return own[letter]
        return when.strftime(f"%{letter}") if letter in "aAbBcCdGgHIjmMpSuUVwWxXyY" else match.group()

    return re.sub(r"%(.)", piece, form)
