# make demo   the light package, and a report of the example micrographs
# make test   everything, and the whole test suite
# make quick  the suite without its slow tests

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# A process for each processor, each with one thread.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest \
	-n logical --maxprocesses 8 --dist worksteal

.PHONY: demo test quick lint types bench examples clean

demo: $(VENV)/light
	$(BIN)/micrographia analyze examples -o demo-results --samples examples/samples.csv

test: lint types
	$(PYTEST)

quick: $(VENV)/full
	$(PYTEST) -m "not slow"

lint: $(VENV)/full
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell src docs README.md CONTRIBUTING.md CHANGELOG.md

types: $(VENV)/full
	$(BIN)/mypy

examples: $(VENV)/full
	$(BIN)/python -m micrographia.simulation.examples examples

$(VENV)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/light: $(VENV)/python pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/full: $(VENV)/light
	$(PIP) install --quiet --constraint constraints.txt --editable '.[all,dev]'
	touch $@

clean:
	rm -rf $(VENV) demo-results
