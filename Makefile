# WAL Dojo. `make` alone prints this page; Python 3.11+ and make are all that a machine needs.
#
#   make run        start the app on http://127.0.0.1:8501  (PORT=8600 make run: another port)
#   make test       everything CI runs: ruff, mypy, pytest
#   make lint       only ruff and mypy                      (make fix: let ruff repair what it can)
#   make soak       random sequences on every PostgreSQL found  (SEQUENCES=2000, SESSIONS=400), up to the first counterexample
#   make bench      time the model                          (bench-ui: time the pages in a browser)
#   make shots      screenshots of every page into shots/
#   make lock       work out requirements.lock anew from pyproject.toml
#   make setup      only create .venv; every target above does it by itself, once
#   make clean      remove .venv, caches and build products
#
# One test:  .venv/bin/pytest tests/house -k imports
# The CLI:   .venv/bin/waldojo --help

PYTHON ?= python3
PORT   ?= 8501
BIN    := .venv/bin
# Two workers: more would only compete for the cores of a small machine. loadgroup: tests/conftest.py keeps the
# browser tests of one file on one worker, so that each worker starts the app once.
JOBS   ?= 2
UV     := uv==0.13.9

.DEFAULT_GOAL := help
.PHONY: help setup run test lint fix soak bench bench-ui shots lock clean

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

# Two stamps: a change of the lock installs everything again, a change of pyproject.toml only the project.
setup: .venv/.installed

.venv/.locked: requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) not found. Install Python 3.11 or newer, or name one: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: WAL Dojo needs Python 3.11 or newer, this is $$($(PYTHON) --version). Name another: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "make: $(PYTHON) has no venv module. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

# 'compat' puts the tree itself on the path, so that a room added later is found without a new install.
.venv/.installed: .venv/.locked pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		--config-settings editable_mode=compat --editable .
	@touch $@

run: setup
	@exec $(BIN)/streamlit run app.py --server.port $(PORT)

test: lint
	$(BIN)/pytest -n $(JOBS) --dist loadgroup

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

fix: setup
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Fresh seeds each time; the message of a failure names the counterexample's file, its major and its seed.
soak: export HYPOTHESIS_PROFILE := soak
soak: export SEQUENCES ?= 2000
soak: setup
	$(BIN)/pytest -n $(JOBS) --dist loadgroup --maxfail 1 -k random_sequences tests/lab/test_random_scenarios.py tests/lab/test_terminal_sequences.py
	$(BIN)/pytest -n $(JOBS) --maxfail 1 tests/host/test_fuzz.py

bench: setup
	$(BIN)/pytest -q -m "bench and not browser" --benchmark-enable --benchmark-quiet

bench-ui: setup
	$(BIN)/pytest -m "bench and browser" --benchmark-enable

shots: setup
	$(BIN)/python -m tests.shots shots

# --universal: one file for Python 3.11-3.13 on Linux, macOS and Windows. `make lock ARGS=--upgrade` takes newer versions.
lock:
	@test -x .venv-lock/bin/uv || { $(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install --quiet --disable-pip-version-check $(UV); }
	.venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --all-extras \
		--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" $(ARGS) \
		--output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv .venv-lock .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks build dist shots *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
