# Skywatch: two commands are enough for everyday use, `make run` and `make test`.
# Everything that is needed beyond Go and Node is fetched by the targets below.

GO      ?= go
NPM     ?= npm
LISTEN  ?= 127.0.0.1:4580
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X skywatch/internal/server.Version=$(VERSION)
UI_SRC  := $(shell find web/ui -path web/ui/node_modules -prune -o -type f -print 2>/dev/null)

.PHONY: run test unit lint bench bench-logs build ui e2e tools clean fuzz

## run: build everything and open the product on a simulated estate of 500 resources
run: build
	bin/skywatch demo --listen $(LISTEN)

## build: bin/skywatch with the web UI inside
build: internal/web/dist/index.html
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/skywatch ./cmd/skywatch

ui: internal/web/dist/index.html

internal/web/dist/index.html: $(UI_SRC) web/ui/node_modules/.installed
	cd web/ui && $(NPM) run --silent build

web/ui/node_modules/.installed: web/ui/package-lock.json
	cd web/ui && $(NPM) ci --no-audit --no-fund
	touch $@

## test: all of it: static checks, unit tests, UI tests, the real binary driven by real clients
test: tools lint unit e2e

## unit: Go unit tests and UI unit tests
unit: web/ui/node_modules/.installed
	$(GO) test ./...
	cd web/ui && $(NPM) test --silent

## lint: formatting, vet, types
lint: web/ui/node_modules/.installed
	@bad=$$(gofmt -l bench cmd internal test); if [ -n "$$bad" ]; then echo "not formatted by gofmt: $$bad"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags e2e ./test/...
	cd web/ui && $(NPM) run --silent lint

## e2e: the built binary driven by boto3, AWS CLI, the Go and JavaScript SDKs and Chromium
e2e: build tools test/clients/node_modules/.installed
	$(GO) test -tags e2e -count=1 -timeout 20m ./test/...

test/clients/node_modules/.installed: test/clients/package-lock.json
	cd test/clients && $(NPM) ci --no-audit --no-fund
	touch $@

## tools: the clients the end-to-end tests drive (installs Debian packages when root)
tools:
	sh test/tools.sh

## bench: Go benchmarks of every room
bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

## bench-logs: a day of EVENTS log events through the APIs, the everyday questions, and DuckDB beside it (needs cgo, minutes, some GB)
EVENTS ?= 5000000
bench-logs: build
	GO=$(GO) sh bench/logs.sh bin/bench --events $(EVENTS)

## fuzz: every fuzz target for FUZZTIME each
FUZZTIME ?= 20s
fuzz:
	GO=$(GO) FUZZTIME=$(FUZZTIME) sh test/fuzz.sh

clean:
	rm -rf bin internal/web/dist/* web/ui/node_modules test/clients/node_modules
