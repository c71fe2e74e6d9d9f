"""The files of a directory as a picture: to be asked about, and with what befalls each of them."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from quizzes.exchange.words import word
from quizzes.portable import Option, Portable

WIDTH, ROW, HEAD, EDGE = 640, 40, 52, 14
_MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_SANS = "system-ui, -apple-system, 'Hiragino Sans', 'Noto Sans CJK JP', 'Yu Gothic', sans-serif"
_COLOURS = {
    "vanishes": ("#fdecea", "#b3261e"),
    "stays": ("#e6f4ea", "#1b6e3c"),
    "appears": ("#e6f4ea", "#1b6e3c"),
    "changes": ("#fff4e0", "#8a5200"),
}
"""Paper and ink of the files that have the fate: ink on paper, and ink on white, have a contrast of 4.5 at least."""


def drawing(one: Portable, *, answered: bool) -> str:
    """The picture as SVG, on paper of its own so that it is legible by night as well."""
    height = HEAD + ROW * len(one.options) + EDGE
    rows = "".join(_row(one, option, at, answered=answered) for at, option in enumerate(one.options))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        f' role="img" aria-label="{escape(told(one, answered=answered))}">'
        f'<rect x="1" y="1" width="{WIDTH - 2}" height="{height - 2}" rx="12" fill="#ffffff" stroke="#c9d1d9"/>'
        f'{_folder()}<text x="52" y="33" font-family="{_MONO}" font-size="17" fill="#1f2328">{escape(one.place)}</text>'
        f'<line x1="1" x2="{WIDTH - 1}" y1="{HEAD - 4}" y2="{HEAD - 4}" stroke="#c9d1d9"/>{rows}</svg>\n'
    )


def told(one: Portable, *, answered: bool) -> str:
    """What the picture says, for those who do not see it."""
    if answered:
        names = ", ".join(option.text for option in one.options if option.right)
        return word("picture_with_fate", one.language, place=one.place, fate=_fate(one), names=names)
    names = ", ".join(option.text for option in one.options)
    return word("picture_of", one.language, place=one.place, names=names)


def _fate(one: Portable) -> str:
    return word(f"fate_{one.fate}", one.language)


def _folder() -> str:
    return '<path d="M18 17h10l4 4h12v18h-26z" fill="#eac54f" stroke="#7d5d00" stroke-linejoin="round"/>'


def _row(one: Portable, option: Option, at: int, *, answered: bool) -> str:
    y = HEAD + ROW * at
    return "".join(_parts(one, option, y, marked=answered and option.right))


def _parts(one: Portable, option: Option, y: int, *, marked: bool) -> Iterator[str]:
    paper, ink = _COLOURS[one.fate or "stays"] if marked else ("#f6f8fa", "#1f2328")
    middle = y + ROW // 2
    yield (
        f'<rect x="{EDGE}" y="{y + 3}" width="{WIDTH - 2 * EDGE}" height="{ROW - 6}" rx="6" fill="{paper}"'
        f' stroke="{ink if marked else "#d0d7de"}"/>'
    )
    yield (
        f'<rect x="26" y="{middle - 8}" width="16" height="16" rx="3" fill="{ink if marked else "#ffffff"}"'
        f' stroke="{ink}"/>'
    )
    if marked:
        yield (
            f'<path d="M29 {middle}l4 5 7-9" fill="none" stroke="#ffffff" stroke-width="2.5" stroke-linecap="round"'
            ' stroke-linejoin="round"/>'
        )
    struck = ' text-decoration="line-through"' if marked and one.fate == "vanishes" else ""
    yield (
        f'<text x="54" y="{middle + 6}" font-family="{_MONO}" font-size="17" fill="{ink}"{struck}>'
        f"{escape(option.text)}</text>"
    )
    if marked:
        yield (
            f'<text x="{WIDTH - 28}" y="{middle + 6}" text-anchor="end" font-family="{_SANS}" font-size="16"'
            f' font-weight="600" fill="{ink}">{escape(_fate(one))}</text>'
        )
