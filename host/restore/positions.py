"""Where in a query the server saw its error, as libpq shows it (reportErrorPosition)."""

from __future__ import annotations

_WIDTH = 60
_RIGHT = 10


def shown(query: str, position: int) -> str:
    """`LINE 2: …` and the line with the caret below; position counts characters from 1, 0 is nowhere."""
    if position <= 0 or not query:
        return ""
    at = min(position - 1, len(query))
    text = query.replace("\t", " ").replace("\r\n", " \n")
    number = text.count("\n", 0, at) + 1
    begin = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    cut_left = cut_right = False
    if end - begin > _WIDTH:
        if at - begin + _RIGHT <= _WIDTH:
            end, cut_right = begin + _WIDTH, True
        else:
            if at + _RIGHT < end:
                end, cut_right = at + _RIGHT, True
            if end - begin > _WIDTH:
                begin, cut_left = end - _WIDTH, True
    head = f"LINE {number}: " + "..." * cut_left
    return f"{head}{text[begin:end]}{'...' * cut_right}\n{' ' * (len(head) + at - begin)}^"
