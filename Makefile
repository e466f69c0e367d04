# Two commands are enough: `make demo` and `make test`. `make help` explains the rest.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
ARGS ?=
TESTERS ?= 2
PIP = $(VENV)/bin/python -m pip --disable-pip-version-check --quiet
SOURCES = src tests benchmarks clients frontend/run.py
LINTERS = tests/api/linters/node_modules
CATALOGUES = $(patsubst %.po,%.mo,$(wildcard src/banyan/locale/*/LC_MESSAGES/*.po))
ASSETS = src/banyan/console/static/built/manifest.json

.DEFAULT_GOAL := help
.PHONY: help install assets demo serve test lint format bench rules messages client lock

help: ## Explain these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed $(ASSETS) $(CATALOGUES) ## Install Banyan and what it needs into .venv

assets: $(ASSETS) ## Build the scripts and styles of the console

demo: $(VENV)/.installed $(ASSETS) $(CATALOGUES) ## Load the demo company, bill it, show who pays and why, serve it (ARGS=--no-serve: end after that)
	$(VENV)/bin/banyan demo $(ARGS)

serve: $(VENV)/.installed $(ASSETS) $(CATALOGUES) ## Serve console and API with a worker on 127.0.0.1:8000 (ARGS="--port 8001")
	$(VENV)/bin/banyan serve $(ARGS)

test: $(VENV)/.installed-to-develop $(ASSETS) $(LINTERS)/.installed lint ## Check and test everything (ARGS="-k who_pays": some of the tests; TESTERS=0: in one process)
	$(VENV)/bin/python -m pytest -n $(TESTERS) $(ARGS)

lint: $(VENV)/.installed-to-develop ## Check style, types and layers
	$(VENV)/bin/ruff check $(SOURCES)
	$(VENV)/bin/ruff format --check $(SOURCES)
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache >/dev/null || $(VENV)/bin/lint-imports

format: $(VENV)/.installed-to-develop ## Format the code
	$(VENV)/bin/ruff check --fix --quiet $(SOURCES)
	$(VENV)/bin/ruff format $(SOURCES)

bench: $(VENV)/.installed ## Measure bill runs, imports, look-ups and usage against floors (ARGS="10000 --large 1000000 --events 10")
	$(VENV)/bin/python -m benchmarks $(ARGS)

rules: $(VENV)/.installed-to-develop ## Write the tests of each rule into docs/rules.md
	$(VENV)/bin/python -m tests.architecture.rules

messages: $(VENV)/.installed-to-develop ## Write the texts that are marked in code and templates into the catalogues of translations
	$(VENV)/bin/python -m tests.architecture.messages

client: $(VENV)/.installed-to-develop ## Make the typed Python client of the API in clients/python, and its wheel in clients/dist
	$(VENV)/bin/python -m clients.generate clients/python
	$(PIP) wheel --no-deps --wheel-dir clients/dist ./clients/python

lock: $(VENV)/.installed-to-develop ## Write the versions that are installed now into requirements.lock
	$(PIP) freeze --exclude-editable | grep -v ' @ ' > requirements.lock

$(VENV)/.installed: pyproject.toml requirements.lock
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --constraint requirements.lock --editable .
	@touch $@

$(VENV)/.installed-to-develop: $(VENV)/.installed
	$(PIP) install --constraint requirements.lock --editable '.[dev]'
	@touch $@

%.mo: %.po | $(VENV)/.installed
	$(VENV)/bin/pybabel --quiet compile --input-file $< --output-file $@

$(ASSETS): $(wildcard frontend/*.mjs frontend/*.txt frontend/*.svg frontend/src/*) frontend/node_modules/.installed
	$(VENV)/bin/python frontend/run.py node build.mjs

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json | $(VENV)/.installed
	$(VENV)/bin/python frontend/run.py npm ci --silent
	@touch $@

$(LINTERS)/.installed: tests/api/linters/package.json tests/api/linters/package-lock.json | $(VENV)/.installed
	$(VENV)/bin/python frontend/run.py npm ci --silent --prefix $(CURDIR)/tests/api/linters
	@touch $@
