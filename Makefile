# `make run` and `make test` set up everything they need; the other targets are their parts.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# Compiled modules halve the start of every tool.
unexport PYTHONDONTWRITEBYTECODE

PYTHON_VERSION := $(shell cat .python-version)
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .local/uv/bin/uv)
PY := .venv/bin/python
FUNCTIONS_WITH_REQUIREMENTS := purchase settle checkin organizer generate_tickets

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

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

COMPILE := $(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version $(PYTHON_VERSION)
FUNCTION_REQUIREMENTS := $(FUNCTIONS_WITH_REQUIREMENTS:%=functions/%/requirements.txt)

.PHONY: lock
lock: | $(filter .local/%,$(UV)) ## compile pyproject.toml into the requirement files
	$(COMPILE) pyproject.toml -o layers/common/requirements.txt
	$(foreach flow,$(FUNCTIONS_WITH_REQUIREMENTS),$(COMPILE) --group pyproject.toml:$(flow) -c layers/common/requirements.txt -o functions/$(flow)/requirements.txt;)
	$(COMPILE) $(FUNCTIONS_WITH_REQUIREMENTS:%=--group pyproject.toml:%) --group pyproject.toml:dev pyproject.toml -o requirements-dev.txt

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
