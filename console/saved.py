"""`waldojo exec --file`: a sitting that was saved at the terminal page, typed again line by line."""

from __future__ import annotations

import json
import sys

from console.exec import MALFORMED
from host.machine import Host
from host.seats import INTERRUPT, after, first_moment
from host.worlds.made import NotMade
from levels.challenge import Beginning
from levels.saved import Saved, read
from levels.worlds import begin
from simulator.faults import ScenarioError
from simulator.loader import bytes_of


def replay(path: str, *, as_json: bool, language: str) -> int:
    """Type what the file holds; returns the exit status of the last line."""
    try:
        file = read(bytes_of(path), path)
        host = _begun(file)
    except ScenarioError as error:
        for fault in error.faults:
            print(fault.line_of_text(language), file=sys.stderr)
        return MALFORMED
    moment = first_moment(host)
    for line in file.lines:
        moment = after(moment, line)
        said = moment.said
        if as_json:
            cmd = "Ctrl-C" if line.text == INTERRUPT else line.text
            told = {"cmd": cmd, "exit": said.exit, "stdout": said.out, "stderr": said.err, "tab": line.seat + 1}
            print(json.dumps(told, ensure_ascii=False), flush=True)
        else:
            sys.stdout.write(said.out)
            sys.stdout.flush()
            sys.stderr.write(said.err)
    return moment.said.exit


def _begun(file: Saved) -> Host:
    """The world of the file; settings that its server does not start with are a fault of them."""
    try:
        return begin(Beginning(file.world, settings=file.settings), file.major)
    except NotMade as refused:
        said = str(refused).strip().splitlines()
        reason = said[-1] if said else ""
        raise ScenarioError([file.fault(("settings",), "setting_refused", major=file.major, reason=reason)]) from None
