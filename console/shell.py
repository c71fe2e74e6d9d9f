"""`waldojo shell`: the simulated host at a real terminal, with history, `undo` and `reset`."""

from __future__ import annotations

import sys
from collections.abc import Callable

from console.exec import MALFORMED, Start, host_or_tell, shown
from console.words import word
from host import programs
from host.files import Files
from host.machine import Host
from host.network import UnknownMachine, at, sat_down
from host.shell import TERMINAL, run_line
from host.tree import PathError

Reader = Callable[[str], str]


class Terminal:
    """One sitting: the host now, and every host before."""

    def __init__(self, first: Host, language: str) -> None:
        self.host, self.first, self.language = first, first, language
        self.before: list[Host] = []

    def prompt(self) -> str:
        """postgres@db1:~$"""
        home = self.host.env.get("HOME", "")
        cwd = self.host.cwd
        here = "~" + cwd[len(home) :] if home and (cwd == home or cwd.startswith(f"{home}/")) else cwd
        return f"{self.host.user}@{self.host.network.here}:{here}{'#' if self.host.user == 'root' else '$'} "

    def enter(self, line: str) -> tuple[str, str]:
        """What a line prints: standard output and standard error."""
        moved = self.moved(line)
        if moved is not None:
            return "", moved
        if line.strip() == "undo":
            if not self.before:
                return "", word("nothing_to_undo", self.language) + "\n"
            self.host = at(self.before.pop(), self.host.network.here)
            return word("undone", self.language) + "\n", ""
        self.before.append(self.host)
        if line.strip() == "reset":
            self.host = at(self.first, self.host.network.here)
            return word("was_reset", self.language) + "\n", ""
        done = run_line(self.host, line, voice=TERMINAL)
        self.host = done.host
        return shown(done.stdout), done.stderr

    def moved(self, line: str) -> str | None:
        """`on MACHINE` in a world of several: one sits there from now on; what is wrong with it, or None."""
        words = line.split()
        if words[:1] != ["on"] or len(words) != 2 or not self.host.network.machines:
            return None
        try:
            self.host = sat_down(self.host, words[1])
        except UnknownMachine as error:
            return word("unknown_machine", self.language, name=error.name, known=", ".join(error.known)) + "\n"
        return ""

    def completions(self, text: str, begins: bool) -> list[str]:
        """What a word may become: a program's name at the beginning of a line, a path anywhere."""
        folder, slash, start = text.rpartition("/")
        try:
            names = Files(self.host).names((folder + slash) or ".")
        except PathError:
            names = []
        found = [folder + slash + name for name in names if name.startswith(start)]
        found = [f"{path}/" if Files(self.host).is_dir(path) else path for path in found]
        if begins and not slash:
            found += [name for name in programs.names(self.host) if name.startswith(text)]
        return sorted(found)


def shell(start: Start, *, language: str, read: Reader = input) -> int:
    """Read lines until the end of input or `exit`; returns the last exit status."""
    first = host_or_tell(start, language)
    if first is None:
        return MALFORMED
    terminal = Terminal(first, language)
    with_history(terminal)
    print(word("shell_hint", language))
    if first.network.machines:
        print(word("shell_machines", language, known=", ".join(first.network.machines)))
    while True:
        try:
            line = read(terminal.prompt())
        except EOFError:
            print()
            return int(terminal.host.variables.get("?", "0"))
        except KeyboardInterrupt:
            print("^C")
            continue
        if line.strip() in ("exit", "logout"):
            return int(terminal.host.variables.get("?", "0"))
        out, err = terminal.enter(line) if line.strip() else ("", "")
        sys.stdout.write(out)
        sys.stdout.flush()
        sys.stderr.write(err)


def with_history(terminal: Terminal) -> None:
    """Arrow keys, history and completion, where the system has readline."""
    try:
        import readline
    except ImportError:  # a system without it: lines are read all the same
        return

    def complete(text: str, state: int) -> str | None:
        begins = readline.get_begidx() == 0
        found = terminal.completions(text, begins)
        return found[state] if state < len(found) else None

    readline.set_completer_delims(" \t\n;|&<>")
    readline.set_completer(complete)
    readline.parse_and_bind("tab: complete")
