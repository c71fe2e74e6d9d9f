"""The list of lessons, and the table of all methods: each of its cells leads to what shows it."""

from __future__ import annotations

from html import escape

import streamlit as st

from lessons.lesson import Cell, Methods, Named
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
.wd-methods a { color: light-dark(#0072b2, #56b4e9); }
.wd-methods td a { white-space: nowrap; font-size: 0.85em; }
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
    heads = "".join(f'<th scope="col">{_method(one, here)}</th>' for one in table.methods)
    rows = []
    for aspect in table.aspects:
        told = "".join(f"<td>{_cell(table, method, aspect, here)}</td>" for method in table.methods)
        rows.append(f'<tr><th scope="row">{markup.coded(aspect.name.in_(lang))}</th>{told}</tr>')
    caption = escape(tell("lessons", "table", lang))
    return (
        f'<div class="wd-methods" tabindex="0" role="group" aria-label="{caption}"><table><caption>{caption}</caption>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _kept(here: Address) -> Address:
    return Address(version=here.version, lang=here.lang, lang_chosen=here.lang_chosen)


def _method(method: Named, here: Address) -> str:
    """Its name, and the way to the lesson about it."""
    name = markup.coded(method.name.in_(here.lang))
    if not method.lesson:
        return name
    address = markup.address("lesson", _kept(here).query(id=method.lesson))
    return f'<a href="{escape(address)}" target="_self">{name}</a>'


def _cell(table: Methods, method: Named, aspect: Named, here: Address) -> str:
    """What is so, and the way to see it."""
    cell, lang = table.cells[method.id, aspect.id], here.lang
    text, link = markup.coded(cell.text.in_(lang)), _shown_by(cell, here)
    if not link:
        return text
    # A list of links all called 'see' would tell a screen reader nothing.
    called = f"{tell('lessons', 'see', lang)}: {method.name.in_(lang)}, {aspect.name.in_(lang)}".replace("`", "")
    said = escape(tell("lessons", "see", lang))
    return f'{text} <a href="{escape(link)}" target="_self" aria-label="{escape(called)}">{said}</a>'


def _shown_by(cell: Cell, here: Address) -> str:
    """The address of the scenario, or of the terminal with the cell's lines typed; '' where no sandbox begins so."""
    if cell.scenario:
        return markup.address("theatre", _kept(here).query(scenario=cell.scenario))
    wanted = here.version or DEFAULT
    major = wanted if wanted in cell.versions else min(cell.versions, key=lambda one: abs(one - wanted))
    code = happens.at_the_terminal(cell.experiment, major) if cell.experiment is not None else ""
    return markup.address("terminal", _kept(here).query(c=code, v=str(major))) if code else ""
