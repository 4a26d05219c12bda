# Everything people do with this project. Needs Python 3.11, make and git; the first target sets up .venv by itself.
.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 3000
TESTS ?=
PYTEST_ARGS ?=

# uv does not read pip's configuration: hand it the package index that this machine uses
PIP_INDEX := $(shell $(PYTHON) -m pip config get global.index-url 2>/dev/null)
UV_ENV := UV_LINK_MODE=copy $(if $(PIP_INDEX),UV_DEFAULT_INDEX=$(PIP_INDEX))
# compiled at once, by all cores: the first build need not, and some machines never write bytecode
UV_INSTALL = $(UV_ENV) $(BIN)/uv pip install --quiet --no-config --compile-bytecode --python $(BIN)/python --no-build-isolation
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation

.PHONY: help setup setup-dev warehouse test ui eval lint format

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

warehouse: setup ## build everything from raw/ and publish it · 建库并发布
	@$(BIN)/fazhi build

test: setup-dev ## all tests · 全部测试（TESTS=… 选一部分）
	@$(BIN)/pytest $(PYTEST_ARGS) $(TESTS)

ui: setup ## Dagster's web interface on http://localhost:$(PORT) · 图形界面
	@$(BIN)/dagster dev --port $(PORT)

eval: setup ## extraction compared with the annotated reports in tests/golden · 提取质量
	@$(BIN)/fazhi eval

lint: setup-dev ## style, types, SQL style · 代码检查
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint --disable-progress-bar dbt/models dbt/tests

format: setup-dev ## rewrite Python files in the project's style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

setup: $(VENV)/.runtime ## install what building needs

setup-dev: $(VENV)/.dev ## install what testing needs, too

$(VENV)/.bootstrap: requirements-bootstrap.lock
	@echo "准备 Python 环境（$(VENV)）…"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
	  || { echo "需要 Python 3.11：请先安装，或用 make PYTHON=/路径/python3.11 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(PIP_INSTALL) --require-hashes -r requirements-bootstrap.lock
	@touch $@

$(VENV)/.runtime: $(VENV)/.bootstrap requirements.lock pyproject.toml
	@$(UV_INSTALL) --require-hashes -r requirements.lock || $(PIP_INSTALL) --require-hashes -r requirements.lock
	@$(UV_INSTALL) --no-deps --editable . || $(PIP_INSTALL) --no-deps --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@$(UV_INSTALL) --require-hashes -r requirements-dev.lock || $(PIP_INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@
