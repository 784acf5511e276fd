module github.com/watcherd/watcherd/internal/match/bench

go 1.26.0

replace github.com/watcherd/watcherd => ../../..

require (
	github.com/coregx/ahocorasick v0.3.0
	github.com/watcherd/watcherd v0.0.0-00010101000000-000000000000
)

require (
	github.com/abadojack/whatlanggo v1.0.1 // indirect
	golang.org/x/text v0.43.0 // indirect
)
