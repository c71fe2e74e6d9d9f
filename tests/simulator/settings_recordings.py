"""What the recordings of real servers say about settings, for the tests that replay them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[1] / "data"
MB = 2**20
SEGMENT = 16 * MB
# What the recorder itself writes into postgresql.conf, besides a folder for the socket.
RECORDERS_CONF = {
    "listen_addresses": "",
    "port": "5899",
    "autovacuum": "off",
    "fsync": "off",
    "log_line_prefix": "",
}
# The recorded servers lack LZ4 and Zstandard; the packages of distributions, and the model, have both.
COMPRESSIONS = ("pglz", "lz4", "zstd", "on", "off")


def recorded(name: str) -> Any:
    return json.loads((DATA / name).read_text())


def answers(name: str) -> Iterator[tuple[int, Any]]:
    """One recorded answer per major."""
    for row in recorded(name):
        for major in row["majors"]:
            yield major, row["said"]
