"""The result of a mock paper: by objective, beside earlier ones, and question by question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from progress.records import Paper
from quizzes import paper as papers
from quizzes.scope import scope
from ui import header, markup
from ui.address import Address
from ui.language import tell
from ui.study import banks, learner, seen, shelf, told

if TYPE_CHECKING:
    from ui.study.mock import Open

LOOKED_AT, ONLY_WRONG = "paper_looked_at", "paper_only_wrong"


def show(done: Open, mine: Sequence[Paper], here: Address) -> None:
    """Everything about a paper that was handed in."""
    lang, paper = here.lang, done.paper
    mark = scope().exams[paper.exam].pass_mark
    result = papers.result(((one.objective, bool(one.right)) for one in paper.items if one.right is not None), mark)
    facts: dict[str, object] = {
        "share": f"{result.share:.0f}",
        "mark": mark,
        "right": sum(result.right.values()),
        "asked": sum(result.asked.values()),
    }
    say = st.success if result.passed else st.warning
    say(tell("paper", "passed" if result.passed else "failed", lang, **facts))
    before = [one for one in mine if one.exam == paper.exam and not one.open and one.begun < paper.begun]
    if before and before[-1].score is not None:
        st.markdown(tell("paper", "compared", lang, before=f"{before[-1].score:.0f}", now=f"{result.share:.0f}"))
    _retry(paper, here)
    rows = []
    for name in sorted(result.asked, key=list(scope().objectives).index):
        right, asked = result.right[name], result.asked[name]
        rows.append((banks.titled(name, lang), f"{right} / {asked}", f"{100 * right / asked:.0f} %"))
    heads = [tell("paper", key, lang) for key in ("head_objective", "head_right", "head_share")]
    with st.container(key="paper-result"):
        st.html(markup.table(heads, rows, tell("paper", "by_objective", lang)))
    _looked_at(done, here)


def _retry(paper: Paper, here: Address) -> None:
    """The way to practise what was wrong, as long as it is."""
    if all(one.right is not False for one in paper.items):
        return
    if left := shelf.wrong_of(paper, learner.history()):
        header.link("practice", tell("paper", "retry", here.lang, count=len(left)), here, paper=paper.id)
    else:
        st.caption(tell("paper", "retry_done", here.lang))


def _looked_at(done: Open, here: Address) -> None:
    """One question of the paper, with what was answered and why it is right or wrong."""
    lang = here.lang
    st.header(tell("paper", "look_back", lang), anchor=False)
    names = [at for at, one in enumerate(done.sheets) if one is not None]

    def title(at: int) -> str:
        item = done.paper.items[at]
        return f"{'✓' if item.right else '✕'} {at + 1}"

    if any(not done.paper.items[at].right for at in names) and st.toggle(
        tell("paper", "only_wrong", lang), key=ONLY_WRONG
    ):
        names = [at for at in names if not done.paper.items[at].right]
    at = st.pills(
        tell("paper", "look_back", lang), names, key=LOOKED_AT, format_func=title, label_visibility="collapsed"
    )
    asked = done.sheets[at] if at in names and at is not None else None
    if asked is None or at is None:
        st.caption(tell("paper", "look_back_lead", lang))
        return
    answer = told.from_kept(done.paper.items[at].given or {})
    seen.show(asked, answer, f"{done.paper.id}/{at}/seen", here)


def earlier(mine: Sequence[Paper], here: Address, *, on_open: Callable[[str], None]) -> None:
    """Papers that were handed in, the newest first."""
    lang = here.lang
    done = [one for one in mine if not one.open]
    if not done:
        return
    st.header(tell("paper", "earlier", lang), anchor=False)
    for one in reversed(done[-20:]):
        facts: dict[str, object] = {
            "exam": tell("study", f"level_{one.exam}", lang),
            "day": f"{one.begun.astimezone(learner.zone()):%Y-%m-%d %H:%M}",
            "share": f"{one.score or 0:.0f}",
            "version": one.major,
        }
        label = markup.plain(tell("paper", "earlier_one", lang, **facts))
        st.button(label, key=f"link-paper-{one.id}", type="tertiary", on_click=on_open, args=(one.id,))
