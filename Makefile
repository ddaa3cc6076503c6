# What a person types. Each target does its own set-up: a clone, Python 3.11 or newer, gcc, make and access to pip are enough.
# Variables: PYTHON (the interpreter for .venv), CC (the compiler), PYTEST_FLAGS, JOBS (tests at once; default: one a core), NMMO_NATIVE=1 (build for this very machine).

SHELL := /bin/bash
VENV := .venv
RUN := $(VENV)/bin
READY := $(VENV)/.ready
BUILT := $(VENV)/.built
SOURCES := $(wildcard engine/*.c engine/*.h nmmo/core/*.pyx nmmo/core/*.pxd nmmo/train/*.pyx nmmo/train/kernels/*) setup.py pyproject.toml MANIFEST.in
JOBS ?= auto
CHECKED := nmmo scripts tests docs/examples setup.py
TYPED := nmmo scripts

.DEFAULT_GOAL := help
.PHONY: help build test lint demo bench doctor docs clean

help: ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-8s %s\n", $$1, $$2}'

$(READY): constraints-dev.txt scripts/make_venv.sh
	@scripts/make_venv.sh $(VENV)
	@touch $@

# The package is installed in editable form; the extension lies beside its sources. Quiet unless it fails.
$(BUILT): $(READY) $(SOURCES)
	@echo "Building the engine"
	@$(RUN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -c constraints-dev.txt --editable '.[dev]'
	@touch $@

build: $(BUILT) ## create .venv and build the engine (again, if its sources changed)

test: $(BUILT) ## all tests, then style and types
	$(RUN)/python -m pytest -q -n $(JOBS) --dist loadfile $(PYTEST_FLAGS) tests
	@$(MAKE) --no-print-directory lint

lint: $(BUILT) ## ruff and mypy alone
	$(RUN)/ruff check $(CHECKED)
	$(RUN)/mypy --strict $(TYPED)

demo: $(BUILT) ## train a small policy for five minutes, evaluate it, draw its curves, record a game
	@$(RUN)/nmmo demo $(DEMO_FLAGS)

bench: $(BUILT) ## how fast this machine runs the world
	@$(RUN)/nmmo bench

doctor: $(BUILT) ## what is installed, and whether it works
	@$(RUN)/nmmo doctor

docs: $(BUILT) ## the documentation as a site, in build/site
	@NO_MKDOCS_2_WARNING=1 $(RUN)/mkdocs build --strict
	@echo "Open build/site/index.html; with the search: $(RUN)/python -m http.server --directory build/site"

clean: ## remove .venv and everything that was built
	rm -rf $(VENV) build dist *.egg-info nmmo/core/*.so nmmo/core/_engine.c nmmo/train/*.so .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find nmmo scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +
