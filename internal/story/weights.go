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
	xOne:         1.024,
	xCentre:      0.611,
	xClosest:     0.142,
	xSecond:      1.035,
	xMean:        -0.588,
	xCovered:     0.426,
	xOwn:         0.963,
	xRare:        2.912,
	xRarest:      1.299,
	xNames:       0.413,
	xNamesLack:   -0.208,
	xNumbers:     -0.366,
	xNumbersLack: -0.049,
	xGap:         -1.020,
	xAge:         -0.516,
	xSize:        -0.662,
	xRecent:      0.272,
	xShort:       0.169,
	xRival:       -5.229,
	xCrowd:       -0.796,
	xCentreSize:  1.219,
	xOwnSize:     -0.054,
	xGapLike:     0.345,
	xCrowdLike:   0.588,
	xLikeLike:    -0.725,
	xSketch:      0.661,
	xYoung:       -0.334,
	xYoungLike:   -1.139,
}
