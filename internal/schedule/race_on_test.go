//go:build race

package schedule

// raceDetector says that the tests run under the race detector, which makes
// the simulations, one goroutine each, twenty times slower for nothing.
const raceDetector = true
