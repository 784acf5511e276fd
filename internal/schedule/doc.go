// Package schedule decides when each feed is asked next, and holds the feeds
// until then.
//
// It owns the words an editor writes for a rhythm (ParseSpec), the decision
// after a round (Next: adaptive pace, publishers' wishes, back-off), the queue
// of due feeds with its manners towards hosts (Queue), the daemon's own fixed
// jobs (Jobs), and the two judgements that need many rounds: that our own
// network is down (Outage) and that a feed has fallen silent against its habit
// (Quiet). It asks nobody anything and stores nothing; what it must remember
// of a feed stands in news.FeedState.
//
// Start reading at Next.
package schedule
