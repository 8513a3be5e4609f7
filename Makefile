# Two commands matter: `make run` starts Rapport, `make test` tests it. Both need only Python >= 3.11 with venv.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
MANAGE = DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py
PIP = $(BIN)/pip --disable-pip-version-check --quiet
LOCK = uv pip compile pyproject.toml --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header --quiet

.DEFAULT_GOAL := help
.PHONY: help run test check lint bench bench-learning messages reference screenshots lock

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Rapport needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python has no venv: on Debian, install python3-venv."; exit 1; }

$(VENV)/.run: $(BIN)/python requirements-ml.txt
	@echo "Installing what Rapport needs (once, about a minute) …"
	@$(PIP) install --require-hashes --no-deps -r requirements-ml.txt
	@touch $@

$(VENV)/.dev: $(BIN)/python requirements-dev.txt
	@echo "Installing what the tests need (once, about a minute) …"
	@$(PIP) install --require-hashes --no-deps -r requirements-dev.txt
	@touch $@

run: $(VENV)/.run  ## Start everything on this machine; Ctrl-C stops it
	@exec $(BIN)/python manage.py serve

# What starts browsers, servers and workers of its own, and kills some: the tests of one file after the other, and in
# a process each of two: a third gained nothing.
ALONE = tests/browser tests/faults tests/config/test_broker.py tests/config/test_supervisor.py

test: $(VENV)/.dev  ## Run the whole test suite, most of it in two processes
	@$(BIN)/python -m pytest --numprocesses=2 $(addprefix --ignore=,$(ALONE))
	@$(BIN)/python -m pytest --numprocesses=2 --dist=loadfile $(ALONE)

lint: $(VENV)/.dev  ## Check format, style, types, import contracts and migrations
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy --no-error-summary .
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) check --fail-level WARNING

check: lint test  ## All that a change must pass: what CI runs

PEOPLE ?= 10000
ORDERS ?= 10
bench: $(VENV)/.run  ## Measure pages, search, import, training and memory; PEOPLE=100000 for more
	@$(BIN)/python manage.py bench --people $(PEOPLE)

bench-learning: $(VENV)/.run  ## Measure the nightly run step by step; PEOPLE=1000000 ORDERS=10 and DATABASE=postgresql://… for more
	@$(BIN)/python manage.py bench --people $(PEOPLE) --orders $(ORDERS) --learning-only $(if $(DATABASE),--database $(DATABASE))

messages: $(VENV)/.run  ## Collect the words that users read into locale/ (needs gettext)
	@$(MANAGE) makemessages --all --add-location file --no-obsolete --no-wrap --ignore '$(VENV)' --ignore build --ignore tests --verbosity 0

reference: $(VENV)/.run  ## Write docs/reference anew from the code
	@$(MANAGE) reference

screenshots: $(VENV)/.dev  ## Take the pictures of the README anew (needs Chromium)
	@$(BIN)/python -m pytest --quiet tests/browser/screenshots.py

lock:  ## Write the hashed lock files anew (needs uv)
	$(LOCK) -o requirements.txt
	$(LOCK) --extra ml -c requirements.txt -o requirements-ml.txt
	$(LOCK) --extra ml --extra dev -c requirements-ml.txt -o requirements-dev.txt
