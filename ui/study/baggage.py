"""What a learner takes along: the link of the code, progress as a file, and the way to delete all of it."""

from __future__ import annotations

import json

import streamlit as st

from progress.exchange import NotProgress, Way, exported, import_undone, imported
from progress.records import Learner
from ui import markup
from ui.address import Address
from ui.language import tell
from ui.study import learner, today

FILE, WAY, SURE, DONE = "progress_file", "progress_way", "progress_sure", "progress_done"
MAX_MEGABYTES = 20
WAYS: tuple[Way, ...] = ("merge", "replace")


def show(who: Learner | None, here: Address) -> None:
    """The drawer with everything about the data."""
    lang = here.lang
    for key, facts in st.session_state.pop(DONE, ()):
        st.info(tell("progress", key, lang, **facts))
    with st.expander(tell("progress", "data", lang)):
        if who is not None:
            st.markdown(tell("progress", "code", lang))
            st.code(f"?{learner.PARAMETER}={who.code}", language=None)
            st.download_button(
                tell("progress", "export", lang),
                lambda: json.dumps(exported(learner.store(), who.code), ensure_ascii=False),
                file_name="waldojo-progress.json",
                mime="application/json",
                on_click="ignore",
            )
        _import(who, lang)
        if who is not None:
            _delete(lang)


def _said(key: str, **facts: object) -> None:
    st.session_state.setdefault(DONE, []).append((key, facts))


def _import(who: Learner | None, lang: str) -> None:
    st.radio(
        tell("progress", "way", lang),
        WAYS,
        key=WAY,
        horizontal=True,
        format_func=lambda one: tell("progress", f"way_{one}", lang),
    )
    st.file_uploader(tell("progress", "import", lang), type=["json"], key=FILE, max_upload_size=MAX_MEGABYTES)
    given = st.session_state.get(FILE)
    if given is not None:
        st.button(tell("progress", "import_now", lang), on_click=_take_in, args=(given.getvalue(),))
    if who is not None and who.can_undo_import:
        st.button(tell("progress", "undo", lang), on_click=_undo)


def _take_in(raw: bytes) -> None:
    """Read the file; what is wrong in it is told with its place, and nothing changes."""
    try:
        given = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        _said("import_no_json")
        return
    try:
        count = imported(learner.store(), learner.here().code, given, st.session_state.get(WAY, WAYS[0]))
    except NotProgress as fault:
        _said("import_fault", place=markup.harmless(fault.field))
        return
    st.session_state.pop(today.KEPT, None)
    _said("imported", count=count)


def _undo() -> None:
    if import_undone(learner.store(), learner.here().code):
        st.session_state.pop(today.KEPT, None)
        _said("undone")


def _delete(lang: str) -> None:
    st.checkbox(tell("progress", "delete_sure", lang), key=SURE)
    st.button(tell("progress", "delete", lang), disabled=not st.session_state.get(SURE), on_click=_forget)


def _forget() -> None:
    learner.forget()
    st.session_state.pop(SURE, None)
    for name in ("practice_round", "practice_opened", "practice_paper", "paper_place", "paper_shown", today.KEPT):
        st.session_state.pop(name, None)
    _said("deleted")


__all__ = ["show"]
