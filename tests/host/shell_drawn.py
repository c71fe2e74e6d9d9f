"""Command lines drawn from parts: tools with their options, names that exist or not, and ways to join them."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = ["a", "b", "d", "d/x", "d/e", "nope", "nope/x", "ln", "ln/x", "empty", "e", "d/new", "./a", "d/", "n", "."]
_name = st.sampled_from(NAMES)
_below = st.sampled_from([name for name in NAMES if name != "."])


def _call(
    tool: str, options: list[str], least: int, most: int, name: st.SearchStrategy[str] = _name
) -> st.SearchStrategy[str]:
    flags = st.lists(st.sampled_from(options), max_size=2, unique=True) if options else st.just([])
    names = st.lists(name, min_size=least, max_size=most)
    return st.tuples(flags, names).map(lambda drawn: " ".join([tool, *drawn[0], *drawn[1]]))


_FILES = st.one_of(
    _call("cp", ["-r", "-a", "-f", "-n", "-p", "-T", "-P", "-L"], 1, 3, _below),
    _call("mv", ["-f", "-n", "-T"], 1, 3, _below),
    _call("rm", ["-r", "-f", "-d"], 1, 3, _below),
    _call("mkdir", ["-p"], 1, 2),
    _call("rmdir", ["-p"], 1, 2),
    _call("touch", ["-c"], 1, 2),
    _call("ln -s", [], 2, 2).filter(lambda line: "/ " not in f"{line} "),
    _call("chmod 640", [], 1, 2),
    _call("truncate -s 3", ["-c"], 1, 2),
)
_READING = st.one_of(
    _call("cat", ["-n", "-A", "-s"], 1, 3),
    _call("ls", ["-a", "-A", "-d", "-R", "-r", "-F", "-1"], 0, 3),
    _call("head", ["-n1", "-c3", "-n-1", "-q"], 1, 2),
    _call("tail", ["-n1", "-q"], 1, 2),
    _call("grep", ["-c two", "-v two", "-n e", "-o t", "-l two", "-q two", "-i TWO", "-w two", "-x two"], 1, 2),
    _call("wc", ["-l", "-c", "-w"], 1, 2),
    _call("sort", ["-n", "-r", "-u"], 1, 2),
    _call("cut -c1-2", [], 1, 2),
    st.sampled_from(["s/o/0/", "-n 1p", "1d", "/two/d"]).flatmap(lambda script: _call(f"sed {script}", [], 1, 2)),
    _call("diff -q", [], 2, 2),
    _call("cmp", ["-s"], 2, 2),
    _call("stat -c '%s %F'", [], 1, 2),
    _call("md5sum", [], 1, 2),
    _call("basename", [], 1, 2),
    _call("readlink", ["-f", "-e"], 1, 2),
    st.sampled_from(["test", "test !", "test -n", "test -z"]).flatmap(lambda t: _name.map(lambda n: f"{t} {n}")),
    st.sampled_from(["-f", "-d", "-e", "-L", "-s"]).flatmap(lambda t: _name.map(lambda n: f"[ {t} {n} ]")),
    st.sampled_from(
        ["echo *", "echo d/*", "echo $?", "pwd", "echo $(cat b)", "true", "false", "cd d", "cd nope", "cd -"]
    ),
)
_FILTER = st.sampled_from(
    ["head -2", "tail -1", "wc -l", "sort", "sort -r", "uniq -c", "grep -c e", "grep two", "tr a-z A-Z", "cut -c1", "cat -n",  # noqa: E501
     "sed 's/e/E/g'", "sed 1d", "tac", "rev"]
)  # fmt: skip
_simple = st.one_of(_FILES, _READING)
_redirected = st.tuples(
    _simple, st.sampled_from(["", "", "", " > out", " >> b", " 2> err", " 2>&1", " > nope/y", " < a"])
)
_part = st.one_of(
    _redirected.map("".join),
    st.tuples(_READING, st.lists(_FILTER, min_size=1, max_size=2)).map(lambda drawn: " | ".join([drawn[0], *drawn[1]])),
    _simple.map(lambda line: f"({line})"),
    _simple.map(lambda line: f"! {line}"),
    st.tuples(_READING, _simple).map(lambda drawn: f"if {drawn[0]}; then {drawn[1]}; else echo no; fi"),
    _simple.map(lambda line: f"for i in 1 2; do {line}; done"),
)
lines = st.tuples(_part, st.lists(st.tuples(st.sampled_from(["; ", " && ", " || "]), _part), max_size=3)).map(
    lambda drawn: drawn[0] + "".join(joint + part for joint, part in drawn[1])
)
"""Whole command lines."""
