"""Banks for other programs: GIFT and Moodle XML for learning platforms, CSV and JSON for everything else."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping
from html import escape

from quizzes.portable import Option, Portable

_GIFT = re.compile(r"([~=#{}:\\])")
_CODE = re.compile(r"`([^`]+)`")
_BOLD = re.compile(r"\*\*(.+?)\*\*")


def html(text: str) -> str:
    """Plain text as HTML: escaped, what stands between backticks as code."""
    return _BOLD.sub(r"<strong>\1</strong>", _CODE.sub(r"<code>\1</code>", escape(text, quote=False)))


def stem_html(one: Portable) -> str:
    """The question with the terminal's output before it."""
    shown = f"<pre>{escape(one.output, quote=False)}</pre>" if one.output else ""
    return f"{shown}<p>{html(one.stem)}</p>"


def told_html(one: Portable) -> str:
    """The explanation with its page of the manual."""
    link = f' <a href="{escape(one.manual)}">{escape(one.manual)}</a>' if one.manual else ""
    return f"<p>{html(one.explanation)}{link}</p>"


def shares(one: Portable) -> tuple[float, ...]:
    """What each option is worth, per cent: wrong ones of choose-N take away what right ones give."""
    right = sum(option.right for option in one.options)
    wrong = len(one.options) - right
    if one.form != "several":
        return tuple(100.0 if option.right else 0.0 for option in one.options)
    return tuple(round(100 / right, 5) if option.right else round(-100 / max(1, wrong), 5) for option in one.options)


def gift(bank: Iterable[Portable]) -> str:
    """The GIFT format of Moodle and others."""
    return "\n\n".join(_gift(one) for one in bank) + "\n"


def _gift(one: Portable) -> str:
    head = f"::{_gift_text(one.id)}::[html]{_gift_text(stem_html(one))}"
    tail = f"####{_gift_text(told_html(one))}"
    if one.form == "order":
        pairs = (f"={at} -> {_gift_text(html(option.text))}" for at, option in enumerate(one.options, 1))
        return "\n".join((f"{head} {{", *pairs, tail, "}"))
    if one.form == "number":
        return f"{head} {{#\n={one.options[0].text}\n{tail}\n}}"
    lines = []
    for option, share in zip(one.options, shares(one), strict=True):
        told = f"#{_gift_text(html(option.because))}" if option.because else ""
        text = _gift_text(option.text if one.form == "words" else html(option.text))
        if one.form == "words":
            mark = "=" if option.right else "=%0%"
        elif one.form == "several":
            mark = f"~%{share:.5f}%"
        else:
            mark = "=" if option.right else "~"
        lines.append(f"{mark}{text}{told}")
    return "\n".join((f"{head} {{", *lines, tail, "}"))


def _gift_text(text: str) -> str:
    return _GIFT.sub(r"\\\1", text).replace("\n", "\\n")


def moodle(bank: Iterable[Portable]) -> str:
    """Moodle XML."""
    top = ET.Element("quiz")
    for one in bank:
        _moodle(top, one)
    ET.indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(top, encoding="unicode") + "\n"


_TYPES = {
    "one": "multichoice",
    "several": "multichoice",
    "words": "shortanswer",
    "number": "numerical",
    "order": "matching",
}


def _moodle(top: ET.Element, one: Portable) -> None:
    made = ET.SubElement(top, "question", type=_TYPES[one.form])
    _text(ET.SubElement(made, "name"), one.id)
    _html(made, "questiontext", stem_html(one))
    _html(made, "generalfeedback", told_html(one))
    ET.SubElement(made, "defaultgrade").text = "1"
    if one.form in ("one", "several"):
        ET.SubElement(made, "single").text = "true" if one.form == "one" else "false"
        ET.SubElement(made, "shuffleanswers").text = "true"
    if one.form == "words":
        ET.SubElement(made, "usecase").text = "1"
    for at, (option, share) in enumerate(zip(one.options, shares(one), strict=True), 1):
        _moodle_option(made, one, option, share, at)
    tags = ET.SubElement(made, "tags")
    for tag in one.tags:
        _text(ET.SubElement(tags, "tag"), tag)


def _moodle_option(made: ET.Element, one: Portable, option: Option, share: float, at: int) -> None:
    if one.form == "order":
        pair = _html(made, "subquestion", str(at))
        _text(ET.SubElement(pair, "answer"), option.text.strip("`"))
        return
    plain = one.form in ("words", "number")
    answer = ET.SubElement(made, "answer", fraction=f"{share:g}", format="plain_text" if plain else "html")
    ET.SubElement(answer, "text").text = option.text if plain else html(option.text)
    if option.because:
        _html(answer, "feedback", html(option.because))


def _text(under: ET.Element, text: str) -> None:
    ET.SubElement(under, "text").text = text


def _html(under: ET.Element, name: str, text: str) -> ET.Element:
    made = ET.SubElement(under, name, format="html")
    _text(made, text)
    return made


COLUMNS = ("id", "objective", "form", "output", "stem", "options", "right", "reasons", "explanation", "manual")


def table(bank: Iterable[Portable]) -> str:
    """CSV, one question a line; options, their marks and reasons one a line within their cells."""
    page = io.StringIO()
    writer = csv.writer(page)
    writer.writerow(COLUMNS)
    for one in bank:
        marks = "\n".join("1" if option.right else "0" for option in one.options)
        texts = "\n".join(option.text for option in one.options)
        reasons = "\n".join(option.because for option in one.options)
        stem = (one.output, one.stem)
        writer.writerow((one.id, one.tags[0], one.form, *stem, texts, marks, reasons, one.explanation, one.manual))
    return page.getvalue()


def as_json(bank: Iterable[Portable]) -> str:
    """JSON: a list of objects with the fields of Portable."""
    rows = [
        {
            "id": one.id,
            "form": one.form,
            "output": one.output,
            "stem": one.stem,
            "options": [{"text": each.text, "right": each.right, "because": each.because} for each in one.options],
            "explanation": one.explanation,
            "manual": one.manual,
            "tags": list(one.tags),
        }
        for one in bank
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


WRITERS: Mapping[str, Callable[[Iterable[Portable]], str]] = {
    "gift": gift,
    "moodle-xml": moodle,
    "csv": table,
    "json": as_json,
}
