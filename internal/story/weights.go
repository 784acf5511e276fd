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
	xOne:         -0.185,
	xCentre:      1.189,
	xClosest:     0.426,
	xSecond:      1.602,
	xMean:        -1.201,
	xCovered:     2.604,
	xOwn:         1.822,
	xRare:        2.182,
	xRarest:      2.865,
	xNames:       -0.238,
	xNamesLack:   -0.195,
	xNumbers:     0.529,
	xNumbersLack: 0.036,
	xGap:         -0.983,
	xAge:         -0.528,
	xSize:        -0.688,
	xRecent:      0.207,
	xShort:       -0.992,
	xRival:       -3.673,
	xCrowd:       -2.513,
	xCentreSize:  1.694,
	xOwnSize:     -0.519,
	xGapLike:     0.478,
	xCrowdLike:   0.391,
	xLikeLike:    -1.154,
	xSketch:      1.025,
	xContains:    1.444,
	xYoung:       -0.327,
	xYoungLike:   -1.517,
}
