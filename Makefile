# `make demo` and `make test` set up what they need; nothing outside this folder is touched.
.PHONY: demo test test-image lint docs specimens bench lock clean

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

# Compiled modules make every start seconds faster.
unexport PYTHONDONTWRITEBYTECODE

demo: $(READY)
	@$(BIN)/python -m deploy.demo $(if $(ONCE),--once)

# Much of the time is waiting for servers: three at once, each with servers of its own.
test: ARGS ?= -n 3 --dist loadfile --no-loadscope-reorder --durations=15
test: $(READY)
	$(BIN)/python -m pytest $(ARGS)

# A Docker engine of its own; what it needs of this machine: apt-get install docker.io
# docker-registry mmdebstrap, root, five minutes. Where there can be none it says so, and passes.
test-image: $(READY)
	$(BIN)/python -m pytest tests/image -rs $(ARGS)

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# Write the pages, and parts of pages, that follow from code and from kept measurements.
docs: $(READY)
	$(BIN)/python -m docs.tools.generate

specimens: $(READY)
	$(BIN)/python -m specimens

# Beside the peers, each in an environment of its own below benchmarks/.peers (Tesseract from apt).
bench: $(READY)
	$(BIN)/python -m benchmarks.reading $(ARGS)

# The lock files hold hashes and no addresses; commit them with pyproject.toml.
lock: $(READY)
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --extra dev --generate-hashes pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes -c requirements-dev.lock pyproject.toml -o requirements.txt

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo 'Python cannot make environments here: apt-get install python3-venv'; exit 1; }
	$(PYTHON) -m venv --clear .venv
	@echo 'installing what requirements-dev.lock lists (about a minute) ...'
	@sed -n '/^uv==/,/^    # /p' requirements-dev.lock > .venv/uv.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r .venv/uv.txt
	@$(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes requirements-dev.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@
