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
	xOne:         0.968,
	xCentre:      0.517,
	xClosest:     -0.073,
	xSecond:      1.033,
	xMean:        -0.656,
	xCovered:     0.590,
	xOwn:         0.895,
	xRare:        2.876,
	xRarest:      1.304,
	xNames:       0.336,
	xNamesLack:   -0.253,
	xNumbers:     -0.389,
	xNumbersLack: -0.034,
	xGap:         -0.991,
	xAge:         -0.536,
	xSize:        -0.673,
	xRecent:      0.256,
	xShort:       0.195,
	xRival:       -4.926,
	xCrowd:       -0.971,
	xCentreSize:  1.316,
	xOwnSize:     -0.099,
	xGapLike:     0.290,
	xCrowdLike:   0.684,
	xLikeLike:    -0.716,
	xSketch:      0.637,
	xKin:         -1.223,
	xContains:    0.704,
	xYoung:       -0.346,
	xYoungLike:   -1.317,
}
