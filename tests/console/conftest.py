"""Properties are tried here as often as in the model's own tests."""

import tests.simulator.conftest  # noqa: F401
