"""Runs what the parser read.  A command is a generator: it yields the moment until which it sleeps."""

from __future__ import annotations

import math

from host.content import text_of
from host.effort import COMMAND, ROUND, SUBSHELL
from host.shell import brackets, builtins, globs
from host.shell.expand import Expander
from host.shell.programs import run_program
from host.shell.redirect import RedirectFault, opened
from host.shell.state import Exit, Fds, Jump, Running, Shell, ShellError
from host.shell.streams import Collect, Job, Sink, Source
from host.shell.syntax import (
    AndOr,
    Case,
    Command,
    Double,
    For,
    Group,
    If,
    Literal,
    Pipeline,
    Script,
    Simple,
    SyntaxFault,
    While,
    Word,
)
from host.tree import PathError

MOST_ROUNDS = 1_000
"""So often a `while` goes round."""


class Runner:
    """Runs scripts in one shell."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        shell.world.spend(SUBSHELL)

    def expander(self, fds: Fds) -> Expander:
        """Expands words; command substitutions run in a subshell of this one."""
        return Expander(self.shell, lambda body: self._captured(body, fds))

    def _captured(self, body: Script, fds: Fds) -> str:
        out = Collect()
        runner = Runner(self.shell.child())
        for moment in runner.subshell(body, {**fds, 1: out}):
            self.shell.world.wait_until(moment)
        self.shell.substituted = self.shell.status = runner.shell.status
        return out.text().replace("\0", "")

    def subshell(self, body: Script, fds: Fds) -> Running:
        """A script in this (already copied) shell; `exit` ends it."""
        shell = self.shell
        try:
            yield from self.script(body, fds)
        except Exit as end:
            shell.status = end.status
        except Jump:
            shell.status = 0
        except ShellError as error:
            err(fds).write(error.says)
            shell.status = error.status
        return shell.status

    def script(self, script: Script, fds: Fds, checked: bool = False) -> Running:
        """Lists one after the other.  `checked`: somebody looks at the status, so `set -e` does not end the shell."""
        for one in script.lists:
            if one.background:
                self._start(one, fds)
            elif (argv := self._at_once(one, fds)) is not None:
                self._ended(builtins.BUILTINS[argv[0]](self.shell, argv, fds), checked)
            else:
                yield from self.and_or(one, fds, checked)
        return self.shell.status

    def _at_once(self, node: AndOr, fds: Fds) -> list[str] | None:
        """The words of a lone builtin that nothing is done to: a loop runs it without the layers that others need."""
        commands = node.first.commands
        if node.rest or len(commands) > 1 or node.first.inverted or node.first.timed:
            return None
        command = commands[0]
        if not isinstance(command, Simple) or command.redirects or command.assigns or not _is_quick(command.words):
            return None
        shell = self.shell
        if "xtrace" in shell.options:
            return None
        shell.world.spend(COMMAND)
        shell.line, shell.substituted = command.line, None
        return self.expander(fds).fields(command.words)

    def _ended(self, status: int, checked: bool) -> None:
        """A command was run; `set -e` ends the shell when it failed."""
        self.shell.status = status
        if status and not checked and "errexit" in self.shell.options:
            raise Exit(status)

    def and_or(self, node: AndOr, fds: Fds, checked: bool) -> Running:
        """Pipelines with && and ||."""
        shell = self.shell
        last = len(node.rest)
        shell.status = yield from self.pipeline(node.first, fds, checked or last > 0)
        for index, (operator, pipeline) in enumerate(node.rest, 1):
            if (shell.status == 0) == (operator == "&&"):
                shell.status = yield from self.pipeline(pipeline, fds, checked or index < last)
        return shell.status

    def _start(self, node: AndOr, fds: Fds) -> None:
        """A background job: it runs at once until it sleeps; then it waits for its moment."""
        shell, world = self.shell, self.shell.world
        world.started += 1
        shell.last_job = str(world.host.next_pid + world.started)
        runner = Runner(shell.child())
        running = runner.subshell(Script((AndOr(node.first, node.rest),)), {**fds, 0: Source()})
        job = Job(world.started, world.host.clock, lambda: next(running, None))
        world.jobs.append(job)
        world.run(job)
        shell.status = 0

    def pipeline(self, node: Pipeline, fds: Fds, checked: bool) -> Running:
        """Commands joined by pipes: each runs to its end before the next one."""
        shell = self.shell
        began = shell.world.host.clock
        checked = checked or node.inverted
        if len(node.commands) == 1:
            status = yield from self.command(node.commands[0], fds, checked)
        else:
            statuses: list[int] = []
            source = fds[0]
            for index, command in enumerate(node.commands):
                last = index == len(node.commands) - 1
                out = fds[1] if last else Collect()
                runner = Runner(shell.child())
                body = Script((AndOr(Pipeline((command,))),))
                statuses.append((yield from runner.subshell(body, {**fds, 0: source, 1: out})))
                source = Source(out.content() if isinstance(out, Collect) and not last else "")
            failed = [one for one in statuses if one]
            status = failed[-1] if failed and "pipefail" in shell.options else statuses[-1]
        if node.timed:
            spent = shell.world.host.clock - began
            minutes = f"{int(spent // 60)}m{spent % 60:.3f}s"
            err(fds).write(f"\nreal\t{minutes}\nuser\t0m0.000s\nsys\t0m0.000s\n")
        if node.inverted:
            status = int(status == 0)
        shell.status = status
        if status and "errexit" in shell.options and not checked and not isinstance(node.commands[0], If | For | While):
            raise Exit(status)
        return status

    def command(self, node: Command, fds: Fds, checked: bool) -> Running:
        """One command of any kind."""
        shell = self.shell
        shell.world.spend(COMMAND)
        if isinstance(node, Simple):
            return (yield from self._simple(node, fds))
        try:
            inner = opened(shell, self.expander(fds), node.redirects, fds) if node.redirects else fds
        except RedirectFault as fault:
            err(fds).write(str(fault))
            return shell.voice.misuse
        match node:
            case Group(body, True):
                runner = Runner(shell.child())
                return (yield from runner.subshell(body, inner))
            case Group(body):
                return (yield from self.script(body, inner, checked))
            case If():
                return (yield from self._if(node, inner, checked))
            case For():
                return (yield from self._for(node, inner, checked))
            case While():
                return (yield from self._while(node, inner, checked))
            case Case():
                return (yield from self._case(node, inner, checked))
            case Double():
                shell.line = node.line
                status, says = brackets.status(shell, self.expander(inner), node.test)
                if says:
                    err(inner).write(shell.say(says))
                return status

    def _if(self, node: If, fds: Fds, checked: bool) -> Running:
        for condition, body in node.branches:
            if (yield from self.script(condition, fds, True)) == 0:
                return (yield from self.script(body, fds, checked))
        if node.otherwise is not None:
            return (yield from self.script(node.otherwise, fds, checked))
        return 0

    def _case(self, node: Case, fds: Fds, checked: bool) -> Running:
        expander = self.expander(fds)
        word = expander.single(node.word)
        for patterns, body in node.arms:
            if any(globs.matches(expander.pattern(pattern), word) for pattern in patterns):
                self.shell.status = 0
                return (yield from self.script(body, fds, checked))
        return 0

    def _for(self, node: For, fds: Fds, checked: bool) -> Running:
        shell = self.shell
        values = list(shell.args) if node.words is None else self.expander(fds).fields(node.words)
        status = 0
        for value in values:
            shell.set(node.name, value)
            shell.world.spend(ROUND)
            shell.loops += 1
            try:
                status = yield from self.script(node.body, fds, checked)
            except Jump as jump:
                if self._jumped(jump):
                    return 0
            finally:
                shell.loops -= 1
        return status

    def _while(self, node: While, fds: Fds, checked: bool) -> Running:
        status = 0
        for _ in range(MOST_ROUNDS):
            self.shell.world.spend(ROUND)
            self.shell.loops += 1
            try:
                if ((yield from self.script(node.condition, fds, True)) == 0) != node.wanted:
                    return status
                status = yield from self.script(node.body, fds, checked)
            except Jump as jump:
                if self._jumped(jump):
                    return 0
            finally:
                self.shell.loops -= 1
        raise ShellError(f"the dojo stops a loop after {MOST_ROUNDS:,} rounds\n", 130)

    def _jumped(self, jump: Jump) -> bool:
        """`break` or `continue` in a round of a loop: whether the loop is at its end."""
        if jump.loops > 1 and self.shell.loops > 1:
            raise Jump(jump.loops - 1, jump.again) from None
        self.shell.status = 0
        return not jump.again

    def _simple(self, node: Simple, fds: Fds) -> Running:
        shell = self.shell
        shell.line = node.line
        shell.substituted = None
        expander = self.expander(fds)
        argv = expander.fields(node.words)
        try:
            inner = opened(shell, expander, node.redirects, fds) if node.redirects else fds
        except RedirectFault as fault:
            err(fds).write(str(fault))
            return shell.voice.misuse
        assigned = [(one, expander.single(one.value)) for one in node.assigns] if argv else []
        if "xtrace" in shell.options and argv:
            err(inner).write("+ " + " ".join([*(f"{one.name}={value}" for one, value in assigned), *argv]) + "\n")
        if not argv:
            for one in node.assigns:
                text = expander.single(one.value)
                shell.set(one.name, ((shell.get(one.name) or "") if one.append else "") + text)
            return shell.substitution_status()
        env = {one.name: value for one, value in assigned}
        return (yield from self.run(argv, inner, env, fds))

    def run(self, argv: list[str], fds: Fds, env: dict[str, str], outer: Fds) -> Running:
        """A builtin or a program by its words."""
        shell = self.shell
        match argv[0]:
            case "eval":
                return (yield from self.text(" ".join(argv[1:]), fds))
            case "." | "source":
                return (yield from self._source(argv, fds))
            case "exec" if len(argv) == 1:
                outer.update(fds)
                return 0
            case "exec":
                raise Exit((yield from run_program(shell, argv[1:], fds, env)))
            case "command" | "builtin" if len(argv) > 1 and not argv[1].startswith("-"):
                return (yield from self.run(argv[1:], fds, env, outer))
        builtin = builtins.BUILTINS.get(argv[0])
        if builtin is None:
            return (yield from run_program(shell, argv, fds, env))
        if argv[0] == "wait" and shell.world.jobs:
            yield max((job.due for job in shell.world.jobs if job.due < math.inf), default=shell.world.host.clock)
            shell.world.finish_jobs()
        kept = {name: shell.get(name) for name in env}
        for name, value in env.items():
            shell.set(name, value)
        try:
            return builtin(shell, argv, fds)
        finally:
            for name, old in kept.items():
                shell.unset(name) if old is None else shell.set(name, old)

    def text(self, text: str, fds: Fds) -> Running:
        """A text as commands, in this shell (eval, source)."""
        from host.shell.parser import parse

        try:
            script = parse(text, bash=self.shell.voice.name == "bash")
        except SyntaxFault as fault:
            err(fds).write(self.shell.voice.syntax(fault, text))
            return 2
        self.shell.status = 0
        return (yield from self.script(script, fds))

    def _source(self, argv: list[str], fds: Fds) -> Running:
        shell = self.shell
        if len(argv) < 2:
            err(fds).write(shell.say(f"{argv[0]}: filename argument required"))
            return 2
        try:
            content = text_of(shell.files().read(argv[1]))
        except PathError as fault:
            err(fds).write(shell.say(f"{argv[1]}: {fault.reason}"))
            return 1
        shell.world.spend(100)  # a file that reads itself comes to an end
        return (yield from self.text(content, fds))


_QUICK = builtins.BUILTINS.keys() - {"eval", ".", "source", "exec", "command", "builtin", "wait"}


def _is_quick(words: tuple[Word, ...]) -> bool:
    """The name of a builtin, as it stands there."""
    first = words[0] if words else ()
    return len(first) == 1 and isinstance(first[0], Literal) and first[0].text in _QUICK


def err(fds: Fds) -> Sink:
    """Standard error."""
    sink = fds.get(2)
    return sink if isinstance(sink, Sink) else Sink()
