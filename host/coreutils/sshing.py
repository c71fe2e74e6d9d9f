"""ssh: a command on another machine."""

from __future__ import annotations

from host import network
from host.call import Call, Done
from host.content import text_of
from host.coreutils import remote
from host.coreutils.base import Tool
from host.machine import Host
from host.shell import run_text
from host.shell.voice import BASH

_FLAGS = "1 2 4 6 a f g k n q s t v x A C G K M N T V X Y y"
_SPEC = f"{_FLAGS} b= c= e= i= l= m= o= p= B= D= E= F= I= J= L= O= P= Q= R= S= w= W="
_USAGE = "usage: ssh [options] [user@]host [command [argument ...]]\n"
_NO_TERMINAL = "Pseudo-terminal will not be allocated because stdin is not a terminal.\r\n"


def main(call: Call) -> Done:
    """Run a command there, or what standard input says."""
    tool = Tool(call, remote.FAILED)
    if "-V" in call.argv[1:2]:
        tool.err("OpenSSH_9.2p1, as the dojo has it\n")
        return tool.done()
    if not tool.read(_SPEC, first=True) or not tool.operands:
        return Done(call.host, remote.FAILED, "", _USAGE if not tool.status else _wrong(tool))
    name, words = tool.operands[0], tool.operands[1:]
    user, _, name = name.rpartition("@")
    machine = remote.reached(call.host, name, user or tool.value("l"), tool.value("p", remote.PORT))
    if isinstance(machine, str):
        return Done(call.host, remote.FAILED, "", machine)
    stdin = "" if tool.has("n", "f") else tool.stdin()
    if words:
        return network.visited(
            call.host, machine.name, lambda there: run_text(there, " ".join(words), BASH, stdin, (), "bash")
        )
    if stdin:
        done = network.visited(call.host, machine.name, lambda there: _script(there, text_of(stdin)))
        return Done(done.host, done.exit, done.stdout, _NO_TERMINAL + done.stderr)
    says = f"ssh: the dojo takes a command here: ssh {name} 'COMMAND' (to sit at {machine.name}, use its own tab)\n"
    return Done(call.host, remote.FAILED, "", says)


def _script(there: Host, text: str) -> Done:
    return run_text(there, text, BASH, "", (), "")


def _wrong(tool: Tool) -> str:
    """Getopt's complaint, in ssh's own form."""
    said = tool.done().stderr.splitlines()[0].removeprefix("ssh: ")
    return said.replace("invalid option", "unknown option") + "\n" + _USAGE
