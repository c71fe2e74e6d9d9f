"""`set FILE key=value`: what a learner would do with an editor in postgresql.conf."""

from __future__ import annotations

import re

from host.call import Call, Done
from host.content import text_of
from host.coreutils.base import Tool, quoted
from host.effort import EDIT, spend
from host.server.conf import with_setting
from host.tree import PathError

_SETTING = re.compile(r"([A-Za-z_][\w.]*)\s*=\s*(.*)", re.DOTALL)


def is_meant(words: list[str]) -> bool:
    """Whether these words after `set` name a file and settings (and are no options of the shell)."""
    return len(words) > 1 and words[0][:1] not in ("-", "+") and all(_SETTING.fullmatch(word) for word in words[1:])


def main(call: Call) -> Done:
    """Change settings of a file; the last line of a name counts, as for the server."""
    tool = Tool(call)
    path, *settings = call.argv[1:]
    try:
        text = text_of(tool.files.read(path)) if tool.files.find(path) is not None else ""
        spend(EDIT * 10 * len(settings))
        for setting in settings:
            match = _SETTING.fullmatch(setting)
            if match:
                value = match[2]
                if len(value) > 1 and value[0] == value[-1] == "'":
                    value = value[1:-1]
                text = with_setting(text, match[1], value)
        tool.files.write(path, text)
    except PathError as error:
        tool.fail(f"cannot edit {quoted(path)}: {error.reason}")
    return tool.done()
