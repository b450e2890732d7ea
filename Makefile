# Two commands: `make run` opens the studio, `make test` runs the whole test suite. Both set up everything on a
# Debian-like machine with Python 3.11. Variables: PYTHON (which Python), VENV (where), JOBS (test processes).

PYTHON ?= python3
VENV   ?= .venv
JOBS   ?= auto
BIN    := $(VENV)/bin
export OMP_NUM_THREADS ?= 1

.PHONY: help run test laws lint types contracts check x11 bench screenshots clean

help:                ## say what there is
	@grep -E '^[a-z0-9]+: .*##|^[a-z0-9]+: *##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 14

run: $(VENV)/.installed  ## open the studio (without a display: train, leave pictures and a .dgm in out/)
	@sh packaging/run.sh $(BIN)

test: $(VENV)/.test-installed  ## run the whole test suite
	@sh packaging/qt-libraries.sh
	@sh packaging/renderers.sh
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n $(JOBS) --dist worksteal -q

laws: $(VENV)/.test-installed  ## the laws over all families as on another processor (SETTING=default, avx2, threads, shift1, ...)
	@JOBS=$(JOBS) sh packaging/laws.sh $(BIN) $(SETTING)

lint: $(VENV)/.test-installed  ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test-installed  ## types of everything
	$(BIN)/mypy

contracts: $(VENV)/.test-installed  ## directions of import
	$(BIN)/lint-imports

check: lint types contracts test  ## everything that must pass before a change lands

x11: $(VENV)/.test-installed  ## one journey under a real X server
	@sh packaging/qt-libraries.sh
	@sh packaging/x11.sh $(BIN)

bench: $(VENV)/.test-installed  ## measure what is claimed about speed
	$(BIN)/python -m benchmarks

screenshots: $(VENV)/.installed  ## render the pictures of the README anew
	$(BIN)/python -m benchmarks.screenshots

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "DGM Studio needs Python 3.11 or newer; set PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.test-installed: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test,dev]"
	@touch $@

clean:               ## remove the virtual environment and what tests leave
	rm -rf $(VENV) build dist out .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks *.egg-info
