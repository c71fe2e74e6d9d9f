"""Whatever is typed, reading it ends: in settings or in a refusal, never in an exception."""

from hypothesis import given
from hypothesis import strategies as st

from host.machine import Build
from host.options import TOOLS, Refusal, Table, read_words, table
from host.options.values import Parsed
from simulator.versions import KNOWN
from tests.host.options_reading import settings

WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        "= , : - -- --= 0 -1 a=b 0/1 1,2 1/2/3 gzip:level=3 postgres://h:x/ 'q custom300 list x\udcff".split()
    ),
)


def _word_of(of: Table) -> st.SearchStrategy[str]:
    letters = [option.short for option in of.options if option.short]
    names = [option.long for option in of.options if option.long]
    short = st.builds(lambda chosen, text: f"-{chosen}{text}", st.sampled_from(letters or ["x"]), WORDS)
    long = st.builds(
        lambda chosen, end: f"--{chosen}{end}", st.sampled_from(names or ["x"]), st.sampled_from(["", "="])
    )
    valued = st.builds(lambda chosen, text: f"--{chosen}={text}", st.sampled_from(names or ["x"]), WORDS)
    return st.one_of(WORDS, short, long, valued)


TABLES = [of for major in KNOWN for tool in TOOLS if (of := table(tool, major)) is not None]


@given(st.data())
def test_no_command_line_raises(data: st.DataObject) -> None:
    major = data.draw(st.sampled_from(KNOWN))
    tool = data.draw(st.sampled_from([tool for tool in TOOLS if table(tool, major)]))
    of = table(tool, major)
    assert of is not None
    words = data.draw(st.lists(_word_of(of), max_size=6))
    end = settings([tool, *words], Build(major), {})
    if isinstance(end, Refusal):
        assert 0 <= end.exit <= 127
        assert end.stderr == "" or end.stderr.endswith("\n")
        assert end.exit or not end.stderr


@given(st.sampled_from(TABLES), st.data())
def test_an_abbreviation_means_the_one_option_that_it_begins_or_nothing(of: Table, data: st.DataObject) -> None:
    listed = [option for option in of.options if option.long and option.listed and not of.no_long]
    if not listed:
        assert of.no_long or of.tool == "pg_archivecleanup"
        return
    option = data.draw(st.sampled_from(listed))
    short = option.long[: data.draw(st.integers(1, len(option.long)))]
    meant = {(other.name, other.arg) for other in listed if other.long.startswith(short)}
    exact = next((other for other in listed if other.long == short), None)
    major = next(major for major in KNOWN if table(of.tool, major) is of)
    found = read_words([of.tool, "stray", f"--{short}", "value"], Build(major), {})
    assert isinstance(found, Parsed)
    if exact is None and len(meant) > 1:
        assert found.fault is not None
        assert f"'--{short}' is ambiguous" in found.fault.stderr
    elif option.name not in ("help", "version") and (exact or option).name not in ("help", "version"):
        assert found.fault is None
        assert found.given[0][0] == (exact or option).name


@given(st.sampled_from(TABLES), st.data())
def test_letters_mean_the_same_one_by_one_and_in_a_cluster(of: Table, data: st.DataObject) -> None:
    flags = [option.short for option in of.options if option.short and not option.short_arg and not option.refused]
    flags = [letter for letter in flags if letter != "V"]
    if not flags:
        assert of.tool in ("pg_controldata", "pg_isready", "pg_archivecleanup")
        return
    letters = data.draw(st.lists(st.sampled_from(flags), min_size=1, max_size=5))
    major = next(major for major in KNOWN if table(of.tool, major) is of)
    apart = read_words([of.tool, *(f"-{letter}" for letter in letters)], Build(major), {})
    together = read_words([of.tool, "-" + "".join(letters)], Build(major), {})
    assert isinstance(apart, Parsed)
    assert isinstance(together, Parsed)
    assert apart.given == together.given
