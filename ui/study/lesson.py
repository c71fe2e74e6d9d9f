"""A lesson: one claim, a picture that stops before it decides, one thing to do, three questions."""

from __future__ import annotations

from html import escape

import streamlit as st

from lessons.check import ASKED as QUESTIONS
from lessons.check import asked as asked_in
from lessons.lesson import Lesson
from lessons.loader import lessons
from levels.challenge import Beginning, Text, typed_on
from quizzes.question import Experiment
from simulator.prose import manual
from simulator.versions import DEFAULT
from ui import header, markup
from ui.address import Address
from ui.challenges import shelf as challenges
from ui.language import tell, words
from ui.stage import feed, stage
from ui.study import asking, banks, happens, learner, pictures
from ui.study.asking import Asked

GUESS, ASKED, DONE = "lesson_guess", "lesson_asked", "lesson_done"


def show() -> None:
    """Draw the lesson of the address, or the list."""
    here = header.current()
    found = pictures.find(here.level)
    if found is None:
        st.switch_page(st.session_state[header.PAGES]["lessons"], query_params=here.query())
    lang, wanted = here.lang, here.version or DEFAULT
    major = found.major(wanted)
    top = st.container(key="lesson-top")
    # The stage first, though it stands below: the browser fetches its code before that of everything else.
    stage(words("stage", lang))
    _predict(found.id, major)
    with top:
        _head(found, wanted, here)
    _task(found, major, here)
    if learner.works(lang):
        _questions(found.id, major)
    _neighbours(found, here)


