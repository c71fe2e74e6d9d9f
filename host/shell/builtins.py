"""What the shell does itself, without starting a program."""

from __future__ import annotations

import re
from collections.abc import Callable

from host import programs, tree
from host.call import Call
from host.content import text_of
from host.coreutils.confset import is_meant
from host.effort import PROGRAM
from host.files import SEARCH, may
from host.shell.conditions import judge
from host.shell.printing import echoed, formatted
from host.shell.state import SHELL_PID, Exit, Fds, Jump, Shell
from host.shell.streams import Sink, Source
from host.tree import Dir, PathError

Builtin = Callable[[Shell, list[str], Fds], int]
_NAME = re.compile(r"[A-Za-z_]\w*")
_OPTIONS = {"e": "errexit", "u": "nounset", "x": "xtrace", "f": "noglob", "n": "noexec", "v": "verbose"}
_LONG_OPTIONS = frozenset({*_OPTIONS.values(), "pipefail", "noclobber", "monitor", "posix", "history", "vi", "emacs"})


def _out(fds: Fds, text: str) -> int:
    sink = fds.get(1)
    if isinstance(sink, Sink):
        try:
            sink.write(text)
        except PathError as error:
            return _complain(fds, f"bash: write error: {error.reason}\n", 1)
    return 0


def _complain(fds: Fds, text: str, status: int) -> int:
    sink = fds.get(2)
    if isinstance(sink, Sink):
        sink.write(text)
    return status


def _cd(shell: Shell, argv: list[str], fds: Fds) -> int:
    words = [word for word in argv[1:] if word not in ("-P", "-L", "--")]
    if len(words) > 1 and shell.voice.name == "bash":
        return _complain(fds, shell.say("cd: too many arguments"), 1)
    target = words[0] if words else shell.get("HOME")
    if target is None:
        return _complain(fds, shell.say("cd: HOME not set"), 1)
    if target == "-":
        target = shell.get("OLDPWD")
        if target is None:
            return _complain(fds, shell.say("cd: OLDPWD not set"), 1)
        _out(fds, target + "\n")
    try:
        node = shell.files().stat(target) if target else None
        if node is not None and not isinstance(node, Dir):
            raise PathError(target, tree.NOT_A_DIR)  # noqa: TRY301
        if node is not None and not may(node, shell.user, SEARCH):
            raise PathError(target, tree.DENIED)  # noqa: TRY301
    except PathError as error:
        return _complain(fds, shell.say(shell.voice.cd(target, error.reason)), shell.voice.misuse)
    shell.set("OLDPWD", shell.cwd)
    shell.cwd = tree.absolute(target, shell.cwd)
    if "PWD" in shell.env:
        shell.env["PWD"] = shell.cwd
    return 0


def _pwd(shell: Shell, argv: list[str], fds: Fds) -> int:
    if len(argv) > 1 and argv[1].startswith("-") and argv[1] not in ("-P", "-L", "--"):
        letter = argv[1][:2]
        return _complain(fds, shell.say(f"pwd: {letter}: invalid option") + "pwd: usage: pwd [-LP]\n", 2)
    physical = "-P" in argv[1:]
    return _out(fds, (tree.resolve(shell.world.host.root, shell.cwd) if physical else shell.cwd) + "\n")


def _export(shell: Shell, argv: list[str], fds: Fds) -> int:
    words = [word for word in argv[1:] if not word.startswith("-") or word == "-"]
    if not words:
        lines = [f'declare -x {name}="{_escaped(value)}"\n' for name, value in sorted(shell.env.items())]
        return _out(fds, "".join(lines))
    status = 0
    for word in words:
        name, equals, value = word.partition("=")
        if not _NAME.fullmatch(name):
            status = _complain(fds, shell.say(shell.voice.bad_name(argv[0], word)), shell.voice.misuse)
        elif "-n" in argv[1:]:
            kept = shell.env.pop(name, None)
            if equals or kept is not None:
                shell.variables[name] = value if equals else str(kept)
        elif argv[0] in ("export", "declare") and ("-x" in argv[1:] or argv[0] == "export"):
            shell.export(name, value if equals else None)
        elif equals:
            shell.set(name, value)
    return status


def _escaped(value: str) -> str:
    return re.sub(r'([\\"$`])', r"\\\1", value)


def _unset(shell: Shell, argv: list[str], fds: Fds) -> int:  # noqa: ARG001
    for word in argv[1:]:
        if not word.startswith("-"):
            shell.unset(word)
    return 0


def _exit(shell: Shell, argv: list[str], fds: Fds) -> int:
    if len(argv) > 1 and not re.fullmatch(r"[-+]?\d{1,18}", argv[1]):
        raise Exit(_complain(fds, shell.say(shell.voice.not_numeric("exit", argv[1])), 2))
    if len(argv) > 2 and shell.voice.name == "bash":
        return _complain(fds, shell.say("exit: too many arguments"), 1)
    raise Exit(int(argv[1]) % 256 if len(argv) > 1 else shell.status)


