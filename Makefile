# `make` alone lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
PORT ?= 8000
# uv trusts what the machine trusts, as pip does: plants sit behind proxies with certificates of their own.
export UV_SYSTEM_CERTS ?= 1

.DEFAULT_GOAL := help
.PHONY: help run test lint format types imports migrations-check unit lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check uv

$(VENV)/.base: requirements/base.txt | $(UV)
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/base.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(UV)
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@ $(VENV)/.base

run: $(VENV)/.base ## start the whole product with a live demo plant (Ctrl-C stops it)
	@exec $(BIN)/python manage.py up --demo --port $(PORT)

test: $(VENV)/.dev ## everything that must hold: lint, types, imports, migrations, tests
	@$(MAKE) --no-print-directory --jobs=2 lint types imports migrations-check unit

lint: $(VENV)/.dev ## style of code and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	git ls-files -z 'templates/*.html' | xargs -0 -r $(BIN)/djade --target-version 5.2 --check

format: $(VENV)/.dev ## rewrite code and templates in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	git ls-files -z 'templates/*.html' | xargs -0 -r $(BIN)/djade --target-version 5.2

types: $(VENV)/.dev ## mypy
	$(BIN)/mypy

imports: $(VENV)/.dev ## who may import whom
	$(BIN)/lint-imports

migrations-check: $(VENV)/.dev ## models and migrations agree
	$(BIN)/python manage.py makemigrations --check --dry-run

unit: $(VENV)/.dev ## unit, browser and real-worker tests
	$(BIN)/python -m pytest

lock: $(UV) ## resolve requirements/*.in again into the hashed locks
	$(UV) pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements/base.in -o requirements/base.txt
	$(UV) pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -c requirements/base.txt requirements/dev.in -o requirements/dev.txt

clean: ## remove what make and the tests made (never .data)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache test-results staticfiles
