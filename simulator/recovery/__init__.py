"""Recovery as PostgreSQL does it: which WAL is found, where replay stops, which files and timeline come out of it.

Pure: a start is a function of what is in a data directory and of what restore_command and a WAL sender give.

    place   = Place(data, files, branch)     # a DataDirectory whose control is a ControlFile; what its WAL files hold
    request = request_of(data.signals, data.settings, moment)    # `moment` reads a target time
    sources = Sources(journal, restore, upstream)    # restore: name -> WalFile | HistoryText | RestoreFailure | None
    outcome = start(place, request, sources)

`Outcome.result` says what came of it, `Outcome.log` what the server wrote, `Outcome.place` the directory now (control,
label, signals, pg_wal with its archive status, history texts):

- `exited`: down again, with `exit_code`.
- `clean`: nothing was replayed; a new branch begins at `outcome.recovery.checkpoint.end`.
- `ended`: recovery is over.  `outcome.ended` has the end, the branch and the timeline; `go_on(ended, path, place)`
  with the place of its checkpoint (`records.shutdown_checkpoint(ended.end, size)`) gives the running Cluster and its
  files.
- `paused`, `waiting`, `refusing`: keep `outcome.recovery`, a frozen value, and give it later to `resume`, `promote`,
  `catch_up`, `restartpoint` or `shut_down`.  `recovery.replayed` is the replay LSN, `recovery.read_only` whether
  somebody can connect.

Tables are never stored: `journal.state_at(branch, lsn)` is the state of the last commit record that the WAL really
delivered (`journal.py`; a `Branch` is one writer on one timeline).  Whoever begins to write calls `journal.forked` for
a branch of his own, `journal.written` for his records, and `files.written` for the files they lie in.
"""

from simulator.recovery.ending import Ended, go_on
from simulator.recovery.files import (
    ControlFile,
    HistoryText,
    Place,
    RestoreFailure,
    Upstream,
    WalFile,
    WalFiles,
    own_timeline,
)
from simulator.recovery.journal import Branch, Journal, Record
from simulator.recovery.request import Request, request_of
from simulator.recovery.restartpoint import restartpoint
from simulator.recovery.server import Outcome, catch_up, promote, resume, shut_down, start
from simulator.recovery.state import Recovery, Sources

__all__ = [
    "Branch",
    "ControlFile",
    "Ended",
    "HistoryText",
    "Journal",
    "Outcome",
    "Place",
    "Record",
    "Recovery",
    "Request",
    "RestoreFailure",
    "Sources",
    "Upstream",
    "WalFile",
    "WalFiles",
    "catch_up",
    "go_on",
    "own_timeline",
    "promote",
    "request_of",
    "restartpoint",
    "resume",
    "shut_down",
    "start",
]
