"""sort, uniq, wc."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cmp_to_key
from itertools import pairwise

from host import tree
from host.call import Call, Done
from host.content import Content, size_of, text_of
from host.coreutils.base import Tool, lines_of, quoted
from host.effort import EDIT, spend
from host.tree import PathError


def main(call: Call) -> Done:
    """Work on lines."""
    tool = Tool(call, trouble=2 if call.name == "sort" else 1)
    return {"sort": _sort, "uniq": _uniq, "wc": _wc}[call.name](tool)


_NUMBER = re.compile(r"\s*(-?\d*\.?\d*)")


def _numeric(text: str) -> float:
    match = _NUMBER.match(text)
    try:
        return float(match[1]) if match and match[1] else 0.0
    except ValueError:
        return 0.0


def _human(text: str) -> float:
    match = re.match(r"\s*(-?\d*\.?\d+)([KMGTP]?)", text)
    return float(match[1]) * 1024 ** " KMGTP".index(match[2] or " ") if match else 0.0


def _sort(tool: Tool) -> Done:
    spec = (
        "n,numeric-sort r,reverse u,unique k,key= t,field-separator= f,ignore-case b d h V s,stable"
        " o,output= c,check? g m z R M"
    )
    if not tool.read(spec):
        return tool.done()
    lines: list[str] = []
    missing = next((path for path in tool.operands if path != "-" and tool.files.find(path) is None), None)
    if missing is not None:
        tool.content(missing, "cannot read: {name}: {reason}")
        return tool.done()
    for path in tool.operands or ["-"]:
        if path != "-" and tool.files.is_dir(path):
            tool.fail(f"read failed: {path}: {tree.IS_A_DIR}")
            return tool.done()
        content = tool.content(path, "cannot read: {name}: {reason}")
        if content is None:
            return tool.done()
        lines += lines_of(text_of(content))
    keys = [_Key(value, tool) for name, value in tool.given if name == "k"]
    zero = next((key for key in keys if not key.wrong and key.start == 0), None)
    if zero is not None:
        tool.fail(f"field number is zero: invalid field specification {quoted(zero.text)}")
        return tool.done()
    if any(key.wrong for key in keys):
        wrong = next(key for key in keys if key.wrong)
        tool.fail(f"invalid number at field start: invalid count at start of {quoted(wrong.text)}")
        return tool.done()

    chosen = keys or [_Key("", tool)]
    spend(EDIT * len(lines) * (1 + len(chosen)))
    known: list[dict[str, object]] = [{line: key.of(line) for line in lines} for key in chosen]

    def compare(one: str, other: str) -> int:
        for key, compared in zip(chosen, known, strict=True):
            a, b = compared[one], compared[other]
            if a != b:
                return (1 if a > b else -1) * (-1 if key.reverse else 1)  # type: ignore[operator]
        if tool.has("s", "u") or one == other:
            return 0
        return (1 if one > other else -1) * (-1 if tool.has("r") else 1)

    if tool.has("c"):
        return _disorder(tool, lines, compare)
    lines.sort(key=cmp_to_key(compare))
    if tool.has("u"):
        lines = [line for at, line in enumerate(lines) if at == 0 or compare(lines[at - 1], line) != 0]
    return _sorted(tool, lines)


def _disorder(tool: Tool, lines: list[str], compare: Callable[[str, str], int]) -> Done:
    for at, (one, other) in enumerate(pairwise(lines), 2):
        if compare(one, other) > 0:
            tool.err(f"sort: {tool.operands[0] if tool.operands else '-'}:{at}: disorder: {other}\n")
            tool.status = 1
            break
    return tool.done()


def _sorted(tool: Tool, lines: list[str]) -> Done:
    text = "".join(line + "\n" for line in lines)
    if tool.has("o"):
        try:
            tool.files.write(tool.value("o"), text)
        except PathError as error:
            tool.fail(f"open failed: {tool.value('o')}: {error.reason}")
    else:
        tool.out(text)
    return tool.done()


class _Key:
    """`-k 2,3n`: the part of a line that counts."""

    def __init__(self, text: str, tool: Tool) -> None:
        self.text = text
        match = re.fullmatch(r"(\d+)(?:\.\d+)?([bdfghnrVi]*)(?:,(\d+)(?:\.\d+)?([bdfghnrVi]*))?", text or "1")
        self.wrong = match is None
        flags = (match[2] + (match[4] or "")) if match else ""
        self.start = int(match[1]) if match else 1
        self.stop = int(match[3]) if match and match[3] else None
        own = flags.replace("b", "")
        self.reverse = "r" in flags or (not own and tool.has("r"))
        self.kind = next((letter for letter in "nhg" if letter in flags), "")
        if not own:
            self.kind = next((letter for letter in "nhg" if tool.has(letter)), "")
        self.fold = "f" in flags or (not own and tool.has("f"))
        self.version = "V" in flags or (not own and tool.has("V"))
        self.blanks = "b" in flags or tool.has("b")
        self.separator = tool.value("t")

    def of(self, line: str) -> object:
        """What is compared."""
        text = line
        if self.text:
            if self.separator:
                fields = line.split(self.separator)
                text = self.separator.join(fields[self.start - 1 : self.stop])
            else:
                fields = re.findall(r"\s*\S+", line)
                text = "".join(fields[self.start - 1 : self.stop])
        if self.blanks:
            text = text.lstrip()
        if self.kind:
            return _human(text) if self.kind == "h" else _numeric(text)
        if self.version:
            return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.findall(r"\d+|\D+", text)]
        return text.upper() if self.fold else text


def _uniq(tool: Tool) -> Done:
    if not tool.read("c,count d,repeated u,unique i,ignore-case f,skip-fields= s,skip-chars= w= z D"):
        return tool.done()
    if len(tool.operands) > 2:
        return tool.misuse(f"extra operand {quoted(tool.operands[2])}")
    content = tool.content(tool.operands[0] if tool.operands else "-")
    runs: list[tuple[str, int]] = []
    for line in lines_of(text_of(content)) if content else []:
        same = runs and (runs[-1][0].lower() == line.lower() if tool.has("i") else runs[-1][0] == line)
        if same:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((line, 1))
    out = "".join(
        (f"{count:7d} " if tool.has("c") else "") + line + "\n"
        for line, count in runs
        if not (tool.has("d") and count == 1) and not (tool.has("u") and count > 1)
    )
    if len(tool.operands) > 1:
        try:
            tool.files.write(tool.operands[1], out)
        except PathError as error:
            tool.fail(f"{tool.operands[1]}: {error.reason}")
    else:
        tool.out(out)
    return tool.done()


def _wc(tool: Tool) -> Done:
    if not tool.read("c,bytes m,chars l,lines w,words L,max-line-length total="):
        return tool.done()
    rows: list[tuple[list[int], str]] = []
    regular = True
    for path in tool.operands or ["-"]:
        if path != "-" and tool.files.is_dir(path):
            tool.fail(f"{path}: {tree.IS_A_DIR}")
            rows.append((_counted(tool, ""), path))
            regular = False
            continue
        content = tool.content(path)
        if content is not None:
            rows.append((_counted(tool, content), path if tool.operands else ""))
    if len(tool.operands) > 1:
        totals = [sum(column) for column in zip(*(row for row, _ in rows), strict=True)] or _counted(tool, "")
        rows.append((totals, "total"))
    single = len(rows) == 1 and len(rows[0][0]) == 1
    nodes = [tool.files.find(path) for path in tool.operands]
    sizes = [node.size for node in nodes if isinstance(node, tree.File)]
    plain = tool.operands and regular and "-" not in tool.operands
    width = 1 if single else len(str(sum(sizes))) if plain else 7
    for counts, name in rows:
        cells = " ".join(str(count).rjust(width) for count in counts)
        tool.out(f"{cells} {name}\n" if name else f"{cells}\n")
    return tool.done()


def _counted(tool: Tool, content: Content) -> list[int]:
    text = text_of(content)
    counts = {"l": text.count("\n"), "w": len(text.split()), "m": len(text), "c": size_of(content)}
    counts["L"] = max((len(line) for line in lines_of(text)), default=0)
    wanted = [name for name in ("l", "w", "m", "c", "L") if tool.has(name)] or ["l", "w", "c"]
    return [counts[name] for name in wanted]
