//go:build race

package match

// raceDetector says that the tests run under the race detector, which empties pools at random
// and is slow at compiling rules.
const raceDetector = true
