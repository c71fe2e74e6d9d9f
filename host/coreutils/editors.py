"""Editors and pagers: the dojo has a command line in their place."""

from __future__ import annotations

from host.call import Call, Done

_PAGERS = frozenset({"less", "more"})


def main(call: Call) -> Done:
    """Say what to use."""
    files = [word for word in call.argv[1:] if not word.startswith("-")]
    if call.name in _PAGERS:
        from host.coreutils import reading

        return reading.main(Call(call.host, ("cat", *files), call.stdin, call.env))
    file = files[0] if files else "FILE"
    says = f"{call.name}: there is no editor in the dojo.  Look with: cat {file}   "
    says += f"Change a setting with: set {file} key=value\n"
    return Done(call.host, 1, "", says)
