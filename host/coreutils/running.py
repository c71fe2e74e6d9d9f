"""Programs that run another program, and those about the environment."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType

from host import programs
from host.call import Asleep, Call, Done
from host.content import text_of
from host.coreutils.base import Tool, lines_of, quoted
from host.effort import WORD, spend
from host.machine import Host
from host.shell import BASH, SH, finished, run_argv, run_text, start_argv
from host.tree import PathError

_NUL = (
    "xargs: WARNING: a NUL character occurred in the input.  It cannot be passed through in the argument list."
    "  Did you mean to use the --null option?\n"
)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
SIGNALS = {
    "HUP": 1,
    "INT": 2,
    "QUIT": 3,
    "ABRT": 6,
    "KILL": 9,
    "USR1": 10,
    "USR2": 12,
    "TERM": 15,
    "CONT": 18,
    "STOP": 19,
}
LIMIT = "DOJO_TIMEOUT"
"""Set for a program that runs under `timeout`: the signal's name and the seconds, `INT 12`."""


def main(call: Call) -> Done:
    """Run, wait, or show the environment."""
    tool = Tool(call)
    kinds = {"env": _env, "printenv": _printenv, "which": _which, "timeout": _timeout, "sleep": _sleep, "xargs": _xargs}
    if call.name in ("sh", "bash", "dash"):
        return _shell(tool)
    if call.name in ("nohup", "nice"):
        return _plainly(tool)
    if call.name == "sync":
        return tool.done()
    return kinds[call.name](tool)


def _run(tool: Tool, argv: list[str], env: dict[str, str], host: Host | None = None) -> Done:
    """The program, or the complaint that there is none."""
    done = start_argv(host or tool.files.host, argv, tool.stdin(), {**tool.call.env, **env})
    if done is not None:
        return done
    reason = "No such file or directory"
    says = (
        f"failed to run command {quoted(argv[0])}: {reason}" if tool.name != "env" else f"{quoted(argv[0])}: {reason}"
    )
    tool.fail(says)
    return replace(tool.done(), exit=127)


def _env(tool: Tool) -> Done:
    if not tool.read("i,ignore-environment u,unset= 0,null C,chdir= S,split-string=", first=True):
        tool.status = 125 if tool.status else 0
        return tool.done()
    words = list(tool.operands)
    added: dict[str, str] = {}
    while words and "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        added[name] = value
    host = tool.call.host
    gone = {value for name, value in tool.given if name == "u"}
    base = {} if tool.has("i") else {k: v for k, v in {**host.env, **tool.call.env}.items() if k not in gone}
    env = {**base, **added}
    if not words:
        tool.out("".join(f"{name}={value}\n" for name, value in env.items() if not name.startswith("DOJO_")))
        return tool.done()
    done = _run(replaced(tool), words, {}, replace(host, env=MappingProxyType(env)))
    return replace(done, host=replace(done.host, env=host.env))


def replaced(tool: Tool) -> Tool:
    """The same call without variables of its own: `env` has taken them over."""
    tool.call = replace(tool.call, env={})
    return tool


def _printenv(tool: Tool) -> Done:
    if not tool.read("0,null"):
        return tool.done()
    env = {**tool.call.host.env, **tool.call.env}
    for name in tool.operands:
        if name in env:
            tool.out(env[name] + "\n")
        else:
            tool.status = 1
    if not tool.operands:
        tool.out("".join(f"{name}={value}\n" for name, value in env.items()))
    return tool.done()


def _which(tool: Tool) -> Done:
    if not tool.read("a s"):
        return tool.done()
    for name in tool.operands:
        if programs.find(name, tool.call.host):
            tool.out(programs.where(name, tool.call.host) + "\n")
        else:
            tool.status = 1
    if not tool.operands:
        tool.status = 1
    return tool.done()


def seconds(text: str) -> float | None:
    """10, 1.5, 2m, 1h as seconds; None if it is none."""
    match = re.fullmatch(r"(\d{1,12}(?:\.\d*)?|\.\d+)([smhd]?)", text)
    if text in ("inf", "infinity"):
        return 1e9
    return float(match[1]) * _UNITS[match[2]] if match else None


def _timeout(tool: Tool) -> Done:
    tool.trouble = 125
    if not tool.read("k,kill-after= s,signal= preserve-status foreground v,verbose", first=True):
        return tool.done()
    if len(tool.operands) < 2:
        tool.hint()
        return tool.done()
    limit = seconds(tool.operands[0])
    if limit is None:
        return tool.misuse(f"invalid time interval {quoted(tool.operands[0])}")
    signal = signal_name(tool.value("s", "TERM"))
    if signal is None:
        return tool.misuse(f"{quoted(tool.value('s'))}: invalid signal")
    argv = tool.operands[1:]
    program = programs.find(argv[0].rpartition("/")[2], tool.call.host)
    if program is None:
        return _run(tool, argv, {})
    if limit == 0:
        return _run(tool, argv, {})
    env = {**tool.call.env, LIMIT: f"{signal} {limit:g}"}
    done = program(Call(tool.call.host, tuple(argv), tool.stdin(), env))
    ended = 137 if signal == "KILL" else 124
    deadline = tool.call.host.clock + limit
    return _limited(done, deadline, 128 + SIGNALS[signal], None if tool.has("preserve-status") else ended)


