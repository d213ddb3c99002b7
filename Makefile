# Countersign. `make` lists what can be made; README.md begins with `make demo`.
#
# Beforehand a machine needs Go 1.26, git and make; the rest is installed by
# packaging/setup.sh when it is missing. No target reads standard input.

# The build tags, set here once for build, vet, tests and staticcheck:
#   x11                                      windows by X11 alone, no Wayland libraries
#   migrated_fynedo                          screens change only through fyne.Do
#   no_emoji                                 without the font of emoji, which no screen shows: 4 MB
#   gocv_specific_modules, gocv_videoio      only the OpenCV that Debian 12 has
# What was set in GOFLAGS before is kept, its tags apart.
TAGS := x11,migrated_fynedo,no_emoji,gocv_specific_modules,gocv_videoio
given := $(if $(filter command line,$(origin GOFLAGS)),$(GOFLAGS),$(shell go env GOFLAGS 2>/dev/null))
kept := $(filter-out -tags=%,$(given))
override GOFLAGS := $(strip $(kept) -tags=$(TAGS))
export GOFLAGS
export CGO_ENABLED = 1

comma := ,

# Without migrated_fynedo Fyne says when a screen is changed by the wrong goroutine.
THREADCHECKS := $(strip $(kept) -tags=$(subst $(comma)migrated_fynedo,,$(TAGS)))

ARGS ?=#            passed on: to the demonstration, or to go test
PKG ?= ./...#       the packages that test, check, bench and fuzz take
JOBS ?= 2#          packages tested at a time
TIMEOUT ?= 20m#     for the tests of one package
FUZZTIME ?= 5s#     for each fuzz target
BENCH ?= .#         the benchmarks that bench runs
ONLY ?=#            the screens that screens draws, as an expression on their names
DATA ?=#            the folder of prints that bench-fingerprint measures on

FOLDERS := $(wildcard app assets devices packaging protocol settlementclient)
DISPLAY_OF_ITS_OWN := packaging/with-display.sh

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo screens test bench bench-fingerprint chaos build package check fuzz vectors clean test-packages test-boot test-windows setup-build setup-package setup-packages setup-boot setup-windows setup-test setup-demo

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: setup-demo bin ## open the shop on this machine; AUTO=1 plays one sale, RAIL=tap by tap, SCENE=… a refused one, FINGER=phone; ARGS=…
	@exec bin/demo $(ARGS)

# Each language and look is drawn by a process of its own: Fyne's test windows stay in memory, 18 MB each.
screens: setup-test ## draw every screen of every window in every language and look, into demo-out/screens; ONLY='^zh-' for a part
	@status=0; rm -rf demo-out/screens; mkdir -p demo-out/screens; \
	for window in terminal terminal/office terminal/customer terminal/welcome wallet wallet/trusted enrol; do \
		out='$(CURDIR)/demo-out/screens/'$$(echo $$window | tr / -); mkdir "$$out"; \
		go test -c -vet=off -o "$$out/gallery" ./app/$$window/screens || { status=1; continue; }; \
		draw() { (cd app/$$window/screens && GOMEMLIMIT=3GiB '$(CURDIR)/$(DISPLAY_OF_ITS_OWN)' "$$out/gallery" -test.timeout 60m -test.run '^TestGallery' -gallery "$$out" "$$@") || status=1; }; \
		if [ -n '$(ONLY)' ]; then draw -only '$(ONLY)'; else \
			for language in en zh de; do \
				draw -only "^$$language-" -without "^$$language-(light|contrast|large)-"; \
				for look in light contrast large; do draw -only "^$$language-$$look-"; done; \
			done; \
		fi; \
		rm "$$out/gallery"; \
	done; echo "$$(find demo-out/screens -name '*.png' | wc -l) pictures in demo-out/screens"; exit $$status

test: setup-test bin check ## everything: build, check, all tests with -race; PKG=./app/... ARGS='-run Sale' for a part
	@status=0; export BIN='$(CURDIR)/bin'; \
	pixels=$$(go list $(PKG) | grep -E '/(screens|widgets|camera|virtualcamera|extraction|ridges|minutiae|fingerprint|app/terminal|journal)$$' || :); \
	if [ -n "$$pixels" ]; then \
		echo 'go test: pictures and mishaps in full, the screens with the checks for the wrong goroutine'; \
		GOFLAGS='$(THREADCHECKS)' $(DISPLAY_OF_ITS_OWN) \
			go test -vet=off -p $(JOBS) -timeout $(TIMEOUT) $(ARGS) $$pixels || status=1; \
	fi; \
	echo 'go test: everything, with -race (fewer mishaps; the galleries were drawn above, where no race detector slows the painter tenfold)'; \
	$(DISPLAY_OF_ITS_OWN) go test -race -vet=off -p $(JOBS) -timeout $(TIMEOUT) -skip '^TestGallery' $(ARGS) $(PKG) || status=1; \
	exit $$status

