//go:build race

package story

// raceDetector says that the tests run under the race detector, which finds
// nothing in measuring: one goroutine does it, ten times slower.
const raceDetector = true
