"""The list of lessons, and the table of all methods: each of its cells leads to what shows it."""

from __future__ import annotations

from html import escape

import streamlit as st

from lessons.lesson import Cell, Methods
from lessons.loader import lessons, methods
from simulator.versions import DEFAULT
from ui import header, markup
from ui.address import Address
from ui.language import tell
from ui.study import happens

STYLE = """<style>
.wd-methods { overflow-x: auto; max-width: 100%; }
.wd-methods table { border-collapse: collapse; font-size: 0.9rem; line-height: 1.55; min-width: 66rem; }
.wd-methods caption { text-align: start; padding-bottom: 0.4rem; color: light-dark(#566273, #a3afbd); }
.wd-methods th, .wd-methods td { text-align: start; vertical-align: top; padding: 0.45rem 0.6rem;
  border: 1px solid light-dark(#d7dde5, #2b3643); }
.wd-methods thead th { background: light-dark(#f3f5f8, #10161d); }
.wd-methods tbody th { position: sticky; inset-inline-start: 0; background: light-dark(#f3f5f8, #10161d); z-index: 1;
  min-width: 6rem; max-width: 9rem; }
.wd-methods a { color: light-dark(#0072b2, #56b4e9); white-space: nowrap; font-size: 0.85em; }
.wd-methods code { font-size: 0.9em; overflow-wrap: anywhere; }
</style>"""


def show() -> None:
    """Draw the page; a lesson in the address is one that is not there."""
    here = header.current()
    header.switches(here)
    lang = here.lang
    st.html(STYLE)
    st.title(tell("lessons", "title", lang), anchor=False)
    header.problems(here)
    if here.level:
        st.warning(tell("lessons", "unknown", lang, name=markup.harmless(here.level)))
    st.markdown(tell("lessons", "lead", lang))
    with st.container(key="group-lessons", border=True, gap="xxsmall"):
        for number, one in enumerate(lessons(), 1):
            header.link("lesson", f"{number}. {one.title.in_(lang)}", here, id=one.id)
    st.header(tell("lessons", "table", lang), anchor="methods")
    st.markdown(tell("lessons", "table_lead", lang))
    st.html(_table(methods(), here))


def _table(table: Methods, here: Address) -> str:
    lang = here.lang
    heads = "".join(f'<th scope="col">{_name(one.name.in_(lang))}</th>' for one in table.methods)
    rows = []
    for aspect in table.aspects:
        cells = (table.cells[method.id, aspect.id] for method in table.methods)
        told = "".join(f"<td>{_cell(cell, here)}</td>" for cell in cells)
        rows.append(f'<tr><th scope="row">{_name(aspect.name.in_(lang))}</th>{told}</tr>')
    caption = escape(tell("lessons", "table", lang))
    return (
        f'<div class="wd-methods" tabindex="0" role="group" aria-label="{caption}"><table><caption>{caption}</caption>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _name(text: str) -> str:
    return markup.coded(text)


def _cell(cell: Cell, here: Address) -> str:
    """What is so, and the way to see it."""
    wanted = here.version or DEFAULT
    major = wanted if wanted in cell.versions else min(cell.versions, key=lambda one: abs(one - wanted))
    kept = Address(version=here.version, lang=here.lang, lang_chosen=here.lang_chosen)
    link = ""
    if cell.scenario:
        link = markup.address("theatre", kept.query(scenario=cell.scenario))
    elif cell.experiment is not None and (code := happens.at_the_terminal(cell.experiment, major)):
        link = markup.address("terminal", kept.query(c=code, v=str(major)))
    text = markup.coded(cell.text.in_(here.lang))
    if not link:
        return text
    return f'{text} <a href="{escape(link)}" target="_self">{escape(tell("lessons", "see", here.lang))}</a>'
