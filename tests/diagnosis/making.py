"""Messages as somebody may paste them: the forms of the catalogue with other names and numbers in their gaps."""

import re

from diagnosis.forms import gaps

VALUES = {
    "segment": "0000000700000A1F000000C3",
    "lsn": "A1F/C3000028",
    "other_lsn": "A1F/C4000110",
    "version": "16.9",
    "server": "17.2 (Debian 17.2-1.pgdg120+1)",
    "client": "15.18",
    "found": "13",
    "exit_code": "3",
    "address": "192.0.2.17",
    "why": "something that the machine said",
    "host": "db7.example.jp",
    "path": "/srv/pg/x7",
    "command": "VACUUM",
    "option": "-Q",
    "other": "-q",
    "method": "LZ4",
    "names": '"recovery_target", "recovery_target_lsn"',
}
NUMBERS = "number size expected limit port timeline other_timeline signal pid seconds block oid".split()


def filled_in(text: str) -> str:
    """A message with a value in each gap."""
    values = {
        gap: VALUES.get(gap, f"{NUMBERS.index(gap) + 71}" if gap in NUMBERS else f"{gap}_x7") for gap in gaps(text)
    }
    return re.sub(r"\{(\w+)\}", lambda found: values[found.group(1)], text)
