"""Who one is, and doing something as somebody else."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from host.call import Call, Done
from host.coreutils.base import Tool, quoted
from host.coreutils.rights import USERS
from host.machine import Host
from host.shell import run_argv, run_text
from host.shell.voice import BASH

_HOMES = {"root": "/root"}


def main(call: Call) -> Done:
    """People and the host's name."""
    tool = Tool(call)
    if call.name in ("su", "runuser"):
        return _su(tool)
    if call.name == "sudo":
        return _sudo(tool)
    if not tool.read("u,user g,group n,name r,real G,groups f,fqdn s a,all m v i I p o"):
        return tool.done()
    user = call.host.user
    uid = 0 if user == "root" else 999
    if call.name == "whoami":
        if tool.operands:
            return tool.misuse(f"extra operand {quoted(tool.operands[0])}")
        tool.out(f"{user}\n")
    elif call.name == "id":
        _id(tool, user, uid)
    elif call.name == "hostname":
        tool.out(_hostname(tool))
    else:
        here = call.host.network.here
        everything = f"Linux {here} 6.1.0-dojo #1 SMP x86_64 GNU/Linux"
        parts = {"n": here, "r": "6.1.0-dojo", "m": "x86_64"}
        chosen = [text for letter, text in parts.items() if tool.has(letter)]
        tool.out((everything if tool.has("a") else " ".join(chosen) or "Linux") + "\n")
    return tool.done()


def _hostname(tool: Tool) -> str:
    """The name, or with -i and -I the address."""
    network = tool.call.host.network
    own = network.machines.get(network.here)
    address = own.address if own is not None else "127.0.1.1"
    return f"{address} \n" if tool.has("I") else f"{address if tool.has('i') else network.here}\n"


def _id(tool: Tool, user: str, uid: int) -> None:
    if tool.operands:
        user = tool.operands[0]
        if user not in USERS:
            tool.fail(f"{quoted(user)}: no such user")
            return
        uid = 0 if user == "root" else 999
    if tool.has("u", "g", "G"):
        tool.out(f"{user if tool.has('n') else uid}\n")
    else:
        tool.out(f"uid={uid}({user}) gid={uid}({user}) groups={uid}({user})\n")


def _as(host: Host, user: str, login: bool) -> Host:
    home = _HOMES.get(user, f"/home/{user}")
    env = {**host.env, "USER": user, "LOGNAME": user, "HOME": home if user == "root" else host.env.get("HOME", home)}
    return replace(host, user=user, env=MappingProxyType(env), cwd=env["HOME"] if login else host.cwd)


def _back(before: Host, done: Done) -> Done:
    after = replace(done.host, user=before.user, env=before.env, cwd=before.cwd, variables=before.variables)
    return replace(done, host=after)


def _su(tool: Tool) -> Done:
    words = list(tool.call.argv[1:])
    login = False
    command: str | None = None
    user = "root"
    while words:
        word = words.pop(0)
        if word in ("-", "-l", "--login"):
            login = True
        elif word in ("-c", "--command") and words:
            command = words.pop(0)
        elif word in ("-u", "--user") and words:
            user = words.pop(0)
        elif word == "--":
            break
        elif not word.startswith("-"):
            user = word
    if user not in USERS:
        tool.fail(f"user {user} does not exist or the user entry does not contain all the required fields")
        return tool.done()
    host = _as(tool.call.host, user, login)
    if words:
        return _argv(tool, host, words)
    if command is None:
        tool.err(f"{tool.name}: the dojo takes a command here: {tool.name} - {user} -c 'COMMAND'\n")
        tool.status = 1
        return tool.done()
    return _back(tool.call.host, run_text(host, command, BASH, tool.stdin(), (), "", tool.call.env))


def _argv(tool: Tool, host: Host, words: list[str]) -> Done:
    done = run_argv(host, words, tool.stdin(), tool.call.env)
    if done is None:
        tool.fail(f"{words[0]}: command not found")
        return tool.done()
    return _back(tool.call.host, done)


def _sudo(tool: Tool) -> Done:
    if not tool.read("u,user= i,login n E H s k b g= h=", first=True):
        return tool.done()
    user = tool.value("u", "root")
    words = list(tool.operands)
    added: dict[str, str] = {}
    while words and "=" in words[0].split("/")[0]:
        name, _, value = words.pop(0).partition("=")
        added[name] = value
    if user not in USERS:
        tool.fail(f"unknown user {user}")
        return tool.done()
    host = _as(tool.call.host, user, tool.has("i"))
    host = replace(host, env=MappingProxyType({**host.env, **added}))
    if not words:
        tool.err("usage: sudo [-u user] [VAR=value] command\n")
        tool.status = 1
        return tool.done()
    return _argv(tool, host, words)
