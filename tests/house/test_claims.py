"""Every test can fail."""

import pytest

from tests.house.claims import claimless_tests
from tests.house.sources import Source, report, sources


def test_every_test_asserts_something() -> None:
    found = claimless_tests(sources())
    assert not found, report(found)


@pytest.mark.parametrize(
    "body",
    ["pass", "run()", "assert True", 'assert "a reminder"', "x = run() == 3", "unexpected()"],
)
def test_a_test_without_a_claim_is_found(body: str) -> None:
    source = Source("tests/lab/test_server.py", f"class TestServer:\n    def test_it(self):\n        {body}\n")
    assert [str(finding) for finding in claimless_tests([source])] == [
        "tests/lab/test_server.py:2: test_it asserts nothing"
    ]


@pytest.mark.parametrize(
    "body",
    [
        "assert run() == 3",
        "with pytest.raises(ValueError): run()",
        "check_listing(run())",
        "assert_same(run(), 3)",
        "expect(page.locator('h1')).to_have_text('WAL')",
    ],
)
def test_a_claim_in_any_of_its_forms_is_let_through(body: str) -> None:
    assert claimless_tests([Source("tests/lab/test_server.py", f"def test_it():\n    {body}\n")]) == []


def test_helpers_and_other_rooms_are_not_tests() -> None:
    helper = Source("tests/lab/test_server.py", "def make_server(): pass")
    assert claimless_tests([helper, Source("quizzes/test_maker.py", "def test_paper(): pass")]) == []
