package story

// weights join the parts of a likeness into one. They are written by
//
//	go test ./internal/story -run TestTrain -train
//
// which fits a logistic regression to the labelled time line of the tests: for
// every report the stories that share its rare words, each told whether it is
// the true one, every kind of news weighing the same. A search from there on
// raises the streamed B-cubed F, less for stories missed and repeats told. What
// weights so learned do on stories that they have not seen is printed by
// TestCrosscheck.
var weights = features{
	xOne:         0.694,
	xCentre:      0.982,
	xClosest:     0.241,
	xSecond:      0.803,
	xMean:        -0.414,
	xCovered:     2.068,
	xOwn:         1.633,
	xRare:        1.556,
	xRarest:      2.456,
	xNames:       0.062,
	xNamesLack:   -0.080,
	xNumbers:     0.291,
	xNumbersLack: 0.077,
	xGap:         -1.065,
	xAge:         -0.478,
	xSize:        -0.704,
	xRecent:      0.228,
	xShort:       -0.523,
	xRival:       -5.463,
	xCrowd:       -1.091,
	xCentreSize:  1.049,
	xOwnSize:     -0.025,
	xGapLike:     0.355,
	xCrowdLike:   0.403,
	xLikeLike:    -0.828,
	xSketch:      0.833,
	xContains:    0.974,
	xYoung:       -0.597,
	xYoungLike:   -1.491,
}
