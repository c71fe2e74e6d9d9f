"""Who is learning: a random code in a cookie or in the address, and the store behind it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import streamlit as st

from progress.engine import default_url, opened
from progress.records import Learner
from progress.store import Store
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


def now() -> datetime:
    """The clock of the app: an answer is kept with it."""
    return datetime.now(UTC)


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


def history() -> History:
    """What whoever is here has done so far."""
    who = known()
    if who is None:
        return History()
    there = store()
    return shelf.history(there.answers(who.code), there.cards(who.code), there.bookmarks(who.code))


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
