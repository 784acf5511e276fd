package story

// weights join the parts of a likeness into one. They are written by
//
//	go test ./internal/story -run TestTrain -train
//
// which fits a logistic regression to the labelled time line of the tests: for
// every report the stories that share its rare words, each told whether it is
// the true one, every kind of news weighing the same. The bias is then lowered
// by deskOffset, so that a report joins from likeness 0.5 on. What the weights
// do on stories that they have not seen is printed by TestCrosscheck.
var weights = features{
	xOne:         1.041,
	xCentre:      0.489,
	xClosest:     -0.071,
	xSecond:      1.011,
	xMean:        -0.323,
	xCovered:     0.541,
	xOwn:         0.814,
	xRare:        2.885,
	xRarest:      1.462,
	xNames:       0.167,
	xNamesLack:   -0.246,
	xNumbers:     -0.082,
	xNumbersLack: 0.015,
	xGap:         -0.983,
	xAge:         -0.513,
	xSize:        -0.673,
	xRecent:      0.291,
	xShort:       0.198,
	xRival:       -5.601,
	xCrowd:       -1.120,
	xCentreSize:  1.254,
	xOwnSize:     0.054,
	xGapLike:     0.398,
	xCrowdLike:   0.578,
	xLikeLike:    -0.591,
	xSketch:      0.476,
	xContains:    0.917,
	xYoung:       -0.621,
	xYoungLike:   -1.013,
}
