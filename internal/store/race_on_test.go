//go:build race

package store

// raceDetector says that the tests run under the race detector, with which a
// process takes long to start.
const raceDetector = true
