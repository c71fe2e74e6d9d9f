"""Sentences about faults in scenario files (faults.toml): kind to language to text."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files

FAULTS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    files("simulator.prose").joinpath("faults.toml").read_text(encoding="utf-8")
)
