# The verbs of the project. `go test ./...` alone is enough to test it.
.PHONY: check demo test lint fuzz bench bench-poll golden
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
