"""The stage alone, with a run of 5,000 steps."""

from tests.ui import mock_run
from ui import payload
from ui.language import words
from ui.stage import feed, stage

stage(words("stage", "en"))
feed(payload.text(mock_run.endless()))