def _head(lesson: Lesson, wanted: int, here: Address) -> None:
    """The claim, and the words before the picture."""
    lang = here.lang
    header.switches(here)
    with st.container(key="headline", gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            header.link("lessons", tell("lessons", "to_list", lang), here)
            place = tell("lessons", "place", lang, place=lessons().index(lesson) + 1, all=len(lessons()))
            st.caption(markup.plain(f"{place} · {banks.titled(lesson.objective, lang)}"))
        st.title(markup.plain(lesson.title.in_(lang)), anchor=False)
    header.problems(here)
    if wanted not in lesson.versions:
        st.info(tell("lessons", "other_version", lang, major=lesson.major(wanted), wanted=wanted))
    with st.container(key="lesson-text"):
        _paragraphs(lesson.text, lang)


def _paragraphs(texts: tuple[Text, ...], lang: str) -> None:
    for one in texts:
        st.markdown(one.in_(lang))


@st.fragment
def _predict(lesson_id: str, major: int) -> None:
    """A fragment: a guess runs this alone, and the picture plays on."""
    lesson, lang = pictures.known(lesson_id), header.current().lang
    guess: int | None = st.session_state.get(GUESS, {}).get((lesson_id, major))
    feed(pictures.text(lesson_id, major, lang, whole=guess is not None))
    key = f"lesson-choice-{lesson_id}"
    with st.container(key="lesson-predict", border=True, gap="small"):
        st.markdown(f"**{tell('lessons', 'predict', lang)}** {lesson.ask.in_(lang)}")
        if guess is None:
            st.radio(
                lesson.ask.in_(lang),
                range(len(lesson.guesses)),
                key=key,
                index=None,
                format_func=lambda at: lesson.guesses[at].text.in_(lang),
                label_visibility="collapsed",
            )
            taken = st.session_state.get(key)
            st.button(
                tell("lessons", "play_on", lang),
                type="primary",
                disabled=taken is None,
                on_click=_guessed,
                args=(lesson_id, major, taken),
            )
            return
        for at, one in enumerate(lesson.guesses):
            mark = "✓" if one.right else "✕"
            yours = tell("lessons", "yours", lang) if at == guess else ""
            st.markdown(f"{mark} **{one.text.in_(lang)}**{yours}  \n{one.because.in_(lang)}")
        st.button(tell("lessons", "again", lang), on_click=_guessed, args=(lesson_id, major, None))
    with st.container(key="lesson-after"):
        _paragraphs(lesson.after, lang)
        for page in lesson.manual:
            address, title = manual(page, lang, major)
            st.markdown(f"↗ [{markup.plain(title)}]({address})")


def _guessed(lesson_id: str, major: int, guess: int | None) -> None:
    kept = st.session_state.setdefault(GUESS, {})
    kept[lesson_id, major] = guess
    if guess is None:
        st.session_state.pop(f"lesson-choice-{lesson_id}", None)


def _task(lesson: Lesson, major: int, here: Address) -> None:
    """One thing to do: a challenge, or the terminal with lines that are typed already."""
    lang, task = here.lang, lesson.task
    st.header(tell("lessons", "try", lang), anchor=False)
    st.markdown(task.text.in_(lang))
    version = str(major) if here.version is not None or DEFAULT not in lesson.versions else None
    challenge = challenges.find(task.challenge) if task.challenge else None
    if challenge is not None:
        label = tell("lessons", "to_challenge", lang, title=markup.plain(challenge.title.in_(lang)))
        header.link("challenge", label, here, id=challenge.id, v=version if major in challenge.versions else None)
        return
    played = Experiment(Beginning(), run=task.lines)
    lines = [line.text for line in typed_on(task.lines, major)]
    # Streamlit's own block of code brings a highlighter that weighs more than the picture.
    typed = "\n".join(f"$ {line}" for line in lines)
    st.html(f'<pre class="wd-typed">{escape(typed)}</pre>')
    header.link(
        "terminal", tell("lessons", "to_terminal", lang), here, c=happens.at_the_terminal(played, major), v=version
    )


@st.fragment
def _questions(lesson_id: str, major: int) -> None:
    """Three questions, one after the other; answers count as in practice."""
    learner.remember()
    here = header.current()
    lesson, lang = pictures.known(lesson_id), here.lang
    kept: dict[tuple[str, int], list[Asked]] = st.session_state.setdefault(ASKED, {})
    row = kept.setdefault((lesson_id, major), [])
    st.header(tell("lessons", "questions", lang), anchor=False)
    if st.session_state.get(DONE) == (lesson_id, major):
        right = sum(one.grade is not None and one.grade.right for one in row)
        st.success(tell("lessons", "score", lang, right=right, all=len(row)))
        header.link("practice", tell("lessons", "to_practice", lang), here, objective=lesson.objective)
        st.button(tell("lessons", "ask_again", lang), on_click=_again, args=(lesson_id, major))
        return
    if not row:
        # On demand: its code is not needed before, and its keys would work all over the lesson.
        st.button(tell("lessons", "begin", lang), key="lesson-begin", on_click=_ask, args=(lesson_id, major))
        return
    asked = row[-1]
    st.caption(tell("lessons", "number", lang, number=len(row), all=QUESTIONS))
    asking.ask(asked, lang, lambda said: _heard(asked, said, lesson_id, major))


def _heard(asked: Asked, said: str, lesson_id: str, major: int) -> None:
    if asking.heard(asked, said) != "next":
        return
    _ask(lesson_id, major)


def _ask(lesson_id: str, major: int) -> None:
    """The next question, as long as there is one."""
    row: list[Asked] = st.session_state[ASKED][lesson_id, major]
    wanted = asked_in(pictures.known(lesson_id), major, banks.by_id())
    if len(row) < len(wanted):
        row.append(asking.put(wanted[len(row)], major))
    else:
        st.session_state[DONE] = (lesson_id, major)


def _again(lesson_id: str, major: int) -> None:
    st.session_state[ASKED][lesson_id, major] = []
    st.session_state.pop(DONE, None)
    _ask(lesson_id, major)


def _neighbours(lesson: Lesson, here: Address) -> None:
    row = lessons()
    at = row.index(lesson)
    with st.container(horizontal=True, key="lesson-neighbours", gap="medium"):
        if at > 0:
            header.link("lesson", f"← {row[at - 1].title.in_(here.lang)}", here, id=row[at - 1].id)
        if at + 1 < len(row):
            header.link("lesson", f"{row[at + 1].title.in_(here.lang)} →", here, id=row[at + 1].id)
