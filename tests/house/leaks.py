"""Nothing in the tree names somebody's machine, a package index or a person's address."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.sources import ROOT, Finding, files

# Put together from halves, so that this file does not break its own rule.
HOSTS = ("py" + "pi.org", "python" + "hosted.org", "registry." + "npmjs", "deb." + "debian.org")
PATHS = ("/wo" + "rk/", "/ro" + "ot/", "/ho" + r"me/[a-z][\w.-]*/", "/Us" + r"ers/[A-Za-z][\w.-]*/")
EMAIL = re.compile(r"(?<![\w./+-])[\w.+-]+@(?:[\w-]+\.)+[a-z]{2,}\b", re.IGNORECASE)
PLACE = re.compile(r"(?<![\w.$~}-])(?:" + "|".join(PATHS) + ")")
SIMULATED = "/home/postgres/"
"""Of the host that learners sit at, which is no machine."""
HOST = re.compile("|".join(map(re.escape, HOSTS)), re.IGNORECASE)
# What the real tools print in --help, names reserved for examples, pictures for dense screens (@2x.png),
# and a decorator after an escaped line end, as in the snippets that tests write.
HARMLESS = re.compile(
    r"@lists\.postgresql\.org$|[@.](?:example(?:\.\w+)?|test|invalid|localhost)$|\.(?:png|svg|jpe?g)$|^n@",
    re.IGNORECASE,
)


def leaks(root: Path = ROOT) -> list[Finding]:
    found = []
    for path in files(root):
        data = path.read_bytes()
        if b"\0" in data[:8000]:  # a picture, as git tells them
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            found += [Finding(path.relative_to(root).as_posix(), number, says) for says in leaks_in(line)]
    return found


def leaks_in(line: str) -> Iterator[str]:
    for match in PLACE.finditer(line):
        if not line.startswith(SIMULATED, match.start()):
            yield f"a machine's path: {match[0]}"
    for match in HOST.finditer(line):
        yield f"a package index: {match[0]}"
    for match in EMAIL.finditer(line):
        if not HARMLESS.search(match[0]):
            yield f"an e-mail address: {match[0]}"
