# What a person does with this repository. `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := .venv/bin
WORKERS ?= 2
SPREAD := -n $(WORKERS) --dist worksteal
BENCH ?=
DAYS ?= 2026-12-31 2027-01-01 2027-02-28 2028-02-29 2027-08-31

# Whatever runs is compiled once, not each time that a test or a check starts a program.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help install run check test test-sqlite test-postgres test-browser test-days test-later format bench figures clean

help: ## Say what each command does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

install: .venv/.installed ## Make .venv with the locked versions of everything

.venv/.installed: pyproject.toml uv.lock .ci/install
	@.ci/install
	@touch $@

run: install ## Start the platform on http://127.0.0.1:8000 (PORT, DATABASE_URL, DATA_DIR override)
	@DANGJIAN_DEMO=$${DANGJIAN_DEMO-1} $(BIN)/dangjian run

check: install ## Format, lint, types, import floors, migrations, rule schema, templates, old browsers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	DATA_DIR=$$(mktemp -d) $(BIN)/dangjian check --fail-level WARNING
	DATA_DIR=$$(mktemp -d) $(BIN)/dangjian makemigrations --check --dry-run
	$(BIN)/djangofmt --quiet --check src plugins
	$(BIN)/djlint src --lint --quiet
	$(BIN)/python -m tools.templates
	$(BIN)/python -m tools.old_browsers

papers: install ## Write the Word templates anew, after a change of a documents/build.py
	DATA_DIR=$$(mktemp -d) $(BIN)/python -m tools.papers

test: test-sqlite test-postgres test-browser ## The suite on SQLite and on PostgreSQL, then the browser journeys

.PHONY: ready-for-tests
ready-for-tests: install
	@.ci/packages
	@DATA_DIR=$$(mktemp -d) $(BIN)/dangjian frontend --dev

test-sqlite: ready-for-tests ## The suite on SQLite
	TEST_DATABASE=sqlite $(BIN)/pytest $(SPREAD) --durations=20 --ignore=tests/browser

test-postgres: ready-for-tests ## The suite on a PostgreSQL that the tests start themselves
	TEST_DATABASE=postgres $(BIN)/pytest $(SPREAD) --durations=20 --ignore=tests/browser

test-browser: ready-for-tests ## The journeys in real Chromium
	$(BIN)/pytest $(SPREAD) --durations=20 tests/browser

test-days: ready-for-tests ## The suite on SQLite on days with which calculations go wrong (DAYS=… for others)
	@for day in $(DAYS); do \
		echo "== $$day"; \
		TEST_DAY=$$day TEST_DATABASE=sqlite $(BIN)/pytest $(SPREAD) -m "not day" --ignore=tests/browser --ignore=tests/contracts; \
	done

test-later: ready-for-tests ## The suite on SQLite while the machine's own clock is half a year ahead
	@command -v faketime >/dev/null || { echo "faketime is needed: sudo apt-get install faketime" >&2; exit 1; }
	TEST_DATABASE=sqlite faketime -f +183d $(BIN)/pytest $(SPREAD) -m "not waits" --ignore=tests/browser

format: install ## Put the code into the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djangofmt --quiet src plugins

bench: ready-for-tests ## Measure on PostgreSQL and print ratios (BENCH=name for one of them)
	$(BIN)/python -m bench $(BENCH)

figures: install ## Print how big the product is and how much of it is repeated
	$(BIN)/python -m bench.figures

clean: ## Remove what was installed and built; data/ stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-results dist
