# `make start` sets everything up and opens the curriculum; `make test` sets everything up and runs every check.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# What the tests need of the system's packages, as in the README: a browser, a database server, a cage for code.
SYSTEM := chromium postgresql bubblewrap

# JavaScript that is only for the tests: what the verifier's page is built from, and verifiers that others wrote.
NODE := src/alliancelab/hours/certificate/verifier tests/hours/verifiers

.PHONY: start test system bench clean

start: $(VENV)/.installed
	$(BIN)/alliancelab start

test: $(VENV)/.installed-test system $(VENV)/.installed-node
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/alliancelab content check
	$(BIN)/python -m pytest -q --nbval-lax -p no:cacheprovider notebooks exercises/source
	$(BIN)/python -m pytest -n 4 --dist loadfile

bench: $(VENV)/.installed-test system
	$(BIN)/python tests/benchmarks

system:
	@command -v dpkg-query >/dev/null || { echo "Not on Debian: the tests need these, too: $(SYSTEM)"; exit 0; }; \
	MISSING=$$(for package in $(SYSTEM); do \
	  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || echo $$package; done); \
	[ -z "$$MISSING" ] || { \
	  echo "Installing for the tests:" $$MISSING; \
	  SUDO=$$(command -v sudo || true); [ "$$(id -u)" = 0 ] && SUDO=; \
	  $$SUDO apt-get update -q && $$SUDO apt-get install -q -y $$MISSING; }

# A machine may have a node of its own, so the commands are asked for, not Debian's packages.
$(VENV)/.installed-node: $(NODE:%=%/package-lock.json) | $(VENV)/.installed-test
	@command -v node >/dev/null && command -v npm >/dev/null || { \
	  command -v apt-get >/dev/null || { echo "The tests need node (18 or later) and npm."; exit 1; }; \
	  echo "Installing for the tests: nodejs npm"; \
	  SUDO=$$(command -v sudo || true); [ "$$(id -u)" = 0 ] && SUDO=; \
	  $$SUDO apt-get update -q && $$SUDO apt-get install -q -y --no-install-recommends nodejs npm; }
	for folder in $(NODE); do (cd $$folder && npm ci --ignore-scripts --no-progress --loglevel=error) || exit 1; done
	touch $@

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
	rm -rf $(VENV) build dist test-artifacts .pytest_cache .ruff_cache .hypothesis $(NODE:%=%/node_modules)
