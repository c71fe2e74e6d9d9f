"""HTML for what Streamlit would need pandas for, and words from elsewhere kept from being Markdown. All is escaped."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from urllib.parse import urlencode


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> str:
    """A table; its first column heads the rows."""
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    return (
        f'<div class="wd-table" tabindex="0" role="group" aria-label="{escape(caption)}">'
        f"<table><caption>{escape(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def plain(text: str) -> str:
    """Text that somebody else wrote, for a place that reads Markdown: every mark of it is shown as it is."""
    marked = re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))
    # Addresses become links even without a mark: a space of no width keeps them words.
    return re.sub(r"(\\:)(?=\\/)|(www)(?=\\\.)|(\w)(?=\\@)", "\\g<0>\u200b", marked)


def harmless(text: str) -> str:
    """Text from an address, for the middle of a Markdown sentence that may quote it as code: no image, no link."""
    return text.replace("`", "'").replace("](", "] (")


def coded(text: str) -> str:
    """Words of ours as HTML: escaped, what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))


def address(page: str, query: Mapping[str, str]) -> str:
    """The address of another page of this app, from any of its pages."""
    return f"./{page}?{urlencode(query)}"


def progress(share: float, label: str, words: str) -> str:
    """A bar and where it is in words; screen readers are told when the words change."""
    return (
        f'<div class="wd-progress"><progress max="100" value="{round(share * 100)}" aria-label="{escape(label)}">'
        f'</progress><span role="status">{escape(words)}</span></div>'
    )
