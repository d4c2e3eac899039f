# The pages. Each step keeps a stamp and runs again only when what it reads has changed.

WEB_STAMPS := web/node_modules/.stamps
WEB_SOURCES := $(shell find web/src web/static web/scripts -type f ! -name schema.d.ts 2>/dev/null) \
	$(wildcard web/*.js web/*.ts web/*.json web/.prettier*)

$(WEB_STAMPS)/install: web/package.json web/package-lock.json web/.npmrc
	cd web && npm ci --no-progress
	mkdir -p $(@D) && touch $@

$(WEB_STAMPS)/generate: web/openapi.json $(WEB_STAMPS)/install
	cd web && npm run --silent generate
	touch $@

$(WEB_STAMPS)/lint: $(WEB_SOURCES) $(WEB_STAMPS)/generate
	cd web && npm run --silent lint
	touch $@

$(WEB_STAMPS)/check: $(WEB_SOURCES) $(WEB_STAMPS)/generate
	cd web && npm run --silent check
	touch $@

$(WEB_STAMPS)/test: $(WEB_SOURCES) $(WEB_STAMPS)/generate
	cd web && npm run --silent test
	touch $@

# The last of what the build writes.
web/build/work/index.html: $(WEB_SOURCES) $(WEB_STAMPS)/generate
	cd web && npm run --silent build

.PHONY: web-lint web-check web-test web-build
web-lint: $(WEB_STAMPS)/lint ## style of the pages
web-check: $(WEB_STAMPS)/check ## types of the pages
web-test: $(WEB_STAMPS)/test ## unit tests of the pages
web-build: web/build/work/index.html ## the pages in web/build, with their size
