package feeds

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestOneArticleHasOneCanonicalAddress(t *testing.T) {
	token := "CBMi" // what stands before the address in the older names
	raw, _ := base64.RawURLEncoding.DecodeString(token)
	wrapped := base64.RawURLEncoding.EncodeToString(append(raw, "\x22https://example.org/world/story-1\xd2\x01\x00"...))
	for _, group := range [][]string{
		{
			"https://example.org/world/story-1",
			"http://example.org/world/story-1",
			"https://EXAMPLE.org:443/world/story-1/",
			"http://example.org:80/world/story-1#comments",
			"https://www.example.org/world/story-1?utm_source=rss&utm_medium=feed",
			"https://m.example.org/world/story-1?fbclid=abc",
			"https://mobile.example.org/world/story-1?at_medium=RSS&at_campaign=rss",
			"https://amp.example.org/world/story-1",
			"https://example.org/world/story-1/amp",
			"https://example.org/world/story-1/amp/",
			"https://example.org/world/story-1?amp",
			"https://example.org/world/story-1?amp=1",
			"https://example.org/world/story-1?outputType=amp",
			"https://example.org/world/story-1?ref=rss",
			"https://example-org.cdn.ampproject.org/c/s/example.org/world/story-1",
			"https://cdn.ampproject.org/v/s/www.example.org/world/story-1?amp_js_v=0.1&usqp=mq331",
			"https://www.google.com/amp/s/example.org/world/story-1",
			"https://www.google.com/url?rct=j&sa=t&url=https://example.org/world/story-1&ct=ga",
			"https://news.google.com/rss/articles/" + wrapped + "?oc=5",
			"https://news.google.com/news/url?sa=t&url=https%3A%2F%2Fexample.org%2Fworld%2Fstory-1",
			"https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fworld%2Fstory-1%3Ffbclid%3Dx",
			"  https://example.org/world/story-1\n",
		},
		{"https://example.org/view?a=1&id=7", "http://www.example.org/view?id=7&a=1", "https://example.org/view?id=7&amp;a=1&amp;utm_term=x"},
		{"https://en.wikipedia.org/wiki/NATO", "https://en.m.wikipedia.org/wiki/NATO"},
		{"https://example.org/story.html", "https://example.org/story.amp.html"},
		{"https://example.org:8443/x", "http://example.org:8443/x/"},
	} {
		for _, u := range group {
			if got := Canonical(u); got != group[0] {
				t.Errorf("Canonical(%q) = %q, want %q", u, got, group[0])
			}
		}
	}
}

func TestDifferentArticlesKeepDifferentAddresses(t *testing.T) {
	seen := map[string]string{}
	for _, u := range []string{
		"https://example.org/?p=1", "https://example.org/?p=2", "https://example.org/article?id=7", "https://example.org/article?id=7&page=2",
		"https://example.org/view?mod=news", "https://example.org/view?mod=sport", "https://example.org/view?share=17", "https://example.org/view?share=18",
		"https://news.example.org/a", "https://example.org/a", "https://example.org/A", "https://example.org/amp", "https://example.org/view?from=kyiv", "https://example.org/amplifier",
		"https://news.google.com/rss/articles/CBMiAAAA", "https://news.google.com/rss/articles/CBMiBBBB",
	} {
		c := Canonical(u)
		if c == "https://example.org/" {
			continue
		}
		if was, ok := seen[c]; ok {
			t.Errorf("%s and %s are both %s", was, u, c)
		}
		seen[c] = u
	}
	for _, u := range []string{"mailto:desk@example.org", "urn:uuid:1", "tag:example.org,2025:1", "", "https://", "https://exa mple|org/"} {
		if got := Canonical(u); got != u {
			t.Errorf("Canonical(%q) = %q", u, got)
		}
	}
}

func TestCanonicalAgreesWithAKnownListOfTrackingParameters(t *testing.T) {
	type urlCase struct{ Name, Input, Expected, BaseURL, FeedURL string }
	misses := 0
	for _, c := range lines[urlCase](t, "conformance/url-cleaning.jsonl") {
		want, _, _ := strings.Cut(c.Expected, "#") // we drop fragments, and sort
		if at, query, ok := strings.Cut(want, "?"); ok {
			parts := strings.Split(query, "&")
			slices.Sort(parts)
			want = at + "?" + strings.Join(parts, "&")
		}
		got := Canonical(c.Input)
		if c.Expected == "" || got == want {
			continue
		}
		misses++
		t.Logf("%s: %q, want %q", c.Name, got, want)
	}
	if misses > 1 { // one asks for the feed's own address, which is not ours to know
		t.Errorf("%d cases differ", misses)
	}
}

func FuzzCanonical(f *testing.F) {
	for _, u := range []string{"https://m.example.org/a/amp?utm_source=x#y", "https://cdn.ampproject.org/c/s/e.org/x", "http://[::1]:80/x", "https://news.google.com/rss/articles/CBMiHWh0dHBz", "https://e.org/%zz?%zz", "https://www.google.com/url?url=https://www.google.com/url?url=http://e.org/"} {
		f.Add(u)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		once := Canonical(raw)
		if again := Canonical(once); again != once {
			t.Fatalf("Canonical(%q) = %q, and of that %q", raw, once, again)
		}
		if u, err := url.Parse(once); err == nil && isWeb(once) && u.Host != "" && u.Scheme != "https" && u.Scheme != "http" {
			t.Fatalf("Canonical(%q) = %q", raw, once)
		}
	})
}
