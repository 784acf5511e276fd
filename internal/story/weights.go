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
	xOne:         1.025,
	xCentre:      0.494,
	xClosest:     -0.113,
	xSecond:      1.062,
	xMean:        -0.593,
	xCovered:     0.489,
	xOwn:         1.115,
	xRare:        2.885,
	xRarest:      1.210,
	xNames:       0.337,
	xNamesLack:   -0.237,
	xNumbers:     -0.226,
	xNumbersLack: -0.036,
	xGap:         -0.974,
	xAge:         -0.516,
	xSize:        -0.673,
	xRecent:      0.267,
	xShort:       0.226,
	xRival:       -5.489,
	xCrowd:       -0.960,
	xCentreSize:  1.327,
	xOwnSize:     -0.000,
	xGapLike:     0.423,
	xCrowdLike:   0.577,
	xLikeLike:    -0.761,
	xSketch:      0.575,
	xContains:    0.704,
	xYoung:       -0.326,
	xYoungLike:   -1.139,
}
