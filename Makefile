# Everything a fresh machine needs: Python 3.11 to 3.13, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PINS := requirements.txt

.PHONY: setup check test test-all fuzz lint types layers demo man clean pins

setup: $(READY)

# uv installs in a fraction of pip's time, and checks every file against its hash. Compiled here,
# the libraries need not be at the first run, which would take half a minute longer.
$(READY): $(PINS) pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.8
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python \
	  --require-hashes -r $(PINS)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "Ready. Now: source $(BIN)/activate"

# What has to hold before a change lands; CI runs this.
check: lint types layers test

# One process a core; tests that share a Ray cluster stay in one of them.
test: setup
	$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist loadgroup

# With the slow ones: the training of the largest networks, Ray with the real network.
test-all: setup
	$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist loadgroup -m "slow or not slow"

# 10,000 damaged files; SEED gives others.
MUTANTS ?= 834
SEED ?= 1
fuzz: setup
	$(BIN)/python -m tests.fuzz --mutants $(MUTANTS) --seed $(SEED)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

layers: setup
	$(BIN)/lint-imports

demo: setup
	$(BIN)/python -m examples.demo demo

# `man build/man/kinemacolor.1` shows it.
man: setup
	$(BIN)/python -m kinemacolor.cli.man_page build/man/kinemacolor.1

# Anew from pyproject.toml; names no index.
pins: setup
	$(BIN)/uv pip compile --universal --quiet --generate-hashes \
	  --no-annotate --no-header --python-version 3.11 --group dev \
	  --extra cluster --extra ddcolor --extra train \
	  pyproject.toml --output-file $(PINS)

clean:
	rm -rf $(VENV) demo build *.egg-info
