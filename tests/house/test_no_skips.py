"""What CI does with a skip, seen in a pytest of its own."""

from pathlib import Path

import pytest

from tests import no_skips

# Every way to skip; the last two skip while pytest is still collecting.
SKIPS = {
    "mark": "@pytest.mark.skip(reason='no server')\ndef test_it(): pass",
    "condition": "@pytest.mark.skipif(True, reason='no server')\ndef test_it(): pass",
    "call": "def test_it(): pytest.skip('no server')",
    "fixture": "@pytest.fixture\ndef server(): pytest.skip('no server')\ndef test_it(server): pass",
    "module": "pytest.skip('no server', allow_module_level=True)",
    "import": "pytest.importorskip('no_such_module', reason='no server')",
}
EXPECTED_FAILURE = "@pytest.mark.xfail(strict=True)\ndef test_it(): assert False"


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    # The inner run must not see the options of the outer one.
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delenv("CI", raising=False)
    pytester.makeconftest(Path(no_skips.__file__).read_text(encoding="utf-8"))
    snippets = {**SKIPS, "expected_failure": EXPECTED_FAILURE}
    pytester.makepyfile(**{f"test_{kind}": f"import pytest\n{text}\n" for kind, text in snippets.items()})
    return pytester


def test_in_ci_every_skip_is_a_failure_that_says_why(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    result = suite.runpytest_inprocess("--continue-on-collection-errors")
    result.assert_outcomes(failed=1, errors=len(SKIPS) - 1, xfailed=1)
    assert result.stdout.str().count("nothing may be skipped in CI. ") >= len(SKIPS)
    assert "nothing may be skipped in CI. Skipped: no server" in result.stdout.str()


def test_elsewhere_a_skip_is_a_skip(suite: pytest.Pytester) -> None:
    result = suite.runpytest_inprocess()
    result.assert_outcomes(skipped=len(SKIPS), xfailed=1)
    assert result.ret == pytest.ExitCode.OK
