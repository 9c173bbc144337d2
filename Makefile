# One word for each thing a contributor does. `make check` is what CI runs.

BIN ?= $(if $(wildcard .venv/bin/python),.venv/bin/,)

.PHONY: help install check format test snapshots screenshots benchmarks

help:
	@echo "install      make .venv with everything a contributor needs"
	@echo "check        format, lint, types, import contracts, all tests"
	@echo "format       put the code into shape"
	@echo "test         all tests; ARGS='-k name' for some"
	@echo "snapshots    accept the present screens as the right ones (Python 3.11 only)"
	@echo "screenshots  make the pictures of the documentation again"
	@echo "benchmarks   measure"

install:
	python3 -m venv .venv
	.venv/bin/pip install --editable '.[dev]'

check:
	$(BIN)ruff format --check
	$(BIN)ruff check
	$(BIN)mypy
	$(BIN)lint-imports
	$(BIN)pytest

format:
	$(BIN)ruff format
	$(BIN)ruff check --fix

test:
	$(BIN)pytest $(ARGS)

snapshots:
	$(BIN)pytest -m snapshot --snapshot-update

screenshots:
	$(BIN)python -m screenshots

benchmarks:
	$(BIN)python -m benchmarks
