"""A scenario document (plain data, as the loader reads it) as the text of a scenario file."""

from __future__ import annotations

from collections.abc import Mapping

import yaml


class _Plain(yaml.SafeDumper):
    """No anchors: the loader refuses them."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  (the name is the library's)
        return True


def dumped(document: Mapping[str, object], *, comment: str = "") -> str:
    """The file's text, its fields in the given order; every line of `comment` stands before them behind a '#'."""
    lines = "".join(f"# {line}".rstrip() + "\n" for line in comment.splitlines())
    body: str = yaml.dump(
        dict(document), Dumper=_Plain, allow_unicode=True, sort_keys=False, width=110, default_flow_style=None
    )
    return lines + body
