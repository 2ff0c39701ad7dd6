# Everything a fresh machine needs: Python 3.11 to 3.13, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PINS := requirements.txt

.PHONY: setup test test-slow lint demo clean pins

setup: $(READY)

# uv installs in a fraction of pip's time, and checks every file against its hash.
$(READY): $(PINS) pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.8
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $(PINS)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

test: setup
	$(BIN)/python -m pytest

# The training of the largest networks, some ten minutes.
test-slow: setup
	$(BIN)/python -m pytest -m slow

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

demo: setup
	$(BIN)/python -m examples.demo demo

# Anew from pyproject.toml; names no index.
pins: setup
	$(BIN)/uv pip compile --universal --quiet --generate-hashes \
	  --no-annotate --no-header --python-version 3.11 --group dev \
	  pyproject.toml --output-file $(PINS)

clean:
	rm -rf $(VENV) demo build *.egg-info
