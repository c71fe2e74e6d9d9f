"""createdb: its checks before it connects."""

from __future__ import annotations

from host.options.checks.scripts import createdb as settings

__all__ = ["settings"]
