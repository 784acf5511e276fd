# The verbs of the project. `go test ./...` alone is enough to test it.
.PHONY: check demo test lint fuzz bench bench-poll golden crash pictures
check: lint test
demo:
	go run ./cmd/watcherd demo
test:
	go test -race ./...
lint:
	gofmt -l . | (! grep .)
	go vet ./...
	golangci-lint run
fuzz:
	.ci/fuzz 30s
bench:
	go test -run '^$$' -bench . -benchmem ./...
golden:
	go test ./... -update
bench-poll:
	go test -run '^$$' -bench BenchmarkPoll -benchtime 1x -v -timeout 20m ./cmd/watcherd
# Kills and faults: 1,000 seeds of the courier in faked time, then 1,000 of the
# built program killed with SIGKILL, which takes most of an hour (a seed waits
# more than it works). Both print what was lost and told twice.
SEEDS ?= 1-1000
crash:
	go test ./internal/notify/slack -run 'CrashMatrix$$' -v -timeout 30m -args -seeds 1000 | grep -vE '^=== |^ +--- PASS'
	WATCHERD_CRASH_SEEDS=$(SEEDS) go test ./cmd/watcherd -run Killed -v -timeout 4h -parallel 60 | grep -vE '^=== |^ +--- PASS'
pictures:
	go run ./internal/notify/slack/fakeslack/picture internal/notify/slack/testdata alert urgent update correction withdrawn digest ops claimed
