# `make start` sets everything up and opens the curriculum; `make test` sets everything up and runs every check.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: start test setup browser bench clean

start: $(VENV)/.installed
	$(BIN)/alliancelab start

test: $(VENV)/.installed-test browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/alliancelab content check
	$(BIN)/python -m pytest -q --nbval-lax -p no:cacheprovider notebooks exercises/source
	$(BIN)/python -m pytest -n 2 --dist loadfile

bench: $(VENV)/.installed-test browser
	$(BIN)/python -m tests.benchmarks

# Chromium comes from the system's packages, as in the README.
browser:
	@command -v chromium >/dev/null 2>&1 || { \
	  echo "Installing Chromium for the browser tests"; \
	  SUDO=$$(command -v sudo || true); [ "$$(id -u)" = 0 ] && SUDO=; \
	  $$SUDO apt-get update -q && $$SUDO apt-get install -q -y chromium; }

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.installed-test: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist test-artifacts .pytest_cache .ruff_cache .hypothesis
