//go:build race

package feeds

// raceDetector says that the tests run under the race detector, which makes parsing ten times
// slower.
const raceDetector = true
