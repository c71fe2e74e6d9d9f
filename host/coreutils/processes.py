"""ps, kill, pgrep, pidof: the servers that run on the host."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from host.call import Call, Done
from host.coreutils.base import Tool
from host.coreutils.running import SIGNALS, signal_name
from host.machine import Host
from host.server.crashing import helpers
from host.shell.state import SHELL_PID

Process = tuple[int, int, str, float]
"""pid, parent, command, start."""


def processes(host: Host) -> Iterator[Process]:
    """The servers' processes, the shell, and what lists them."""
    yield int(SHELL_PID), 1, "-bash", host.clock - 60
    for server in host.servers:
        yield server.pid, 1, f"postgres -D {server.pgdata}", server.started
        for at, name in enumerate(helpers(server), 1):
            shown = name if name.startswith("startup") else f"{name} "
            yield server.pid + at, server.pid, f"postgres: {shown}", server.started
        for session in server.sessions:
            if session.kind == "walsender":
                words = f"walsender {session.user} {session.host} streaming"
            else:
                words = f"{session.user} {session.database} {session.host} {session.state}"
            yield session.pid, server.pid, f"postgres: {words}", session.opened


def main(call: Call) -> Done:
    """List processes, or send them a signal."""
    if call.name == "kill":
        return _kill(call)
    tool = Tool(call)
    if call.name == "ps":
        return _ps(tool)
    if not tool.read("f,full l,list-name a,list-full u,euid= x n,newest o,oldest c,count s"):
        return tool.done()
    found = [one for one in processes(call.host) if _named(one, tool.operands, call.name == "pgrep" and tool.has("f"))]
    if call.name == "pidof":
        tool.out(" ".join(str(one[0]) for one in reversed(found)) + "\n" if found else "")
    else:
        for pid, _, command, _ in found:
            tool.out(f"{pid} {command}\n" if tool.has("a") else f"{pid} postgres\n" if tool.has("l") else f"{pid}\n")
    tool.status = 0 if found else 1
    return tool.done()


def _named(process: Process, names: list[str], full: bool) -> bool:
    command = process[2] if full else process[2].split(" ")[0].strip(":-")
    return any(name in command if full else name == command for name in names)


def _ps(tool: Tool) -> Done:
    words = "".join(word.lstrip("-") for word in tool.call.argv[1:] if word.startswith("-") or word.isalpha())
    host = tool.call.host
    listed = [*processes(host), (host.next_pid, int(SHELL_PID), " ".join(tool.call.argv), host.clock)]
    if "u" in words and "a" in words:
        tool.out("USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n")
        for pid, _, command, began in listed:
            when = datetime.fromtimestamp(began, UTC).strftime("%H:%M")
            tool.out(f"{host.user:<8} {pid:7d}  0.0  0.1  20000  4000 ?        Ss   {when}   0:00 {command}\n")
    elif "f" in words:
        tool.out("UID          PID    PPID  C STIME TTY          TIME CMD\n")
        for pid, parent, command, began in listed:
            when = datetime.fromtimestamp(began, UTC).strftime("%H:%M")
            tool.out(f"{host.user:<8} {pid:7d} {parent:7d}  0 {when} ?        00:00:00 {command}\n")
    else:
        everything = "e" in words or "A" in words or "x" in words
        shown = listed if everything else [listed[0], listed[-1]]
        tool.out("    PID TTY          TIME CMD\n")
        for pid, _, command, _ in shown:
            tool.out(f"{pid:7d} ?        00:00:00 {command.split(' ')[0].strip('-:')}\n")
    return tool.done()


def _kill(call: Call) -> Done:
    words = list(call.argv[1:])
    tool = Tool(call)
    if words[:1] == ["-l"]:
        tool.out(" ".join(f"{number}) SIG{name}" for name, number in SIGNALS.items()) + "\n")
        return tool.done()
    signal: str | None = "TERM"
    asked = "TERM"
    if words[:1] in (["-s"], ["-n"]) and len(words) > 1:
        asked = words[1]
        signal, words = signal_name(asked) or ("" if asked == "0" else None), words[2:]
    elif words and words[0].startswith("-") and words[0] != "--":
        asked = words[0][1:]
        signal, words = signal_name(asked) or ("" if asked == "0" else None), words[1:]
    words = words[1:] if words[:1] == ["--"] else words
    if signal is None:
        tool.fail(f"{asked}: invalid signal specification")
    elif not words:
        tool.err("kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n")
        tool.status = 2
    else:
        for word in words:
            _send(tool, word, signal)
    return tool.done()


def _send(tool: Tool, word: str, signal: str) -> None:
    if not word.lstrip("-").isdecimal():
        tool.fail(f"{word}: arguments must be process or job IDs")
        return
    pid = int(word[:12])
    host = tool.files.host
    known = {one[0] for one in processes(host)}
    if pid not in known:
        tool.fail(f"({word}) - No such process")
        return
    if not signal or str(pid) == SHELL_PID:
        return
    from host.server import signals

    after = signals.send(host, pid, signal)
    if after is not None:
        tool.files.host = after
