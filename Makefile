# make run    set up, then open the window on a sample dataset (without a display: the same job headless)
# make test   set up, then every check: lint, format, types, tests
# make fuzz   10,000 damaged files: some minutes
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
SAMPLE := segstudio-sample

# Compiled files make every later start quick; TensorFlow takes 15 s to import without them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check setup fuzz bench package lock clean
.DEFAULT_GOAL := run

run: setup
	@test -d $(SAMPLE) || $(BIN)/segstudio sample $(SAMPLE)
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" = Darwin ]; then \
	    $(BIN)/segstudio ./$(SAMPLE); \
	else \
	    echo "No display: doing the whole job here instead."; \
	    $(BIN)/segstudio demo ./$(SAMPLE); \
	fi

test: setup
	@resources/setup/system-libraries.sh --tests
	@$(MAKE) --no-print-directory check

check:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q

setup: .venv/ready
	@resources/setup/system-libraries.sh

.venv/ready: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "segstudio needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.12"; exit 1; }
	@echo "Setting up .venv (some minutes the first time) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

# Damaged pictures, masks, class lists and annotations by the thousand; a failed case is done again by its seed.
fuzz: setup
	$(BIN)/python -m tests.fuzz.masks --count 10000

bench: setup
	@status=0; for script in tests/benchmarks/*.py; do \
	    echo "== $$script"; $(BIN)/python $$script || status=1; \
	done; exit $$status

# The packaged program tries itself from elsewhere, in an empty environment, so that nothing here is of help to it.
package: setup
	@resources/setup/system-libraries.sh
	$(BIN)/pyinstaller --noconfirm --clean --log-level WARN segstudio.spec
	@home=$$(mktemp -d) && cd "$$home" && env -i HOME="$$home" PATH=/usr/bin:/bin QT_QPA_PLATFORM=offscreen \
	    "$(CURDIR)/dist/segstudio/segstudio" self-test && rm -rf "$$home"

# Exact versions of everything, from what pyproject.toml allows.
lock:
	@rm -rf build/lock && $(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip install --quiet --disable-pip-version-check '.[dev]'
	@{ echo "# Exact versions that segstudio is tested with; made by 'make lock' from pyproject.toml."; \
	    build/lock/bin/python -m pip freeze --exclude segstudio --exclude setuptools --exclude pip; } > requirements.lock
	@rm -rf build/lock

clean:
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache
