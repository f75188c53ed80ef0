# Commands that stay stable: `make demo`, `make test`, `make bench`.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
# One thread a process: tests run side by side and linear algebra is small. Files stay whole, as their tests
# share compiled code.
TEST_ENV = OMP_NUM_THREADS=1 XLA_FLAGS=--xla_cpu_multi_thread_eigen=false

.PHONY: demo test bench check clean pages worlds

# Debian keeps ensurepip in a package of its own; without it the system's pip fills the environment.
$(BIN)/python:
	$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV) && \
	    $(PYTHON) -m venv --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }

# The locked versions are those the results in this repository were made with.
$(VENV)/.run: $(BIN)/python pyproject.toml constraints.txt
	$(INSTALL) --constraint constraints.txt --editable .
	touch $@

$(VENV)/.test: $(BIN)/python pyproject.toml constraints.txt
	$(INSTALL) --constraint constraints.txt --editable ".[test]"
	touch $@ $(VENV)/.run

demo: $(VENV)/.run
	$(BIN)/detente run canada-china-2026

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check src tests tools benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(TEST_ENV) $(BIN)/python -m pytest --numprocesses 2 --dist loadfile

# Rebuilds every bundled table from ../shared/data.
worlds: $(VENV)/.test
	$(BIN)/python -m tools.build_worlds

# Pages whose numbers come from the program; the tracker's and the library's tests say when they are stale.
pages: $(VENV)/.test
	$(BIN)/python -m tools.build_notation
	$(BIN)/detente schema --out docs/scenario.schema.json
	$(BIN)/python -m tools.build_registry_page
	$(BIN)/python -m tools.compare_tracker
	$(BIN)/python -m tools.compare_published
	$(BIN)/python -m tools.build_library_page
	$(BIN)/python -m tools.build_theory_page
	$(BIN)/python -m tools.build_readme

bench: $(VENV)/.test
	$(BIN)/python -m benchmarks.run

clean:
	rm -rf $(VENV) .venv-peers .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
