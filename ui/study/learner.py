"""Who is learning: a random code in a cookie or in the address, and the store behind it."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

import streamlit as st

from progress.engine import ADDRESS, default_url, opened
from progress.records import Learner, Paper
from progress.store import Store
from ui.language import tell
from ui.study import shelf
from ui.study.shelf import History

COOKIE, PARAMETER, KEPT = "waldojo_learner", "learner", "study_learner"
_CODE = re.compile(r"[A-Za-z0-9_-]{8,32}")
_WRITE = (
    "<script>document.cookie = {pair} + '; path=/; max-age=34560000; SameSite=Strict'"
    " + (location.protocol === 'https:' ? '; Secure' : '');</script>"
)


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The store of this app; raises what progress.engine.opened raises."""
    return Store(opened(default_url()))


def works(lang: str) -> bool:
    """Whether anything can be kept; a word about it when not."""
    try:
        store()
    except Exception as mistake:  # noqa: BLE001  (an address of a store may be wrong in any way)
        st.error(tell("study", "no_store", lang, kind=type(mistake).__name__, variable=ADDRESS))
        return False
    return True


def now() -> datetime:
    """The clock of the app: an answer is kept with it."""
    return datetime.now(UTC)


def zone() -> tzinfo:
    """The days of a learner begin where the browser is."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (KeyError, ValueError, OSError):
        return UTC


def today() -> date:
    """The day that it is there."""
    return now().astimezone(zone()).date()


def known() -> Learner | None:
    """Whoever comes here, or None before the first answer; the address says it, or this visit, or the cookie."""
    for code in (st.query_params.get(PARAMETER), st.session_state.get(KEPT), st.context.cookies.get(COOKIE)):
        if isinstance(code, str) and _CODE.fullmatch(code) and (found := store().learner(code)) is not None:
            st.session_state[KEPT] = found.code
            return found
    return None


def here() -> Learner:
    """The same; somebody who comes for the first time gets a code."""
    found = known() or store().new_learner(now())
    st.session_state[KEPT] = found.code
    return found


def _code() -> str:
    """The code to read by, '' when there is none: one that this visit has found is not looked up once more."""
    kept = st.session_state.get(KEPT)
    if isinstance(kept, str) and st.query_params.get(PARAMETER, kept) == kept:
        return kept
    who = known()
    return who.code if who else ""


def history() -> History:
    """What whoever is here has done so far."""
    code, there = _code(), store()
    return shelf.history(there.answers(code), there.cards(code), there.bookmarks(code)) if code else History()


def paper(name: str) -> Paper | None:
    """A paper of whoever is here, by its id."""
    who = known()
    return store().paper(who.code, name) if who else None


def bookmarks() -> frozenset[str]:
    """The bookmarks of whoever is here: for a page that needs nothing else."""
    code = _code()
    return store().bookmarks(code) if code else frozenset()


def remember() -> None:
    """Let the browser keep the code for its next visit."""
    code = st.session_state.get(KEPT)
    if code and st.context.cookies.get(COOKIE) != code:
        st.html(_WRITE.format(pair=json.dumps(f"{COOKIE}={code}")), unsafe_allow_javascript=True)


def forget() -> None:
    """Delete everything about whoever is here."""
    found = known()
    if found is not None:
        store().forget(found.code)
    st.session_state.pop(KEPT, None)
