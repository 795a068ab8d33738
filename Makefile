# make check   everything that is checked before a change lands, but for what .ci/run installs
# make bench   figures beside the rivals, and their ratios, from one run
# make fuzz    each parser for FUZZTIME, a time or a number of tries: 20s, 20000x
# make torture power cuts on a disk that loses what a real one may lose, SEEDS times eight of them, with and without logs that
#              fail; kills at every step; every damage; kills, failing system calls and cuts of real file systems, as root
# make mutants faults put in on purpose, one at a time, and the test that catches each

GO ?= go
FUZZTIME ?= 20s
COUNT ?= 4
SEEDS ?= 15000
BENCH ?= .
BENCHTIME ?= 200ms
# SQLite is C and compiles for more than a minute: BENCHTAGS= leaves its rows out.
BENCHTAGS ?= sqlite
BENCHOUT ?= $(or $(TMPDIR),/tmp)/fixarchive-bench.txt
PLATFORMS = darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.PHONY: check check-code cross test race fuzz torture mutants bench

check: check-code cross test race

check-code:
	@files=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$files" || { echo "gofmt would change:"; echo "$$files"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) mod verify
	$(GO) mod tidy -diff

# What a platform lacks falls back: it must build and vet there, tests included.
cross:
	@set -e; for p in $(PLATFORMS); do echo "vet $$p"; GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) vet ./...; done

test:
	$(GO) test ./...

race:
	$(GO) test -race -short ./internal/... .

fuzz:
	@set -e; for pkg in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg >/tmp/fuzz.$$$$ 2>&1 || { cat /tmp/fuzz.$$$$; exit 1; }; \
		done; done

torture:
	$(GO) test -v -timeout 0 -run '^TestPowerCuts' ./internal/sink -torture.seeds $(SEEDS)
	FIXARCHIVE_FULL=1 $(GO) test -timeout 0 -run 'TestKilledAtEveryStepOfTheSink|TestEveryDamage|TestDerived|TestStoreHistory' . ./internal/sink ./internal/store
	FIXARCHIVE_FULL=1 FIXARCHIVE_KILLS=500 FIXARCHIVE_CUTS=200 FIXARCHIVE_STORE_KILLS=200 $(GO) test -v -count=1 -timeout 0 ./integration

# One round runs everything once: what a noisy minute does to one, it does to its rival.
bench:
	@$(GO) test -c -tags '$(BENCHTAGS)' -o $(BENCHOUT).test ./integration/bench
	@rm -f $(BENCHOUT)
	@set -e; for round in $$(seq $(COUNT)); do \
		echo "round $$round of $(COUNT), $$(uptime)" >&2; \
		$(BENCHOUT).test -test.run '^$$' -test.bench '$(BENCH)' -test.benchtime $(BENCHTIME) >$(BENCHOUT).round || { cat $(BENCHOUT).round; exit 1; }; \
		cat $(BENCHOUT).round; cat $(BENCHOUT).round >>$(BENCHOUT); \
	done
	@rm -f $(BENCHOUT).test $(BENCHOUT).round
	@$(GO) tool benchstat $(BENCHOUT)
	@$(GO) run ./integration/bench/ratios <$(BENCHOUT)