def _return(shell: Shell, argv: list[str], fds: Fds) -> int:  # noqa: ARG001
    return _complain(fds, shell.say("return: can only `return' from a function or sourced script"), 2)


def _jump(shell: Shell, argv: list[str], fds: Fds) -> int:
    if not shell.loops:
        if shell.voice.name != "bash":
            return 0
        return _complain(fds, shell.say(f"{argv[0]}: only meaningful in a `for', `while', or `until' loop"), 0)
    word = argv[1] if len(argv) > 1 else "1"
    if not re.fullmatch(r"\d{1,9}", word):
        raise Exit(_complain(fds, shell.say(shell.voice.not_numeric(argv[0], word)), 128))
    if int(word) < 1:
        _complain(fds, shell.say(f"{argv[0]}: {word}: loop count out of range"), 1)
        raise Jump(shell.loops, False)
    raise Jump(min(int(word), shell.loops), argv[0] == "continue")


def _set(shell: Shell, argv: list[str], fds: Fds) -> int:
    words = argv[1:]
    if is_meant(words):
        return _program(shell, argv, fds)
    if not words:
        shown = {**shell.variables, **shell.env}
        shown.pop("umask", None)
        return _out(fds, "".join(f"{name}={value}\n" for name, value in sorted(shown.items())))
    while words and words[0][:1] in ("-", "+") and len(words[0]) > 1:
        word = words.pop(0)
        if word == "--":
            shell.args = words
            return 0
        names = [_OPTIONS.get(letter, "") for letter in word[1:] if letter != "o"]
        if "o" in word[1:]:
            if not words:
                listed = "".join(
                    f"{name:<15}\t{'on' if name in shell.options else 'off'}\n" for name in sorted(_LONG_OPTIONS)
                )
                return _out(fds, listed)
            if words[0] not in _LONG_OPTIONS:
                return _complain(fds, shell.say(f"set: {words[0]}: invalid option name"), 2)
            names.append(words.pop(0))
        if "" in names:
            bad = next(letter for letter in word[1:] if letter != "o" and letter not in _OPTIONS)
            usage = "set: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]\n"
            return _complain(fds, shell.say(f"set: -{bad}: invalid option") + usage, 2)
        shell.options = shell.options | set(names) if word[0] == "-" else shell.options - set(names)
    if words:
        shell.args = words
    return 0


def _kill(shell: Shell, argv: list[str], fds: Fds) -> int:
    """A shell of a program may end itself; the one somebody types into does not."""
    from host.coreutils.running import SIGNALS, signal_name

    option = argv[1][1:] if len(argv) > 2 and argv[1].startswith("-") else "TERM"
    name, ignored = signal_name(option), shell.world.ignores
    if ignored is None or SHELL_PID not in argv[1:] or name in ("CONT", "STOP", None) or SIGNALS[name] in ignored:
        return _program(shell, argv, fds)
    shell.world.signal = SIGNALS[name]
    raise Exit(128 + shell.world.signal)