bench: setup-test ## measure, in Go's benchmark format; BENCH=Decode PKG=./devices/... for a part
	@measured=$$(for folder in $$(go list -f '{{.Dir}}' $(PKG)); do \
		! grep -qs '^func Benchmark' "$$folder"/*_test.go || echo "$$folder"; done); \
	if [ -z "$$measured" ]; then echo 'no benchmarks in $(PKG)' >&2; exit 1; fi; \
	$(DISPLAY_OF_ITS_OWN) go test -run '^$$' -bench '$(BENCH)' -benchmem -p 1 -timeout 30m $(ARGS) $$measured

bench-fingerprint: setup-build ## how good the comparison of fingers is on the prints in DATA=…; curve and thresholds go to dist/fingerprint; ARGS='--dpi DB2_B=569'
	go run ./app/accuracy --data '$(DATA)' $(ARGS)

chaos: setup-test bin ## kill a town's processes at every fail point, cut its power and its lines, on both stores; ARGS='--seed N --store bolt'
	@exec bin/chaos $(ARGS)

build: setup-build bin ## build the programs into bin/

# bin builds every program below app/ without asking for packages first.
.PHONY: bin
bin:
	@programs=$$(go list -f '{{if eq .Name "main"}}{{.ImportPath}}{{end}}' ./app/...) && \
	if [ -n "$$programs" ]; then mkdir -p bin && go build -o bin/ $$programs; fi

package: setup-package ## build the packages into dist/; VERSION=… names them, TWICE=1 compares two builds in two folders
	@packaging/build.sh $(if $(filter-out 0,$(TWICE)),--twice) dist

test-packages: setup-packages ## try the packages in dist/: in a fresh Debian, as root, install, sales, kill -9, upgrade, purge; those for Windows under Wine; OUT=… keeps logs and pictures
	@[ -e dist/SHA256SUMS ] || $(MAKE) package
	@status=0; OUT='$(OUT)' packaging/trial/trial.sh dist || status=1; \
	if ls dist/*-setup.exe >/dev/null 2>&1; then $(MAKE) test-windows PICTURES='$(if $(OUT),$(OUT)/windows)' || status=1; fi; \
	exit $$status

test-boot: setup-boot ## boot the packages for Debian in dist/ in an emulated machine, as root: units, watchdog, keys, devices; PICTURES=… keeps its screens
	@[ -e dist/SHA256SUMS ] || $(MAKE) package
	@packaging/boot/run.sh dist $(PICTURES)

test-windows: setup-windows bin ## try the packages for Windows in dist/ under Wine, which is no Windows; PICTURES=… keeps its windows' pictures
	@BIN='$(CURDIR)/bin' PICTURES='$(PICTURES)' packaging/windows/try.sh dist

check: setup-build ## gofmt, go vet, staticcheck, and the modules against go.sum
	@unformatted=$$(gofmt -l $(FOLDERS)); \
	if [ -n "$$unformatted" ]; then echo 'not formatted (gofmt -w):' $$unformatted >&2; exit 1; fi
	go vet $(PKG)
	go tool staticcheck $(PKG)
	go mod verify
	go mod tidy -diff

fuzz: setup-build ## run each fuzz target for a few seconds; FUZZTIME=1m for longer, PKG=./protocol/... for a part
	@set -e; for folder in $$(go list -f '{{.Dir}}' $(PKG)); do \
		grep -qs '^func Fuzz' "$$folder"/*_test.go || continue; \
		targets=$$(cd "$$folder" && go test -list '^Fuzz' .) || { echo "$$targets"; exit 1; }; \
		for target in $$(echo "$$targets" | grep '^Fuzz'); do \
			echo "$$target in $${folder#$(CURDIR)/}"; \
			(cd "$$folder" && go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $(ARGS) .); \
		done; \
	done

vectors: ## check the published test vectors of the protocol; ARGS=… goes to their tests
	@go test -list Vector ./protocol | grep -q '^Test' || { echo 'no test of vectors in ./protocol' >&2; exit 1; }
	go test -count=1 -v -run Vector ./protocol $(ARGS)

clean: ## remove what was built and the demonstration's pictures
	rm -rf bin dist demo-out

setup-build setup-package setup-packages setup-boot setup-windows setup-test setup-demo:
	@packaging/setup.sh $(@:setup-%=%)
