"""A report on somebody's server, laid out: the most important sentence is the title, tables beside sentences."""

from __future__ import annotations

import streamlit as st

from inspection.report import Report, manual_of
from inspection.texts import bytes_words, time_words
from inspection.texts import has as has_text
from inspection.texts import text as told
from inspection.words import BAD, BY_HAND, BackupAnswer, Filler, Finding, Said
from ui import header, markup
from ui.address import Address
from ui.language import tell

WITHOUT_WAL = frozenset({"cold", "dump"})


def headline(report: Report, lang: str) -> str:
    """The one sentence to read."""
    return _said(report.headline, lang)


def show(report: Report, unread: tuple[str, ...], here: Address) -> None:
    """Everything below the title."""
    lang = here.lang
    st.markdown(markup.plain(_basis(report, lang)))
    st.header(told("cli.backups", lang), anchor=False)
    st.html(_backups(report, lang))
    with st.expander(tell("own_server", "why", lang)):
        for answer in report.backups:
            reason = told(f"reason.{answer.reason.code}", lang, **answer.reason.facts)
            st.markdown(f"- **{markup.plain(told(f'kind.{answer.kind}', lang))}**: {markup.plain(reason)}")
    if report.fillers:
        st.header(told("cli.fillers", lang), anchor=False)
        st.html(_fillers(report, lang))
    _findings(report, lang)
    _plays(report, here)
    _unknowns(report, unread, lang)


def _said(said: Said, lang: str) -> str:
    return told(said.code, lang, **said.facts)


def _basis(report: Report, lang: str) -> str:
    """Which server this is, and what the figures in time stand on."""
    parts = [told("cli.server", lang, release=report.facts.release or report.facts.major)]
    rate = report.rate
    if rate is not None:
        over = {} if rate.over_seconds is None else {"over_seconds": rate.over_seconds}
        source = told(f"rate_source.{rate.source}", lang, **over)
        parts.append(told("cli.rate", lang, wal_rate=rate.bytes_per_second, source=source))
    if report.need_bytes is not None:
        facts = {
            "database_bytes": report.facts.database_bytes,
            "copy_rate": report.assumed.copy_rate,
            "backup_seconds": report.backup_seconds,
            "need_bytes": report.need_bytes,
        }
        parts.append(told("cli.backup", lang, **facts))
    return " · ".join(parts)


def _backups(report: Report, lang: str) -> str:
    heads = [tell("own_server", f"col_{key}", lang) for key in ("kind", "verdict", "guaranteed", "typical")]
    rows = [
        (
            told(f"kind.{answer.kind}", lang),
            told(f"verdict.{answer.verdict}", lang),
            _allowed(answer, lang),
            _typical(answer, lang),
        )
        for answer in report.backups
    ]
    return markup.table(heads, rows, tell("own_server", "backups_caption", lang))


def _allowed(answer: BackupAnswer, lang: str) -> str:
    if answer.guaranteed_bytes is not None:
        return bytes_words(answer.guaranteed_bytes) if answer.guaranteed_bytes else tell("own_server", "none", lang)
    if answer.unlimited:
        return told("cli.unlimited", lang)
    return tell("own_server", "not_needed", lang) if answer.kind in WITHOUT_WAL else "–"


def _typical(answer: BackupAnswer, lang: str) -> str:
    if answer.typical_bytes is None or answer.typical_seconds is None:
        return "–"
    return f"{bytes_words(answer.typical_bytes)} ({time_words(answer.typical_seconds, lang)})"


def _fillers(report: Report, lang: str) -> str:
    heads = [tell("own_server", f"col_{key}", lang) for key in ("filler", "held", "most", "full", "when")]
    rows = [
        (
            told(f"filler.{filler.code}", lang, name=filler.name),
            "–" if filler.held_bytes is None else bytes_words(filler.held_bytes),
            told("cli.no_limit", lang) if filler.most_bytes is None else bytes_words(filler.most_bytes),
            _full(filler, report, lang),
            _when(filler, lang),
        )
        for filler in report.fillers
    ]
    return markup.table(heads, rows, tell("own_server", "fillers_caption", lang))


def _when(filler: Filler, lang: str) -> str:
    if filler.code == "usual":
        return tell("own_server", "usual", lang)
    return tell("own_server", "now", lang) if filler.happening else told("cli.if_stops", lang)


def _full(filler: Filler, report: Report, lang: str) -> str:
    if filler.full_seconds is not None:
        return time_words(filler.full_seconds, lang)
    unknown = report.rate is None or report.disk is None or report.disk.free_bytes is None
    return tell("own_server", "known" if unknown else "never", lang)


def _findings(report: Report, lang: str) -> None:
    st.header(told("cli.findings", lang), anchor=False)
    if not report.findings:
        st.markdown(told("cli.findings_none", lang))
    elif not report.can_alter:
        st.info(told("cli.cannot_alter", lang))
    for finding in report.findings:
        with st.container(border=True, key=f"finding-{finding.code}-{finding.facts.get('slot', '')}", gap="xsmall"):
            _finding(finding, report.facts.version.major, lang)


def _finding(finding: Finding, major: int, lang: str) -> None:
    title = markup.plain(told(f"finding.{finding.code}.title", lang, **finding.facts))
    word = f"**{told(f'severity.{finding.severity}', lang)}**"
    st.markdown(f"{f':red[{word}]' if finding.severity == BAD else word} — {title}")
    st.markdown(markup.plain(told(f"finding.{finding.code}.text", lang, **finding.facts)))
    if finding.mends:
        lines = [line for mend in finding.mends for line in (f"-- {told(f'needs.{mend.needs}', lang)}", mend.line)]
        shell = all(mend.needs == BY_HAND for mend in finding.mends)
        lines = [line.replace("--", "#", 1) if shell and line.startswith("-- ") else line for line in lines]
        st.code("\n".join(lines), language=None, wrap_lines=True)
    if has_text(f"finding.{finding.code}.cost"):
        cost = told(f"finding.{finding.code}.cost", lang, **finding.facts)
        st.markdown(markup.plain(told("cli.cost", lang, text=cost)))
    page = manual_of(finding, lang, major)
    if page is not None:
        st.markdown(f"[{markup.plain(page[1])}]({page[0]})")


def _plays(report: Report, here: Address) -> None:
    st.header(told("cli.plays", here.lang), anchor=False)
    for play in report.plays:
        header.link("theatre", play.title(here.lang), here, **play.query())
        if play.left_out:
            st.caption(markup.plain(told("cli.left_out", here.lang, names=", ".join(play.left_out))))


def _unknowns(report: Report, unread: tuple[str, ...], lang: str) -> None:
    said = [_said(each, lang) for each in report.unknowns]
    said += [told("cli.refused", lang, id=each, message=why) for each, why in report.facts.refused.items()]
    if unread:
        said.append(told("cli.unread", lang, lines=", ".join(unread)))
    if not said:
        return
    st.header(told("cli.unknowns", lang), anchor=False)
    for each in said:
        st.markdown(f"- {markup.plain(each)}")
