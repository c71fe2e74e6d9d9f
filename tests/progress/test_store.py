"""What was answered is kept: on SQLite and on a real PostgreSQL, by one process or several."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from progress import exchange
from progress.store import Store, UnknownLearner
from progress.tables import metadata
from tests.progress.stores import NOW, answered, paper, postgres, sqlite, store_at

ROOT = Path(__file__).parents[2]
ANSWERING = """
import sys
from progress.engine import opened
from progress.store import Store
from tests.progress.stores import answered
url, learner, first, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
store = Store(opened(url))
for number in range(first, first + count):
    store.answer(answered(learner, number))
    print(number, flush=True)
"""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        yield sqlite(tmp_path_factory.mktemp("store"))
        return
    with postgres() as address:
        yield address


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with store_at(url) as found:
        yield found


def test_the_migrations_make_the_very_tables_of_the_program(store: Store) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_answer_counts_once_however_often_it_is_sent(store: Store) -> None:
    code = store.new_learner(NOW).code
    assert store.answer(answered(code, 1))
    assert not store.answer(answered(code, 1, right=False))
    assert store.answers(code) == (answered(code, 1),)


def test_right_answers_put_a_question_off_and_a_wrong_one_brings_it_back(store: Store) -> None:
    code = store.new_learner(NOW).code
    dues, rows = [], []
    for number, (days, right) in enumerate([(0, True), (1, True), (8, True), (60, False)]):
        store.answer(answered(code, number, right=right, question="one", days=days))
        [card] = store.cards(code)
        dues.append(card.due - (NOW + timedelta(days=days)))
        rows.append(card.in_a_row)
    assert dues[0] < dues[1] < dues[2]
    assert dues[3] < timedelta(days=1)
    assert rows == [1, 2, 3, 0]


def test_a_paper_keeps_each_answer_until_it_is_handed_in_or_its_time_is_over(store: Store) -> None:
    code = store.new_learner(NOW).code
    begun = paper(code, f"{code}-paper")
    store.begin_paper(begun)
    soon, late = NOW + timedelta(minutes=5), NOW + timedelta(minutes=86)
    assert store.note(begun.id, 0, now=soon, given={"marked": [2]})
    assert store.note(begun.id, 2, now=soon, flag=True)
    assert not store.note(begun.id, 1, now=late, given={"marked": [1]})
    kept = store.paper(code, begun.id)
    assert kept is not None
    assert [(one.given, one.flagged) for one in kept.items] == [({"marked": [2]}, False), (None, False), (None, True)]
    assert kept.left(soon) == 80 * 60
    graded = [answered(code, at, right=at == 0) for at in range(3)]
    assert store.finish(kept, graded, now=soon, score=33.3)
    assert not store.finish(kept, graded, now=soon, score=99.9)
    assert not store.note(begun.id, 1, now=soon, given={"marked": [1]})
    [done] = store.papers(code)
    assert (done.open, done.score, [one.right for one in done.items]) == (False, 33.3, [True, False, False])
    assert len(store.answers(code)) == 3


def test_one_learner_sees_nothing_of_another(store: Store) -> None:
    one, other = store.new_learner(NOW).code, store.new_learner(NOW).code
    store.answer(answered(one, 1))
    store.begin_paper(paper(one, f"{one}-p"))
    store.bookmark(one, "question-1", on=True)
    assert store.answers(other) == ()
    assert store.paper(other, f"{one}-p") is None
    assert store.bookmarks(other) == frozenset()


def test_who_is_deleted_leaves_no_row(store: Store) -> None:
    code = store.new_learner(NOW).code
    store.answer(answered(code, 1))
    store.begin_paper(paper(code, f"{code}-p"))
    store.bookmark(code, "question-1", on=True)
    store.forget(code)
    with store.engine.connect() as connection:
        for table in ("answers", "cards", "bookmarks", "papers"):
            count = connection.execute(text(f"SELECT count(*) FROM {table} WHERE learner = :code"), {"code": code})
            assert count.scalar_one() == 0
        assert connection.execute(text("SELECT count(*) FROM items WHERE paper = :p"), {"p": f"{code}-p"}).scalar() == 0
    with pytest.raises(UnknownLearner):
        store.answer(answered(code, 2))


def test_progress_is_exported_imported_and_an_import_undone_once(store: Store) -> None:
    code, other = store.new_learner(NOW).code, store.new_learner(NOW).code
    store.wish(code, {"exam": "gold"})
    store.answer(answered(code, 1))
    store.begin_paper(paper(code, f"{code}-p"))
    given = json.loads(json.dumps(exchange.exported(store, code)))
    store.answer(answered(code, 2))
    assert exchange.imported(store, code, given, "merge") == 2
    assert exchange.imported(store, code, given, "replace") == 1
    assert exchange.import_undone(store, code)
    assert len(store.answers(code)) == 2
    assert not exchange.import_undone(store, code)
    assert exchange.imported(store, other, given, "replace") == 1, "and somebody may go on under another code"
    assert exchange.exported(store, code)["items"] == given["items"]
    [mine], [old] = store.papers(other), store.papers(code)
    assert mine.id != old.id
    assert mine.items == old.items


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ([], "format"),
        ({"format": 2}, "format"),
        ({"format": 1}, "answers"),
        ({"format": 1, "answers": [3]}, "answers[0]"),
        ({"format": 1, "answers": [{"id": "a"}]}, "answers[0].question"),
        ({"format": 1, "answers": [], "cards": [], "bookmarks": [{"question": 5}]}, "bookmarks[0].question"),
    ],
)
def test_a_file_that_is_no_progress_changes_nothing(store: Store, broken: object, place: str) -> None:
    code = store.new_learner(NOW).code
    store.answer(answered(code, 1))
    with pytest.raises(exchange.NotProgress) as caught:
        exchange.imported(store, code, broken, "replace")
    assert caught.value.field == place
    assert store.answers(code) == (answered(code, 1),)


def test_two_tabs_at_once_lose_nothing_and_count_nothing_twice(store: Store) -> None:
    code = store.new_learner(NOW).code
    both = [answered(code, number) for number in range(40)] * 2
    with ThreadPoolExecutor(8) as pool:
        new = list(pool.map(store.answer, both))
    assert sum(new) == 40
    assert {one.id for one in store.answers(code)} == {one.id for one in both}


def test_two_processes_on_an_empty_store_migrate_it_once_and_lose_nothing(url: str, tmp_path: Path) -> None:
    fresh = sqlite(tmp_path) if url.startswith("sqlite") else url
    if fresh == url:
        with store_at(url) as store, store.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    starting = [_running("from progress.engine import opened; import sys; opened(sys.argv[1])", fresh) for _ in "ab"]
    assert [process.wait(60) for process in starting] == [0, 0]
    with store_at(fresh) as store:
        code = store.new_learner(NOW).code
        both = [_running(ANSWERING, fresh, code, str(first), "25") for first in (0, 100)]
        assert [process.wait(60) for process in both] == [0, 0]
        assert len(store.answers(code)) == 50
    for process in (*starting, *both):
        assert process.stdout is not None
        process.stdout.close()


@pytest.mark.parametrize("after", [1, 7])
def test_what_was_answered_before_sigkill_is_there_afterwards(store: Store, url: str, after: int) -> None:
    code = store.new_learner(NOW).code
    process = _running(ANSWERING, url, code, "0", "10000")
    assert process.stdout is not None
    told = [int(process.stdout.readline()) for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    told += [int(line) for line in process.stdout.read().split()]
    process.wait(30)
    process.stdout.close()
    kept = {one.seed for one in store.answers(code)}
    assert set(told) <= kept
    assert kept == set(range(len(kept))), "and none is there by halves"
    assert {one.question for one in store.cards(code)} == {one.question for one in store.answers(code)}


def _running(program: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", program, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True)
