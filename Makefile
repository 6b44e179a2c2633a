# Each target works alone on a fresh machine: `.venv` is made on first use, and renewed when
# pyproject.toml or constraints.txt change.
#   PYTHON   the Python (3.10 or newer) that `.venv` is made with
#   TORCH    what pip installs as PyTorch, instead of the build chosen for this machine
PYTHON ?= python3
TORCH ?=
BIN := .venv/bin
BEGIN := $(shell date +%s)

# In processes of their own: where Ray had been imported and hundreds of tests had run, a page's server
# that was started in the same process left pytest's streams closed, for a reason not known yet.
WEB_TESTS := tests/web tests/cli/test_web.py
CLUSTER_TESTS := tests/cluster

.DEFAULT_GOAL := help
.PHONY: help demo test check lint test-slow wheel clean set-up set-up-tests

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

demo: set-up ## turn the two photos in examples/ into demo.mp4
	$(BIN)/filmnet photos examples/one.jpg examples/two.jpg -o demo.mp4 --overwrite
	@echo "demo.mp4 is there after $$(($$(date +%s) - $(BEGIN))) s, set-up and loading included"

test: lint ## everything that checks the project, up to 12 minutes: style, types, tests
	@$(BIN)/python -m pytest tests $(addprefix --ignore=,$(WEB_TESTS) $(CLUSTER_TESTS))
	@$(BIN)/python -m pytest $(WEB_TESTS)
	@$(BIN)/python -m pytest $(CLUSTER_TESTS)

check: test ## the same, under its other usual name

lint: set-up-tests ## style and types alone
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

test-slow: set-up-tests ## the longer proofs
	@$(BIN)/python -m pytest -m slow

wheel: set-up-tests ## dist/filmnet-….whl and the source archive
	@$(BIN)/python -m build --no-isolation

clean: ## remove .venv and everything made
	rm -rf .venv build dist demo.mp4 .mypy_cache .pytest_cache .ruff_cache
	find src tests tools -name __pycache__ -type d -exec rm -rf {} +

set-up:
	@$(PYTHON) tools/set_up.py --torch "$(TORCH)"

set-up-tests:
	@$(PYTHON) tools/set_up.py --torch "$(TORCH)" --extras dev