def _limited(done: Done, deadline: float, killed: int, shown: int | None) -> Done:
    """A program ended when its time is over: its exit status is `shown`, or (None) that of a program that is killed."""
    if not isinstance(done, Asleep):
        return replace(done, exit=shown) if done.host.clock >= deadline and shown is not None else done
    sleeping = done

    def go_on(host: Host) -> Done:
        if sleeping.until > deadline:
            return Done(sleeping.given_up(host), killed if shown is None else shown)
        return _limited(sleeping.go_on(host), deadline, killed, shown)

    return replace(sleeping, until=min(sleeping.until, deadline), go_on=go_on)


def signal_name(text: str) -> str | None:
    """INT, SIGINT or 2 as INT; None if there is no such signal."""
    bare = text.upper().removeprefix("SIG")
    if bare in SIGNALS:
        return bare
    return next((name for name, number in SIGNALS.items() if str(number) == text), None)


def _sleep(tool: Tool) -> Done:
    if not tool.read(""):
        return tool.done()
    if not tool.operands:
        return tool.misuse("missing operand")
    total = 0.0
    for word in tool.operands:
        span = seconds(word)
        if span is None:
            return tool.misuse(f"invalid time interval {quoted(word)}")
        total += span
    host = tool.call.host
    return Asleep(host, until=host.clock + min(total, 1e9), go_on=Done)


def _plainly(tool: Tool) -> Done:
    tool.trouble = 125
    if not tool.read("n,adjustment=", first=True):
        return tool.done()
    if not tool.operands:
        return tool.misuse("missing operand") if tool.name == "nohup" else tool.done()
    return _run(tool, tool.operands, {})


def _shell(tool: Tool) -> Done:
    """`sh -c text name …`, `sh file …`, or commands from standard input."""
    call = tool.call
    voice = BASH if call.name == "bash" else SH
    words = list(call.argv[1:])
    options = ""
    while words and re.fullmatch(r"[-+][a-zA-Z]+|--?[a-z]*", words[0]) and words[0] != "--":
        word = words.pop(0)
        options += "" if word.startswith("--") else word[1:]
        if word.endswith("o") and not word.startswith("--") and words:
            options += "" if words.pop(0) != "pipefail" else "|"
    if words[:1] == ["--"]:
        words.pop(0)
    letters = "".join(letter for letter in options if letter in "eux")
    before = (f"set -{letters}\n" if letters else "") + ("set -o pipefail\n" if "|" in options else "")
    if "c" in options:
        if not words:
            what = "option requires an argument" if voice is BASH else "requires an argument"
            tool.err(f"{call.name}: -c: {what}\n" if voice is BASH else f"{call.name}: 0: -c {what}\n")
            tool.status = 2
            return tool.done()
        name = words[1] if len(words) > 1 else ""
        return run_text(call.host, before + words[0], voice, tool.stdin(), words[2:], name, call.env)
    if words:
        try:
            text = text_of(tool.files.read(words[0]))
        except PathError as error:
            if voice is BASH:
                tool.err(f"bash: {words[0]}: {error.reason}\n")
            else:
                tool.err(f"{call.name}: 0: cannot open {words[0]}: No such file\n")
            tool.status = 127 if voice is BASH else 2
            return tool.done()
        return run_text(call.host, before + text, voice, tool.stdin(), words[1:], words[0], call.env)
    return run_text(call.host, before + text_of(tool.stdin()), voice, "", (), "", call.env)


def _xargs(tool: Tool) -> Done:
    spec = "n,max-args= I= L= 0,null r,no-run-if-empty d,delimiter= t,verbose P,max-procs= s= E= p a,arg-file="
    if not tool.read(spec, first=True):
        return tool.done()
    text = text_of(tool.stdin())
    template = tool.operands or ["echo"]
    mark = tool.value("I")
    if "\0" in text and not tool.has("0", "d"):
        tool.err(_NUL)
        text = re.sub(r"\0[^\n]*" if mark else r"\0\S*", "", text)
    if mark:
        batches = [[word.replace(mark, line.strip()) for word in template] for line in lines_of(text) if line.strip()]
    else:
        words = _words(tool, text)
        if words is None:
            tool.fail("unmatched single quote; by default quotes are special to xargs unless you use the -0 option")
            return tool.done()
        spend(WORD * len(words))
        size = int(tool.value("n")) if tool.value("n").isdecimal() and tool.value("n") != "0" else max(1, len(words))
        batches = [[*template, *words[at : at + size]] for at in range(0, len(words), size)]
        if not batches and not tool.has("r"):
            batches = [list(template)]
    return _batches(tool, batches)


def _words(tool: Tool, text: str) -> list[str] | None:
    if tool.has("0", "d"):
        separator = "\0" if tool.has("0") else tool.value("d").replace("\\n", "\n")
        return [word for word in text.split(separator or "\n") if word]
    words = re.findall(r"""((?:[^\s'"\\]|\\.|'[^'\n]*'|"[^"\n]*")+)|(['"])""", text)
    if any(quote for _, quote in words):
        return None
    return [
        re.sub(r"""\\(.)|'([^'\n]*)'|"([^"\n]*)\"""", lambda m: m[1] or m[2] or m[3] or "", word) for word, _ in words
    ]


def _batches(tool: Tool, batches: list[list[str]]) -> Done:
    whole = tool.done()
    for argv in batches[:2_000]:
        if tool.has("t"):
            whole = whole.then(Done(whole.host, whole.exit, "", " ".join(argv) + "\n"))
        done = run_argv(whole.host, argv, "", tool.call.env)
        if done is None:
            says = f"xargs: {argv[0]}: No such file or directory\n"
            return whole.then(Done(whole.host, 127, "", says))
        status = max(whole.exit, 123 if 0 < done.exit < 126 else 0)
        whole = replace(whole.then(finished(done)), exit=status)
        if done.exit == 255:
            return replace(whole, exit=124)
    return whole