def _program(shell: Shell, argv: list[str], fds: Fds) -> int:
    """A builtin that a program of the host does; its messages get the shell's name before them."""
    program = programs.setting_editor() if argv[0] == "set" else programs.find(argv[0], shell.host())
    assert program is not None
    shell.world.spend(PROGRAM // 2)
    done = program(Call(shell.host(), tuple(argv)))
    shell.world.host = done.host
    _out(fds, text_of(done.stdout))
    lines = done.stderr.splitlines(keepends=True)
    usage = f"{argv[0]}: usage"
    text = "".join(line if line.startswith(usage) else shell.voice.at(shell.line) + line for line in lines)
    return _complain(fds, text, done.exit) if text else done.exit


def _shift(shell: Shell, argv: list[str], fds: Fds) -> int:
    count = int(argv[1]) if len(argv) > 1 and re.fullmatch(r"\d{1,9}", argv[1]) else 1
    if count > len(shell.args):
        if shell.voice.name != "bash":
            raise Exit(_complain(fds, shell.say("shift: can't shift that many"), 2))
        return 1
    del shell.args[:count]
    return 0


def _read(shell: Shell, argv: list[str], fds: Fds) -> int:
    raw = "-r" in argv[1:]
    names = [word for word in argv[1:] if not word.startswith("-")] or ["REPLY"]
    for name in names:
        if not _NAME.fullmatch(name):
            return _complain(fds, shell.say(shell.voice.bad_name("read", name)), shell.voice.misuse)
    source = fds.get(0)
    line = source.line() if isinstance(source, Source) else None
    text = line or ""
    if not raw:
        text = re.sub(r"\\(.)", r"\1", text)
    ifs = shell.get("IFS")
    blanks = "".join(char for char in (ifs if ifs is not None else " \t\n") if char in " \t\n")
    for name in names[:-1]:
        text = text.lstrip(blanks)
        match = re.search(f"[{re.escape(ifs)}]", text) if ifs else None
        shell.set(name, text[: match.start()] if match else text)
        text = text[match.end() :] if match else ""
    shell.set(names[-1], text.strip(blanks) if blanks else text)
    return int(line is None)


def _umask(shell: Shell, argv: list[str], fds: Fds) -> int:
    words = [word for word in argv[1:] if word not in ("-p", "-S")]
    if not words:
        return _out(fds, f"{int(shell.variables.get('umask', '0077'), 8):04o}\n")
    if not re.fullmatch("[0-7]{1,4}", words[0]):
        return _complain(fds, shell.say(f"umask: {words[0]}: octal number out of range"), 1)
    shell.variables["umask"] = f"{int(words[0], 8):04o}"
    return 0


def _wait(shell: Shell, argv: list[str], fds: Fds) -> int:
    for word in argv[1:]:
        if word.startswith("%"):
            return _complain(fds, shell.say(f"wait: {word}: no such job"), 127)
        if word != shell.last_job:
            return _complain(fds, shell.say(f"wait: pid {word} is not a child of this shell"), 127)
    return 0


def _echo(shell: Shell, argv: list[str], fds: Fds) -> int:
    return _out(fds, echoed(argv[1:], shell.voice.name != "bash"))


def _printf(shell: Shell, argv: list[str], fds: Fds) -> int:
    words = argv[1:]
    if words[:1] == ["--"]:
        words = words[1:]
    if not words:
        return _complain(fds, "printf: usage: printf [-v var] format [arguments]\n", 2)
    if words[0] == "-v" and len(words) > 2:
        text, _ = formatted(words[2], words[3:])
        shell.set(words[1], text)
        return 0
    text, faults = formatted(words[0], words[1:])
    for fault in faults:
        _complain(fds, shell.say(f"printf: {fault}"), 1)
    return _out(fds, text) or int(bool(faults))


def _test(shell: Shell, argv: list[str], fds: Fds) -> int:
    name = argv[0]
    missing = "missing `]'" if shell.voice.name == "bash" else "missing ]"
    status, says = judge(name, argv[1:], shell.files(), lambda word: shell.voice.no_integer(name, word), missing)
    return _complain(fds, shell.say(says), status) if says else status


def _type(shell: Shell, argv: list[str], fds: Fds) -> int:
    status = 0
    for word in argv[1:]:
        if word in BUILTINS or word in _SPECIAL:
            _out(fds, f"{word} is a shell builtin\n")
        elif programs.find(word, shell.host()):
            _out(fds, f"{word} is {programs.where(word, shell.host())}\n")
        else:
            status = _complain(fds, shell.say(f"type: {word}: not found"), 1)
    return status


def _command(shell: Shell, argv: list[str], fds: Fds) -> int:
    status = 1
    for word in argv[2:]:
        if word in BUILTINS or word in _SPECIAL:
            _out(fds, word + "\n")
        elif programs.find(word, shell.host()):
            _out(fds, programs.where(word, shell.host()) + "\n")
        else:
            continue
        status = 0
    return status if len(argv) > 2 else 0


def _nothing(shell: Shell, argv: list[str], fds: Fds) -> int:  # noqa: ARG001
    return 0


def _false(shell: Shell, argv: list[str], fds: Fds) -> int:  # noqa: ARG001
    return 1


def _no_jobs(shell: Shell, argv: list[str], fds: Fds) -> int:
    return _complain(fds, shell.say(f"{argv[0]}: no job control"), 1)


_SPECIAL = frozenset({"eval", ".", "source", "exec", "command", "builtin"})
BUILTINS: dict[str, Builtin] = {
    **dict.fromkeys((":", "true", "trap", "alias", "unalias", "hash", "jobs", "disown", "ulimit", "shopt"), _nothing),
    **dict.fromkeys(("fg", "bg"), _no_jobs),
    **dict.fromkeys(("export", "declare", "typeset", "readonly"), _export),
    **dict.fromkeys(("break", "continue"), _jump),
    **dict.fromkeys(("test", "["), _test),
    "kill": _kill,
    "false": _false,
    "cd": _cd,
    "pwd": _pwd,
    "unset": _unset,
    "exit": _exit,
    "logout": _exit,
    "return": _return,
    "set": _set,
    "shift": _shift,
    "read": _read,
    "umask": _umask,
    "wait": _wait,
    "echo": _echo,
    "printf": _printf,
    "type": _type,
    "command": _command,
    "builtin": _command,
}
