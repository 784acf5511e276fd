package story

// weights join the parts of a likeness into one. They are written by
//
//	go test ./internal/story -run TestTrain -train
//
// which fits a logistic regression to the labelled time line of the tests: for
// every report the stories that share its rare words, each told whether it is
// the true one, every kind of news weighing the same. A search from there on
// raises the streamed B-cubed F, less for stories missed and repeats told;
// -further goes on with that search. What weights so learned do on stories that
// they have not seen is printed by TestCrosscheck.
var weights = features{
	xOne:         0.285,
	xCentre:      1.103,
	xClosest:     0.125,
	xSecond:      1.376,
	xMean:        -0.407,
	xCovered:     2.065,
	xOwn:         2.123,
	xRare:        1.787,
	xRarest:      2.331,
	xNames:       -0.034,
	xNamesLack:   -0.085,
	xNumbers:     0.251,
	xNumbersLack: 0.055,
	xGap:         -1.128,
	xAge:         -0.279,
	xSize:        -0.659,
	xRecent:      0.270,
	xShort:       -0.796,
	xRival:       -4.440,
	xCrowd:       -1.743,
	xCentreSize:  1.191,
	xOwnSize:     0.010,
	xGapLike:     0.371,
	xCrowdLike:   0.276,
	xLikeLike:    -1.330,
	xSketch:      0.901,
	xContains:    1.171,
	xYoung:       -1.198,
	xYoungLike:   -0.931,
}
