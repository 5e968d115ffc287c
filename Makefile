# Every target installs what it needs into .venv; nothing outside this folder changes.
.PHONY: install demo test test-all test-image lint audit docs specimens bench lock clean

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/ready

# Compiled modules make every start seconds faster.
unexport PYTHONDONTWRITEBYTECODE

install: $(INSTALLED)

demo: $(INSTALLED)
	@$(BIN)/python -m deploy.demo $(if $(ONCE),--once)

# Two workers, each with its own PostgreSQL, Prefect and moto, which each further one must start.
PARALLEL := -n 2 --no-loadscope-reorder
test: ARGS ?= $(PARALLEL) -m "not slow" --durations=15
test: $(INSTALLED)
	$(BIN)/python -m pytest $(ARGS)

# All tests, including the slow ones and the image, with all examples and the coverage gate.
# `apt-get install postgresql pgbouncer` for those of TLS and poolers; skipped, with the reason,
# without them. Tests draw the same examples on every run; `--hypothesis-profile random` in ARGS
# draws new ones.
test-all: ARGS ?= $(PARALLEL) --hypothesis-profile thorough --durations=15
test-all: $(INSTALLED)
	$(BIN)/python -m pytest docverify tests --cov --cov-report= -rs $(ARGS)
	$(BIN)/coverage report

# The image on its own Docker engine; needs root, about five minutes, and
# `apt-get install docker.io docker-registry mmdebstrap`. Skipped, with the reason, without them.
test-image: $(INSTALLED)
	$(BIN)/python -m pytest tests/image -rs $(ARGS)

lint: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# Known vulnerabilities of the image's packages; without a network, skipped with the reason.
audit: $(INSTALLED)
	$(BIN)/python -m deploy.audit

# Write the pages, and parts of pages, that are generated from code and stored measurements.
docs: $(INSTALLED)
	$(BIN)/python -m docs.tools.generate

specimens: $(INSTALLED)
	$(BIN)/python -m specimens

# Includes the other readers, each in its own environment under benchmarks/.peers (Tesseract: apt).
bench: $(INSTALLED)
	$(BIN)/python -m benchmarks.reading $(ARGS)

# The lock files contain hashes but no addresses; commit them with pyproject.toml.
COMPILE := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes
lock: $(INSTALLED)
	$(COMPILE) --extra deploy --group dev pyproject.toml -o requirements-dev.lock
	$(COMPILE) -c requirements-dev.lock pyproject.toml -o requirements.txt

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis

# A stamp: `make install` runs again when one of these files changes.
$(INSTALLED): requirements-dev.lock pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo 'Python cannot create environments here: apt-get install python3-venv'; exit 1; }
	$(PYTHON) -m venv --clear .venv
	@echo 'installing the packages of requirements-dev.lock (about a minute) ...'
	@sed -n '/^uv==/,/^    # /p' requirements-dev.lock > .venv/uv.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r .venv/uv.txt
	@$(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes requirements-dev.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@
