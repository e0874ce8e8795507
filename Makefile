# Two commands for everybody: `make demo` and `make test`. `make help` lists the rest.
#
# Needs Python 3.11 or newer with venv, and make. Nothing is installed outside .venv, and every
# package is checked against the hashes in the requirements*.txt locks.

SHELL := /bin/sh
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.NOTPARALLEL:

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input
UV ?= uv
ARGS ?=

ROOMS := iam ingest graph queries app
SOURCES := pyproject.toml $(wildcard README.md LICENSE) \
	$(shell find $(ROOMS) ! -path '*/__pycache__*' 2>/dev/null) # folders too: a file may be gone
WHEELHOUSE ?= $(VENV)/wheelhouse

.DEFAULT_GOAL := help

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[.a-z0-9-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' Makefile

.PHONY: demo
demo: $(VENV)/.rolepath ## the demo organization in a dashboard
	$(VENV)/bin/rolepath demo $(ARGS)

.PHONY: test
test: $(VENV)/.dev $(VENV)/.rolepath ## every test; ARGS="tests/unit -k arn" for some of them
	$(PY) -m pytest $(ARGS)

.PHONY: check
check: $(VENV)/.dev $(VENV)/.rolepath ## format, lint, strict types, contracts, generated pages
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/ruff check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PY) -m docs.generate --check
	$(PY) -m pytest -q tests/contract -m "not slow and not neo4j and not browser" --ignore=tests/contract/stores

.PHONY: format
format: $(VENV)/.dev ## formats the code and mends what the linter can mend by itself
	$(VENV)/bin/ruff format
	$(VENV)/bin/ruff check --fix

.PHONY: docs
docs: $(VENV)/.dev ## writes the generated pages under docs/
	$(PY) -m docs.generate

.PHONY: bench
bench: $(VENV)/.dev ## the benchmarks of benchmarks/, printed as a table; never a test
	@for benchmark in $$(grep -l __main__ benchmarks/*.py); do \
		echo "== $$benchmark"; PYTHONPATH=. $(PY) "$$benchmark" $(ARGS) || exit 1; \
	done

.PHONY: neo4j
neo4j: ## the Neo4j server that tests run against, into tests/neo4j/lib (needs Maven)
	mvn -q -B -f tests/neo4j/pom.xml dependency:copy-dependencies -DoutputDirectory=lib

.PHONY: lock
lock: ## the requirements*.txt locks from pyproject.toml; UPGRADE=1 takes new versions (needs uv)
	$(LOCK) pyproject.toml --output-file requirements.txt
	$(LOCK) pyproject.toml --extra dev --constraint requirements.txt --output-file requirements-dev.txt
	$(LOCK) pyproject.toml --extra py2neo --constraint requirements-dev.txt --output-file requirements-py2neo.txt
	$(PY) -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['build-system']['requires'], sep='\n')" \
		| $(LOCK) - --output-file requirements-build.txt
LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)

.PHONY: clean
clean: ## removes what was built, the environment included; never your data
	rm -rf $(VENV) build dist tests/artifacts .pytest_cache .mypy_cache .ruff_cache \
		.hypothesis .import_linter_cache
	find $(ROOMS) tests docs -type d -name __pycache__ -prune -exec rm -rf {} +

# --- the environment ---------------------------------------------------------------------------

.PHONY: .venv
.venv: $(VENV)/.rolepath ## only installs: the locked packages and the rolepath command

# An older or broken Python is passed over; a half-made environment is not left behind.
$(VENV)/.python:
	@found=; for python in $(PYTHON) python3.11 python3.12 python3.13 python3 python; do \
		if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
		then found="$$python"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "error: rolepath needs Python 3.11 or newer with its venv module, and found none" >&2; \
		echo "help:  install it (Debian: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3.11" >&2; \
		exit 2; \
	fi; \
	if [ ! -x $(PY) ]; then "$$found" -m venv $(VENV) || { rm -rf $(VENV); exit 2; }; fi
	@touch $@

$(VENV)/.run: requirements.txt requirements-build.txt $(VENV)/.python
	@echo "installing the locked packages into $(VENV): a minute or two, the first time"
	$(PIP) install --quiet --no-deps --require-hashes -r requirements.txt -r requirements-build.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements-py2neo.txt $(VENV)/.run
	$(PIP) install --quiet --no-deps --require-hashes -r requirements-dev.txt
	$(PIP) install --quiet --no-deps --require-hashes --no-build-isolation -r requirements-py2neo.txt
	@touch $@

# A wheel, never an editable install: docs/decisions/0006-a-wheel-not-an-editable-install.md
$(VENV)/.rolepath: $(SOURCES) $(VENV)/.run
	@$(MAKE) --no-print-directory wheel
	$(PIP) install --quiet --no-deps --no-index --force-reinstall $(WHEELHOUSE)/rolepath-*.whl
	@touch $@

# Built from a copy: an old build/ folder would put deleted files into the wheel.
.PHONY: wheel
wheel: $(if $(filter $(VENV)/%,$(PY)),$(VENV)/.run)
	@rm -rf $(WHEELHOUSE) && mkdir -p $(WHEELHOUSE)/source
	@cp -R pyproject.toml $(wildcard README.md LICENSE $(ROOMS)) $(WHEELHOUSE)/source/
	@find $(WHEELHOUSE)/source -type d -name __pycache__ -prune -exec rm -rf {} +
	$(PIP) wheel --quiet --no-deps --no-index --no-build-isolation --wheel-dir $(WHEELHOUSE) $(WHEELHOUSE)/source
	@rm -rf $(WHEELHOUSE)/source
