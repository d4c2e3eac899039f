# The local cloud, and the tools it needs. Each tool lives in an environment of its own: it pins what the project must not.

BUILD_DIR ?= .aws-sam/build
ARCHITECTURE ?= arm64

.local/%/.synced: local/requirements-%.txt | $(filter .local/%,$(UV))
	$(UV) venv --quiet --allow-existing --python $(PYTHON_VERSION) .local/$*
	$(UV) pip sync --quiet --python .local/$*/bin/python --require-hashes --compile-bytecode $<
	touch $@

# SAM ships no compiled modules, which doubles a cold start. They are checked against nothing when they are loaded: what
# is deployed is read-only.
.PHONY: build
build: .venv/.synced .local/sam/.synced ## the functions as they are deployed, in BUILD_DIR for ARCHITECTURE
	PATH="$(CURDIR)/.venv/bin:$$PATH" .local/sam/bin/sam build --cached --parallel --config-env none \
		--build-dir $(BUILD_DIR) --cache-dir $(dir $(BUILD_DIR))cache --parameter-overrides Architecture=$(ARCHITECTURE)
	$(PY) -m compileall -q -s $(BUILD_DIR) --invalidation-mode unchecked-hash $(BUILD_DIR)

.PHONY: tools
tools: .venv/.synced .local/sam/.synced .local/ministack/.synced

.PHONY: run
run: tools web-build ## the whole house on this machine, until Ctrl-C
	@exec $(PY) -m local up

.PHONY: down
down: .venv/.synced ## stop what a crashed `make run` left behind
	@$(PY) -m local down
