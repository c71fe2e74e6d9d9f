"""postgresql.conf as initdb leaves it: every parameter with its default, on the very line where a server has it.

Error messages and `sed` commands name lines, so these are kept; the explanations between them are left out.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

from simulator.settings import written_by_initdb


@lru_cache(maxsize=16)
def _sample(major: int) -> str:
    return resources.files(__name__).joinpath(f"postgresql-{major}.conf").read_text(encoding="utf-8")


@lru_cache(maxsize=16)
def conf_text(major: int, segment_bytes: int) -> str:
    """postgresql.conf of a new data directory; what initdb sets is in force, the rest is commented out."""
    text = _sample(major)
    for name, value in written_by_initdb(major, segment_bytes):
        text = re.sub(rf"^#{name} = .*$", f"{name} = {value}", text, count=1, flags=re.MULTILINE)
    return text
