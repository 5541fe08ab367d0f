# The project's recipes; `make` lists them. VENV names another environment, PYTHON another interpreter.
VENV ?= .venv
PYTHON ?= python3
BIN = $(VENV)/bin
READY = $(VENV)/.commarchive-ready

.PHONY: help env demo test test-system mutants check format docs clean

help:  ## list the recipes
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

env: $(READY)  ## create the environment

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: env  ## stand up an archive on the embedded wiki, with real data; see who sees what
	$(BIN)/commarchive demo

test: env  ## the suite that needs no root, no server, no Docker
	$(BIN)/python -m pytest -n 2 -m 'not system and not live'

test-system: env  ## the tests that need Docker, PostgreSQL, MediaWiki, Chromium, npm clients or Ansible; installs nothing
	$(BIN)/python -m pytest -m 'system and not live' || test $$? -eq 5  # 5: there are none yet

mutants: env  ## take every check of the access engine out, one at a time, and see that the tests notice
	$(BIN)/python -m tools.mutants

check: env  ## style, types, architecture, documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --cache-dir .cache/import-linter
	$(BIN)/python -m pytest -q tests/test_docs.py tests/test_architecture.py

format: env  ## put every file in the agreed format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: env  ## write the generated pages anew, and bring translations level with the code
	$(BIN)/python -m tools.adr_index
	$(BIN)/python -m tools.cli_reference
	$(BIN)/python -m tools.manifest_reference
	$(BIN)/python -m tools.translations

clean:  ## remove what the recipes made
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache build dist demo
