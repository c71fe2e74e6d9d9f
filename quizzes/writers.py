"""Banks for other programs: GIFT and Moodle XML for learning platforms, CSV and JSON for everything else."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from itertools import groupby
from xml.sax.saxutils import unescape

from quizzes.portable import Option, Portable
from quizzes.scope import scope

_GIFT = re.compile(r"([~=#{}:\\])")
_CODE = re.compile(r"`([^`]+)`")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_MARKUP = re.compile(r"<text>([^<]*&[^<]*)</text>")


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
    if one.form != "several":
        return tuple(100.0 if option.right else 0.0 for option in one.options)
    gained, lost = _parts(right), _parts(len(one.options) - right)
    return tuple(next(gained) if option.right else -next(lost) for option in one.options)


def _parts(count: int) -> Iterator[float]:
    """100 in so many parts that Moodle knows: it refuses a question whose grades are not a tenth or less in number,
    a tenth, or a twentieth.  So more than ten are tenths and twentieths.
    """
    if count <= 10:
        return iter([round(100 / count, 5)] * count if count else ())
    tenths = max(0, 20 - count)
    return iter([10.0] * tenths + [5.0] * (count - tenths))


def plain(text: str) -> str:
    """Text for a place where a program shows no HTML, such as a drop-down list."""
    return text.replace("`", "").replace("**", "")


def _literal(text: str) -> str:
    """A typed answer: in Moodle's short answers * stands for anything."""
    return text.replace("*", r"\*")


def _category(one: Portable) -> str:
    """Where Moodle puts it: a category an objective, whose / would begin another."""
    known = scope().objectives.get(one.objective)
    title = f" {known.title.in_(one.language)}" if known else ""
    return "$course$/WAL Dojo/" + f"{one.objective}{title} ({one.language})".replace("/", "//")


def gift(bank: Iterable[Portable]) -> str:
    """The GIFT format of Moodle and others."""
    blocks = []
    for category, some in groupby(bank, _category):
        blocks += [f"$CATEGORY: {category}", *map(_gift, some)]
    return "\n\n".join(blocks) + "\n"


def _gift(one: Portable) -> str:
    labels = "".join(f" [tag:{tag}]" for tag in one.tags)
    head = f"// [id:{one.id}]{labels}\n::{_gift_text(one.id)}::[html]{_gift_text(stem_html(one))}"
    tail = f"####{_gift_text(told_html(one))}"
    if one.form == "order":
        pairs = (f"={at} -> {_gift_text(plain(option.text))}" for at, option in enumerate(one.options, 1))
        return "\n".join((f"{head} {{", *pairs, tail, "}"))
    if one.form == "number":
        return f"{head} {{#\n={one.options[0].text}\n{tail}\n}}"
    lines = (_gift_option(one, option, share) for option, share in zip(one.options, shares(one), strict=True))
    return "\n".join((f"{head} {{", *lines, tail, "}"))


def _gift_option(one: Portable, option: Option, share: float) -> str:
    told = f"#{_gift_text(html(option.because))}" if option.because else ""
    if one.form == "words":
        return f"{'=' if option.right else '=%0%'}{_gift_text(_literal(option.text))}{told}"
    if one.form == "several":
        # Moodle reads a weight of two digits only; it takes what is this near for the whole.
        near = max(-99.99999, min(99.99999, share))
        return f"~%{near:.5f}%{_gift_text(html(option.text))}{told}"
    return f"{'=' if option.right else '~'}{_gift_text(html(option.text))}{told}"


def _gift_text(text: str) -> str:
    return _GIFT.sub(r"\\\1", text).replace("\n", "\\n")


def moodle(bank: Iterable[Portable]) -> str:
    """Moodle XML."""
    top = ET.Element("quiz")
    for category, some in groupby(bank, _category):
        _text(ET.SubElement(ET.SubElement(top, "question", type="category"), "category"), category)
        for one in some:
            _moodle(top, one)
    ET.indent(top)
    page = _MARKUP.sub(_as_cdata, ET.tostring(top, encoding="unicode"))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{page}\n'


def _as_cdata(found: re.Match[str]) -> str:
    """Moodle's reader loses a blank that stands between two entities: </code> <strong> written as text."""
    inner = unescape(found[1]).replace("]]>", "]]]]><![CDATA[>")
    return f"<text><![CDATA[{inner}]]></text>"


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
    for name, value in _settings(one):
        ET.SubElement(made, name).text = value
    for at, (option, share) in enumerate(zip(one.options, shares(one), strict=True), 1):
        _moodle_option(made, one, option, share, at)
    tags = ET.SubElement(made, "tags")
    for tag in one.tags:
        _text(ET.SubElement(tags, "tag"), tag)

    if one.unit:
        unit = ET.SubElement(ET.SubElement(made, "units"), "unit")
        ET.SubElement(unit, "multiplier").text = "1"
        ET.SubElement(unit, "unit_name").text = one.unit


def _settings(one: Portable) -> Iterator[tuple[str, str]]:
    yield "defaultgrade", "1"
    yield "idnumber", one.id
    if one.form in ("one", "several"):
        yield "single", "true" if one.form == "one" else "false"
    if one.form in ("one", "several", "order"):
        yield "shuffleanswers", "true"
    if one.form == "words":
        yield "usecase", str(int(one.cased))


def _moodle_option(made: ET.Element, one: Portable, option: Option, share: float, at: int) -> None:
    if one.form == "order":
        pair = _html(made, "subquestion", str(at))
        _text(ET.SubElement(pair, "answer"), plain(option.text))
        return
    typed = one.form in ("words", "number")
    worth = f"{share:.5f}".rstrip("0").rstrip(".")
    answer = ET.SubElement(made, "answer", fraction=worth, format="plain_text" if typed else "html")
    ET.SubElement(answer, "text").text = _literal(option.text) if typed else html(option.text)
    if one.form == "number":
        ET.SubElement(answer, "tolerance").text = "0"
    if option.because:
        _html(answer, "feedback", html(option.because))


def _text(under: ET.Element, text: str) -> None:
    ET.SubElement(under, "text").text = text


def _html(under: ET.Element, name: str, text: str) -> ET.Element:
    made = ET.SubElement(under, name, format="html")
    _text(made, text)
    return made


COLUMNS = tuple(
    "id objective form output stem options right reasons explanation manual unit level language tags".split()
)


def table(bank: Iterable[Portable]) -> str:
    """CSV, one question a line; options, their marks and reasons one a line within their cells."""
    page = io.StringIO()
    writer = csv.writer(page)
    writer.writerow(COLUMNS)
    for one in bank:
        marks = "\n".join("1" if option.right else "0" for option in one.options)
        texts = "\n".join(option.text for option in one.options)
        reasons = "\n".join(option.because for option in one.options)
        asked = (one.id, one.objective, one.form, one.output, one.stem)
        told = (one.explanation, one.manual, one.unit, one.level, one.language, " ".join(_joined(one.tags)))
        writer.writerow((*asked, texts, marks, reasons, *told))
    return page.getvalue()


def _joined(tags: Iterable[str]) -> Iterator[str]:
    """Tags without blanks, so that a blank stands between two."""
    return ("-".join(tag.split()) for tag in tags)


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
            "unit": one.unit,
            "level": one.level,
            "language": one.language,
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
