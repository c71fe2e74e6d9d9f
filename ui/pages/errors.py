"""'Find by error message': a pasted message or log, and on cards what happened, what to do and who shows it."""

from __future__ import annotations

from html import escape
from re import sub

import streamlit as st

from diagnosis.catalogue import Entry
from diagnosis.diagnose import Diagnosis, Finding, Unknown, diagnose
from diagnosis.shown import shown_by
from simulator.versions import DEFAULT
from ui import header, markup, shelf
from ui.address import Address
from ui.language import tell

SHOWN_CHARS = 400
MOST_CHALLENGES = 3
EXAMPLES = ("example_log", "example_wal", "example_start")
STYLE = """<style>
.wd-said { overflow-wrap: anywhere; white-space: pre-wrap; font-family: ui-monospace, monospace; font-size: 0.85rem;
  border-inline-start: 3px solid light-dark(#8a97a6, #6d7a89); padding: 0.2rem 0.7rem; margin: 0 0 0.6rem; }
.wd-card p, .wd-card li { overflow-wrap: anywhere; line-height: 1.7; margin: 0 0 0.4rem; }
.wd-card ol { padding-inline-start: 1.5rem; margin: 0 0 0.4rem; }
.wd-card code { font-size: 0.88em; background: light-dark(#eef1f5, #232c37); color: inherit; padding: 0.05em 0.3em;
  border-radius: 3px; overflow-wrap: anywhere; white-space: pre-wrap; }
.wd-card .wd-belief { border-inline-start: 3px solid light-dark(#b03500, #ff8a5c); padding-inline-start: 0.7rem; }
[class*="st-key-error-"] { background: light-dark(#fff, #171e27); }
[class*="st-key-error-after-"] { --in: clamp(0.4rem, 3vw, 2rem); margin-inline-start: var(--in);
  width: calc(100% - var(--in)) !important; max-width: calc(100% - var(--in)); }
[data-testid="stBaseButton-primaryFormSubmit"] p { color: light-dark(#fff, #0f141b); }
.st-key-examples { row-gap: 0.4rem; }
</style>"""


def show() -> None:
    """Draw the page."""
    here = header.current()
    header.switches(here)
    lang = here.lang
    st.html(STYLE)
    st.title(tell("errors", "title", lang), anchor=False)
    header.problems(here)
    st.markdown(tell("errors", "lead", lang))
    with st.container(horizontal=True, gap="medium", key="examples"):
        for example in EXAMPLES:
            st.button(
                tell("errors", f"{example}_name", lang),
                key=f"link-{example}",
                type="tertiary",
                on_click=_fill,
                args=(tell("errors", example, lang),),
            )
    with st.form("errors", border=False):
        pasted = st.text_area(
            tell("errors", "paste", lang),
            key="pasted_errors",
            height=180,
            placeholder=tell("errors", "paste_hint", lang),
            max_chars=None,
        )
        st.form_submit_button(tell("errors", "explain", lang), type="primary")
    if pasted.strip():
        with st.container(key="errors-told"):
            _told(diagnose(pasted), here)


def _fill(text: str) -> None:
    st.session_state.pasted_errors = text


def _told(told: Diagnosis, here: Address) -> None:
    lang = here.lang
    if told.cut:
        st.warning(tell("errors", "cut", lang, lines=told.lines))
    if told.findings:
        causes = sum(1 for each in told.findings if each.because is None)
        counts = {"lines": told.lines, "problems": len(told.findings), "causes": causes}
        st.markdown(tell("errors", "summary", lang, **counts))
    elif not (told.normal or told.near or told.unknown):
        st.info(tell("errors", "nothing", lang))
    for finding in told.findings:
        _card(finding, here)
    if told.normal:
        with st.expander(tell("errors", "normal", lang, count=len(told.normal)), expanded=not told.findings):
            for finding in told.normal:
                _body(finding, here)
    for number, unknown in enumerate(told.unknown):
        _unknown(unknown, number, here)
    if told.near:
        st.info(tell("errors", "words", lang))
        _similar(told.near, here)


