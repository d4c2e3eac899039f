# `make run` and `make test` set up everything they need; the other targets are their parts.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# Compiled modules halve the start of every tool.
unexport PYTHONDONTWRITEBYTECODE

PYTHON_VERSION := $(shell cat .python-version)
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .local/uv/bin/uv)
PY := .venv/bin/python
FUNCTIONS_WITH_REQUIREMENTS := purchase settle checkin catalog wording jobs invoices wallet notify pages badges generate_tickets deliver authorize account

.PHONY: help
help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# --- set-up ---------------------------------------------------------------------------------------------------------

.local/uv/bin/uv:
	python3 -m venv .local/uv
	.local/uv/bin/python -m pip install --quiet --disable-pip-version-check uv

.venv/.synced: requirements-dev.txt pyproject.toml | $(filter .local/%,$(UV))
	$(UV) venv --quiet --allow-existing --python $(PYTHON_VERSION) .venv
	$(UV) pip sync --quiet --python $(PY) --require-hashes --compile-bytecode requirements-dev.txt
	$(UV) pip install --quiet --python $(PY) --no-deps --editable .
	touch $@

.PHONY: venv
venv: .venv/.synced ## the virtual environment in .venv

# --- requirements ---------------------------------------------------------------------------------------------------

COMPILE = $(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	--python-version $(PYTHON_VERSION)
group = --group pyproject.toml:$(1)
LOCKED := requirements-dev.txt layers/common/requirements.txt local/requirements-sam.txt \
	local/requirements-ministack.txt $(FUNCTIONS_WITH_REQUIREMENTS:%=functions/%/requirements.txt)

.PHONY: lock
lock: | $(filter .local/%,$(UV)) ## compile pyproject.toml into the requirement files
	$(COMPILE) pyproject.toml -o layers/common/requirements.txt
	for flow in $(FUNCTIONS_WITH_REQUIREMENTS); do $(COMPILE) $(call group,$$flow) \
		-c layers/common/requirements.txt -o functions/$$flow/requirements.txt; done
	for tool in sam ministack; do $(COMPILE) $(call group,$$tool) -o local/requirements-$$tool.txt; done
	$(COMPILE) pyproject.toml $(foreach flow,$(FUNCTIONS_WITH_REQUIREMENTS) dev,$(call group,$(flow))) -o requirements-dev.txt

# What is locked stays as it is until `make lock` is asked to change it, so this asks no registry for news.
.PHONY: lock-check
lock-check: | $(filter .local/%,$(UV)) ## fail when a requirement file is not what pyproject.toml says
	@scratch=$$(mktemp -d); trap 'rm -rf "$$scratch"' EXIT; \
	cp --parents $(LOCKED) pyproject.toml .python-version Makefile local/local.mk web/web.mk "$$scratch"; \
	$(MAKE) --silent --directory "$$scratch" UV="$$(realpath "$$(command -v $(UV))")" lock; \
	for file in $(LOCKED); do cmp --quiet "$$file" "$$scratch/$$file" || { echo "$$file: run make lock"; exit 1; }; done

# Amazon's own DynamoDB Local, for the storage tests and the benchmark.
DYNAMODB_LOCAL_VERSION := 2.9.30
DYNAMODB_LOCAL_SHA256 := 3503ffac19f183407909fecdacf4db51ab1fdad1da7b2f177016670b2d80e4b9

.local/dynamodb/DynamoDBLocal.jar:
	mkdir -p .local/dynamodb
	cd .local/dynamodb && npm pack --silent amplify-dynamodb-simulator@$(DYNAMODB_LOCAL_VERSION) >/dev/null
	cd .local/dynamodb && echo "$(DYNAMODB_LOCAL_SHA256)  amplify-dynamodb-simulator-$(DYNAMODB_LOCAL_VERSION).tgz" | sha256sum --check --quiet
	cd .local/dynamodb && tar -xzf *.tgz --strip-components=2 package/emulator && rm *.tgz

.PHONY: openapi
openapi: .venv/.synced ## write web/openapi.json from the handlers
	$(PY) web/openapi.py

# --- the pages and the local cloud ----------------------------------------------------------------------------------

include web/web.mk
include local/local.mk

# --- tests ----------------------------------------------------------------------------------------------------------

PYTEST := $(PY) -m pytest --quiet
PYTHON_SOURCES := layers functions local tests bench web/openapi.py

.PHONY: test
test: ## everything that CI runs
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target lint type unit stack
	@$(MAKE) --no-print-directory engine standin e2e
	@echo "make test: all green"

.PHONY: lint
lint: .venv/.synced web-lint ## style of the Python code and the pages
	.venv/bin/ruff check --quiet $(PYTHON_SOURCES)
	.venv/bin/ruff format --quiet --check $(PYTHON_SOURCES)

# Each function has a handler.py of its own name, so each is checked by itself.
.PHONY: type
type: .venv/.synced web-check ## types of the Python code and the pages
	.venv/bin/mypy layers/common/admit local tests bench web/openapi.py
	@for flow in functions/*/; do .venv/bin/mypy --no-error-summary $${flow}handler.py || exit 1; done

.PHONY: unit
unit: .venv/.synced web-test ## the domain alone, and the pages' units
	$(PYTEST) tests/unit
	$(PY) web/openapi.py --check

.PHONY: engine
engine: .venv/.synced .local/dynamodb/DynamoDBLocal.jar $(WEB_STAMPS)/generate ## races, replays and faults on DynamoDB Local
	$(PYTEST) --numprocesses 2 --dist loadfile tests/engine

.PHONY: stack
stack: .venv/.synced ## the template against the house rules
	$(PYTEST) tests/stack

.PHONY: standin
standin: .venv/.synced ## the Stripe stand-in against Stripe's samples and library
	$(PYTEST) tests/standin

.PHONY: e2e
e2e: tools web-build browser ## the deployed stack on the local cloud, and its pages in Chromium
	$(PYTEST) --numprocesses 2 --dist loadfile tests/e2e

.PHONY: screenshots
screenshots: tools web-build browser ## every page in every state, as pictures in .local/screenshots
	$(PY) -m tests.e2e.pages.screenshots $(STATES)

.PHONY: rush
rush: tools web-build ## a thousand card orders at once on the local cloud, while Stripe's news get lost
	ADMIT_RUSH_ORDERS=$${ADMIT_RUSH_ORDERS:-1000} $(PYTEST) --capture=no tests/e2e/test_money_rush.py

.PHONY: bench
bench: .venv/.synced .local/dynamodb/DynamoDBLocal.jar ## requests, units, CPU and import times beside their targets
	$(MAKE) build BUILD_DIR=.local/build/artifacts ARCHITECTURE=$(if $(filter aarch64,$(shell uname -m)),arm64,x86_64)
	$(PY) -m bench

# Chromium and its driver, from Debian's packages where they are missing and we may install them.
.PHONY: browser
browser:
	@command -v chromium >/dev/null || { \
		[ "$$(id -u)" = 0 ] || { echo "Chromium is missing: install Debian's packages chromium and chromium-driver" >&2; exit 1; }; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium chromium-driver >/dev/null; }
