"""cut, tr, tee, rev."""

from __future__ import annotations

import re

from host.call import Call, Done
from host.content import text_of
from host.coreutils.base import Tool, lines_of, quoted
from host.effort import LETTERS, spend
from host.tree import PathError


def main(call: Call) -> Done:
    """Work on characters and fields."""
    tool = Tool(call)
    return {"cut": _cut, "tr": _tr, "tee": _tee, "rev": _rev}[call.name](tool)


def _ranges(text: str) -> list[tuple[int, int]] | None:
    found: list[tuple[int, int]] = []
    for piece in text.split(","):
        match = re.fullmatch(r"(\d{1,9})?(-)?(\d{1,9})?", piece)
        if match is None or not piece or piece == "-" or match[1] == "0":
            return None
        start = int(match[1] or "1")
        stop = int(match[3]) if match[3] else (10**9 if match[2] else start)
        if stop < start:
            return None
        found.append((start, stop))
    return found


def _cut(tool: Tool) -> Done:
    if not tool.read("d,delimiter= f,fields= c,characters= b,bytes= s,only-delimited output-delimiter= complement n z"):
        return tool.done()
    kinds = [name for name in ("b", "c", "f") if tool.has(name)]
    if not kinds:
        return tool.misuse("you must specify a list of bytes, characters, or fields")
    if len(kinds) > 1:
        return tool.misuse("only one list may be specified")
    kind = kinds[0]
    delimiter = tool.value("d", "\t") if tool.has("d") else "\t"
    if len(delimiter) > 1:
        return tool.misuse("the delimiter must be a single character")
    if tool.has("d") and kind != "f":
        return tool.misuse("an input delimiter may be specified only when operating on fields")
    ranges = _ranges(tool.value(kind))
    if ranges is None:
        return tool.misuse(_range_fault(tool.value(kind), kind))

    def wanted(place: int) -> bool:
        return any(start <= place <= stop for start, stop in ranges) != tool.has("complement")

    for _, text in tool.texts():
        spend(len(text) // LETTERS)
        for line in lines_of(text):
            if kind != "f":
                tool.out("".join(char for place, char in enumerate(line, 1) if wanted(place)) + "\n")
            elif delimiter not in line:
                tool.out("" if tool.has("s") else line + "\n")
            else:
                fields = [field for place, field in enumerate(line.split(delimiter), 1) if wanted(place)]
                joint = tool.value("output-delimiter") if tool.has("output-delimiter") else delimiter
                tool.out(joint.join(fields) + "\n")
    return tool.done()


def _range_fault(text: str, kind: str) -> str:
    pieces = text.split(",")
    what = "fields" if kind == "f" else "byte/character positions"
    if any(re.fullmatch(r"0+(-\d*)?", piece) or piece == "" for piece in pieces):
        return f"{'fields are' if kind == 'f' else what + ' are'} numbered from 1"
    if "-" in pieces:
        return "invalid range with no endpoint: -"
    if any(re.fullmatch(r"\d+-\d+", piece) for piece in pieces) and not re.search(r"[^\d,-]", text):
        return "invalid decreasing range"
    bad = re.search(r"[^\d,-].*", text)
    value = "field value" if kind == "f" else "byte/character position"
    return f"invalid {value} {quoted(bad.group() if bad else text)}"


_TR_CLASSES = {
    "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "lower": "abcdefghijklmnopqrstuvwxyz",
    "digit": "0123456789",
    "space": "\t\n\v\f\r ",
    "blank": "\t ",
    "punct": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
}
_TR_CLASSES["alpha"] = _TR_CLASSES["upper"] + _TR_CLASSES["lower"]
_TR_CLASSES["alnum"] = _TR_CLASSES["digit"] + _TR_CLASSES["alpha"]
_TR_TOKEN = re.compile(r"\[:(\w+):\]|\\([0-7]{1,3})|\\(.)|(.)", re.DOTALL)
_TR_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def _tr_set(text: str) -> str:
    """The characters of a set: ranges, classes, escapes."""
    chars: list[str] = []
    marks: list[bool] = []
    for match in _TR_TOKEN.finditer(text):
        if match[1] is not None:
            expanded = _TR_CLASSES.get(match[1], "")
            chars += list(expanded)
            marks += [False] * len(expanded)
        else:
            char = chr(int(match[2], 8)) if match[2] else _TR_ESCAPES.get(match[3], match[3]) if match[3] else match[4]
            chars.append(char)
            marks.append(match[4] == "-")
    out: list[str] = []
    at = 0
    while at < len(chars):
        if at + 2 < len(chars) and marks[at + 1] and chars[at] <= chars[at + 2]:
            out += [chr(code) for code in range(ord(chars[at]), min(ord(chars[at + 2]), ord(chars[at]) + 70_000) + 1)]
            at += 3
        else:
            out.append(chars[at])
            at += 1
    return "".join(out)


def _tr(tool: Tool) -> Done:
    if not tool.read("c,complement C d,delete s,squeeze-repeats t,truncate-set1", first=True):
        return tool.done()
    delete, squeeze = tool.has("d"), tool.has("s")
    if not tool.operands:
        return tool.misuse("missing operand")
    needs = 1 if (delete and not squeeze) or (squeeze and not delete) else 2
    if len(tool.operands) < needs:
        tool.fail(f"missing operand after {quoted(tool.operands[0])}")
        if delete:
            tool.err("Two strings must be given when both deleting and squeezing repeats.\n")
        else:
            tool.err("Two strings must be given when translating.\n")
        tool.hint()
        return tool.done()
    if len(tool.operands) > (1 if delete and not squeeze else 2):
        extra = tool.operands[1 if delete and not squeeze else 2]
        tool.fail(f"extra operand {quoted(extra)}")
        if delete and not squeeze and len(tool.operands) == 2:
            tool.err("Only one string may be given when deleting without squeezing repeats.\n")
        tool.hint()
        return tool.done()
    first = _tr_set(tool.operands[0])
    second = _tr_set(tool.operands[1]) if len(tool.operands) > 1 else ""
    text = text_of(tool.stdin())
    inverted = tool.has("c", "C")
    listed = set(first)

    def inside(char: str) -> bool:
        return (char in listed) != inverted

    if delete:
        text = "".join(char for char in text if not inside(char))
    elif second:
        table = (
            {} if inverted else dict(zip(reversed(first), reversed(second[: len(first)].ljust(len(first), second[-1]))))  # noqa: B905
        )
        text = "".join(second[-1] if inverted and inside(char) else table.get(char, char) for char in text)
    elif len(tool.operands) > 1:
        tool.fail("when not truncating set1, string2 must be non-empty")
        return tool.done()
    if squeeze:
        kept = set(second) if second else {char for char in text if inside(char)}
        text = re.sub(r"(.)\1+", lambda m: m[1] if m[1] in kept else m.group(), text, flags=re.DOTALL)
    tool.out(text)
    return tool.done()


def _tee(tool: Tool) -> Done:
    if not tool.read("a,append i p output-error?"):
        return tool.done()
    content = tool.stdin()
    tool.out(content)
    for path in tool.operands:
        try:
            if path != "/dev/null":
                tool.files.write(path, content, append=tool.has("a"))
        except PathError as error:
            tool.fail(f"{path}: {error.reason}")
    return tool.done()


def _rev(tool: Tool) -> Done:
    if not tool.read(""):
        return tool.done()
    for _, text in tool.texts("cannot open {name}: {reason}"):
        tool.out("".join(line[::-1] + "\n" for line in lines_of(text)))
    return tool.done()
