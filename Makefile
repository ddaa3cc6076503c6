# What a person types. Each target does its own set-up: a clone, Python 3.11 or newer, gcc, make and access to pip are enough.
# Variables: PYTHON (the interpreter for .venv), CC (the compiler), PYTEST_FLAGS, JOBS (tests at once; default: one a core), NMMO_NATIVE=1 (build for this very machine).

SHELL := /bin/bash
VENV := .venv
RUN := $(VENV)/bin
READY := $(VENV)/.ready
BUILT := $(VENV)/.built
COMPAT := build/compat
LIBRARIES := libraries agilerl
SOURCES := $(wildcard engine/*.c engine/*.h engine/*.def nmmo/core/*.pyx nmmo/core/*.pxd nmmo/envs/*.pyx nmmo/train/*.pyx nmmo/train/kernels/*) setup.py pyproject.toml MANIFEST.in
JOBS ?= auto
CHECKED := nmmo agents scripts tests docs/examples setup.py
TYPED := nmmo scripts
C_SOURCES = $(shell git ls-files '*.c' '*.h')

.DEFAULT_GOAL := help
.PHONY: help build test lint format compat demo bench doctor docs clean

help: ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-8s %s\n", $$1, $$2}'

$(READY): constraints-dev.txt scripts/make_venv.sh
	@scripts/make_venv.sh $(VENV)
	@touch $@

# The package is installed in editable form; the extension is beside its sources. Quiet unless it fails.
$(BUILT): $(READY) $(SOURCES)
	@echo "Building the engine"
	@$(RUN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -c constraints-dev.txt --editable '.[dev]'
	@touch $@

build: $(BUILT) ## create .venv and build the engine (again, if its sources changed)

test: $(BUILT) ## all tests, then style and types
	$(RUN)/python -m pytest -q -n $(JOBS) --dist loadfile $(PYTEST_FLAGS) tests
	@$(MAKE) --no-print-directory lint

lint: $(BUILT) ## style and types alone
	$(RUN)/ruff check $(CHECKED)
	$(RUN)/ruff format --check --quiet $(CHECKED)
	$(RUN)/clang-format --dry-run --Werror $(C_SOURCES)
	$(RUN)/mypy --strict $(TYPED)
	$(RUN)/lint-imports --no-cache

format: $(BUILT) ## format all Python and C sources
	$(RUN)/ruff check --fix --quiet $(CHECKED)
	$(RUN)/ruff format --quiet $(CHECKED)
	$(RUN)/clang-format -i $(C_SOURCES)

# Libraries that read our environments, pinned, in environments of their own. nmmo in them is this tree as it was built for .venv:
# its editable installation is copied.
# They list all that they pull in; only what the tests import is compiled, by the tests.
.PRECIOUS: $(COMPAT)/%/.ready
PACKAGES = $$($(1)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
$(COMPAT)/%/.ready: tests/compat/%.txt scripts/make_venv.sh $(BUILT)
	@scripts/make_venv.sh $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --requirement $<
	@cp -r $(call PACKAGES,$(VENV))/{__editable__*nmmo*,nmmo-*.dist-info} $(call PACKAGES,$(@D))
	@touch $@

compat-%: $(COMPAT)/%/.ready
	NMMO_COMPAT=$* env -u PYTHONDONTWRITEBYTECODE $(COMPAT)/$*/bin/python -m pytest -q -p no:cacheprovider $(PYTEST_FLAGS) tests/compat

compat: $(LIBRARIES:%=compat-%) ## the tests with other libraries (SuperSuit, RLlib, TorchRL, ...), some 5 GB

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
