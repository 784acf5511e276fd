// Package feeds is what came in: it asks a feed's server politely and turns
// the answer into items with a stable identity.
//
// The fetch side ([Client]) sends the remembered validators, obeys the server
// and bounds what it takes. The parse side ([Parse]) makes bytes safe, reads
// RSS, Atom, JSON Feed and news sitemaps, broken ones too, and dates and links
// the items; [Identify] gives every item the names under which it is known
// again. Discovery ([DiscoverFeeds]) and feed lists ([ParseOPML]) live here as
// well. When a feed is asked, what matters in an item and what is remembered
// of it are decided elsewhere.
//
// Start with [Client.Fetch] for the way in and [Parse] for the way through.
package feeds