def _card(finding: Finding, here: Address) -> None:
    after = "after-" if finding.because else ""
    with st.container(border=True, key=f"error-{after}{finding.entry.code}", gap="small"):
        _body(finding, here)


def _body(finding: Finding, here: Address) -> None:
    lang = here.lang
    st.header(markup.plain(finding.title(lang)), anchor=False)
    where = tell("errors", "where", lang, line=finding.first.line)
    if finding.count > 1:
        where = tell("errors", "where_many", lang, line=finding.first.line, last=finding.last_line, count=finding.count)
    if finding.others:
        where += tell("errors", "others", lang, names=" · ".join(finding.others))
    if finding.because:
        where += tell("errors", "because", lang, title=finding.because.title(lang))
    st.caption(markup.plain(where))
    st.html(f'<div class="wd-card">{_said(finding)}{_words(finding, lang)}</div>')
    _links(finding.entry, here)


def _said(finding: Finding) -> str:
    who = finding.first.severity or finding.first.program
    lines = [f"{who}: {finding.first.text}" if who else finding.first.text]
    lines += [f"{label}: {text}" for label, text in finding.first.more[:4]]
    return f'<div class="wd-said">{escape(chr(10).join(line[:SHOWN_CHARS] for line in lines))}</div>'


def _words(finding: Finding, lang: str) -> str:
    steps = "".join(f"<li>{_prose(step)}</li>" for step in finding.remedy(lang))
    belief = finding.entry.words[lang].belief
    wrong = f'<p class="wd-belief"><strong>{escape(tell("errors", "belief", lang))}</strong> {_prose(belief)}</p>'
    return (
        f"<p>{_prose(finding.cause(lang))}</p><p><strong>{escape(tell('errors', 'remedy', lang))}</strong></p>"
        f"<ol>{steps}</ol>{wrong if belief else ''}"
    )


def _prose(text: str) -> str:
    """Escaped; what stands between backticks is code."""
    return sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _links(entry: Entry, here: Address) -> None:
    scenarios = shelf.scenarios()
    for each in shown_by(entry, {name: scenario.failures for name, scenario in scenarios.items()}):
        title = tell("errors", "scenario", here.lang, title=scenarios[each].title.of(here.lang))
        header.link("theatre", markup.plain(title), here, scenario=each)
    _challenges(entry, here)
    url, title = entry.manual_page(here.lang, here.version or DEFAULT)
    numbers = ", ".join(map(str, entry.failures))
    item = tell("errors", "items", here.lang, numbers=numbers) if numbers else ""
    st.caption(f"[{tell('errors', 'manual', here.lang, title=markup.plain(title))}]({url}){item}")


def _challenges(entry: Entry, here: Address) -> None:
    """Those about the same thing going wrong."""
    if not entry.failures:
        return
    # Only a message that was found needs them, and reading them takes its time.
    from ui.challenges import shelf as levels

    for one in levels.about(entry.failures)[:MOST_CHALLENGES]:
        title = tell("challenges", "see", here.lang, title=markup.plain(one.title.in_(here.lang)))
        version = {} if here.version in one.versions else {"v": None}
        header.link("challenge", title, here, id=one.id, **version)


def _unknown(unknown: Unknown, number: int, here: Address) -> None:
    lang = here.lang
    with st.container(border=True, key=f"error-unknown-{number}", gap="small"):
        st.html(f'<div class="wd-said">{escape(unknown.record.text[:SHOWN_CHARS])}</div>')
        st.caption(tell("errors", "similar" if unknown.near else "unknown", lang, line=unknown.record.line))
        _similar(unknown.near, here)


def _similar(near: tuple[Entry, ...], here: Address) -> None:
    """Entries that are only near: folded, so that nobody takes them for the answer."""
    for entry in near:
        words = entry.words[here.lang]
        with st.expander(markup.plain(Finding.bare_title(entry, here.lang)), expanded=len(near) == 1):
            steps = "".join(f"<li>{_prose(step)}</li>" for step in words.remedy)
            belief = f'<p class="wd-belief">{_prose(words.belief)}</p>' if words.belief else ""
            st.html(f'<div class="wd-card"><p>{_prose(words.cause)}</p><ol>{steps}</ol>{belief}</div>')
            _links(entry, here)
