# From a clean clone with Go, Node and make:
#
#   make run     build, check and plan the example register, then open its pages (^C ends it)
#   make test    every test
#   make check   what has to hold before a change goes in

GO      ?= go
NPM     ?= npm
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unversioned)
EXAMPLE ?= examples/tallinn

# Third-party assets are generated from pinned packages into ignored folders,
# once: the stamp is newer than what they are made from.
ASSETS  := assets/node_modules/.stamp

# What drives the pages in a browser, for the tests.
DRIVER  := e2e/node_modules/.stamp

# For make run, as in: make run DEMO_FLAGS='--no-open --listen 127.0.0.1:9000'
DEMO_FLAGS ?=

.PHONY: help
help:
	@echo "make run    build, check and plan the example register, open its pages"
	@echo "make build  bin/entente"
	@echo "make test   every test"
	@echo "make check  format, vet, staticcheck, tests with the race detector"
	@echo "make bench  how fast, on what, and beside whom (make peers installs those)"
	@echo "make load   the server under load, beside a bare one"
	@echo "make soak   the long tests"
	@echo "make fuzz   a minute of junk for each reader"

.PHONY: run
run: build
	@echo
	@echo '$$ entente check $(EXAMPLE) --level error'
	@bin/entente check $(EXAMPLE) --level error || [ $$? -eq 1 ]
	@echo
	@echo '$$ entente plan $(EXAMPLE)'
	@bin/entente plan $(EXAMPLE)
	@echo
	@echo 'The command is bin/entente. To begin a register of your own: bin/entente new my-register'
	@echo
	@echo '$$ entente demo $(DEMO_FLAGS)'
	@bin/entente demo $(DEMO_FLAGS) || [ $$? -eq 130 ]

# Go itself knows what has to be built anew.
.PHONY: build
build: $(ASSETS)
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/entente ./cmd/entente

.PHONY: assets
assets: $(ASSETS)

$(ASSETS): assets/package.json assets/package-lock.json $(wildcard assets/*.mjs)
	cd assets && $(NPM) ci --no-audit --no-fund --loglevel=error && $(NPM) run --silent build
	@touch $@

$(DRIVER): e2e/package.json e2e/package-lock.json
	cd e2e && $(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: test
test: $(ASSETS) $(DRIVER)
	$(GO) test ./...

# Conversations, browsers and benches drive the same code from outside, and take
# minutes each under the race detector.
RACED = $(shell $(GO) list ./... | grep -v -e /cmd/ -e /e2e -e /bench)

.PHONY: check
check: $(ASSETS) $(DRIVER)
	@bad=$$(gofmt -l $$($(GO) list -f "{{.Dir}}" ./...)); \
	  if [ -n "$$bad" ]; then echo "not formatted; run gofmt -w on:"; echo "$$bad"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) test -race -short $(RACED)

# How many worlds are searched for a difference that hidden records make.
WORLDS ?= 10000

.PHONY: soak
soak: $(ASSETS) $(DRIVER)
	ENTENTE_SOAK=1 $(GO) test -count=1 -timeout 60m -v -run 'Kill|Outage|Full|HandEdits|FileEdits|TwoWorkers' ./ledger/... ./jobs/...
	ENTENTE_SOAK=1 ENTENTE_WORLDS=$(WORLDS) $(GO) test -count=1 -timeout 180m -v -run 'TestHiddenIsAbsent$$' ./cmd/entente
	ENTENTE_SOAK=1 $(GO) test -count=1 -timeout 180m -skip 'TestHiddenIsAbsent$$' ./...

# What is raced on, and how long anybody may take: a few minutes in all, or with
# FULL=1 everything that docs/performance.md records, an hour or two.
RACESIZES   ?= $(if $(FULL),Q$(comma)S$(comma)M$(comma)L,Q$(comma)S)
RACELIMIT   ?= $(if $(FULL),400s,30s)
RACEAS      ?= textbook,cheapest
ROTALIMIT   ?= $(if $(FULL),120s,40s)
GROWTHLOTS  ?= 500,1000,2000$(if $(FULL),$(comma)5000$(comma)10000$(comma)20000$(comma)35000$(comma)50000)
LEAVEORDERS ?= $(if $(FULL),64,8)
LEAVELIMIT  ?= $(if $(FULL),3600s,120s)
RACEPYTHON  ?= $(if $(wildcard bench/out/venv/bin/python),bench/out/venv/bin/python,python3)
comma       := ,

.PHONY: bench
bench: race
	$(GO) test -run '^$$' -bench . -benchmem ./...

# Entente beside other solvers on the same worlds.
.PHONY: race
race: $(ASSETS)
	$(GO) build -o bin/race ./bench/race
	bin/race plans -size $(RACESIZES) -as $(RACEAS) -limit $(RACELIMIT) -python $(RACEPYTHON)
	bin/race rotation -limit $(ROTALIMIT) -python $(RACEPYTHON)
	bin/race growth -lots $(GROWTHLOTS) -limit $(RACELIMIT)
	bin/race departures -size S -orders $(LEAVEORDERS) -limit $(LEAVELIMIT)
	$(if $(FULL),bin/race departures -size M -orders 0 -limit $(LEAVELIMIT))

# The server under load: make load LOAD='-for 10m'
LOAD ?= -for 1m

.PHONY: load
load: build
	$(GO) run ./bench/load -entente bin/entente $(LOAD)

# What is raced against, as far as it is missing: needs Python, and for CLP, CBC
# and GLPK a Debian and its administrator.
.PHONY: peers
peers:
	@test -x bench/out/venv/bin/python || python3 -m venv bench/out/venv
	@bench/out/venv/bin/python -c 'import cylp, highspy, ortools' 2>/dev/null || \
	  bench/out/venv/bin/pip install --quiet highspy==1.15.1 ortools==9.15.6755 cylp==0.94.1
	@command -v clp >/dev/null && command -v cbc >/dev/null && command -v glpsol >/dev/null || \
	  apt-get install -y --no-install-recommends coinor-clp coinor-cbc glpk-utils

FUZZTIME ?= 60s

.PHONY: fuzz
fuzz: $(ASSETS)
	@grep -rlE '^func Fuzz' --include='*_test.go' . | while read -r file; do \
	  for name in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/p' "$$file"); do \
	    echo "$$(dirname $$file) $$name"; \
	    $(GO) test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x "$$(dirname $$file)" || exit 1; \
	  done; \
	done

.PHONY: clean
clean:
	rm -rf bin assets/node_modules e2e/node_modules e2e/shots lp/highs/dist web/dist
