package feeds

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestThePageSaysWhereItsFeedsAre(t *testing.T) {
	got := DiscoverFeeds([]byte(`<!doctype html><html><head>
	<link rel="stylesheet" href="/style.css" type="text/css">
	<link rel="alternate" type="application/rss+xml" title="World &amp; War" href="/world/rss.xml">
	<link REL="Alternate" TYPE="application/atom+xml; charset=utf-8" href="https://feeds.example.org/atom">
	<link rel=alternate type=application/feed+json href=feed.json>
	<link rel="alternate" hreflang="fr" href="/fr/">
	<link rel="alternate" type="application/rss+xml" href="/world/rss.xml">
	<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
	</head><body><a href="/opinion/feed/">Opinion</a> <a href="/about">About</a> <a href="feed://example.org/x.rss">x</a></body></html>`), "https://example.org/news/")
	want := []Link{
		{URL: "https://example.org/world/rss.xml", Title: "World & War", Type: "application/rss+xml"},
		{URL: "https://feeds.example.org/atom", Type: "application/atom+xml"},
		{URL: "https://example.org/news/feed.json", Type: "application/feed+json"},
		{URL: "https://example.org/opinion/feed/"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestThePagesOwnBaseCounts(t *testing.T) {
	got := DiscoverFeeds([]byte(`<base href="https://cdn.example.org/x/"><link rel="alternate" type="application/rss+xml" href="rss">`), "https://example.org/")
	if len(got) != 1 || got[0].URL != "https://cdn.example.org/x/rss" {
		t.Error(got)
	}
	if got := DiscoverFeeds([]byte(`<p>nothing here</p>`), ""); len(got) != 0 {
		t.Error(got)
	}
}
