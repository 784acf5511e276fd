package match

import (
	"net/url"
	"strings"

	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/text"
)

// selector picks items by where they come from: "tag:x", a feed's name, a
// feed's URL, or a host.
type selector struct {
	text string // as written
	tag  string
	url  string
	name string // folded
	host string
}

func (c *compiler) selectors(lines []Line) (out []selector) {
	for _, l := range lines {
		s := strings.TrimSpace(l.Text)
		if s == "" {
			c.add(l.Pos, 1, "Write tag:x, a feed's name, its URL or a host", "A source is empty")
			continue
		}
		sel := selector{text: s, name: text.Fold(s)}
		switch tag, isTag := strings.CutPrefix(s, "tag:"); {
		case isTag && strings.TrimSpace(tag) == "":
			c.add(l.Pos, len(s), "Write the tag right after it: tag:sport", "There is no tag after tag:")
			continue
		case isTag:
			sel.tag = strings.TrimSpace(tag)
		case strings.Contains(s, "://"):
			sel.url = s
		case strings.Contains(s, ".") && !strings.ContainsAny(s, " /"):
			sel.host = strings.ToLower(s)
		}
		out = append(out, sel)
	}
	return out
}

func (s *selector) picks(it *news.Item) bool {
	switch {
	case s.tag != "":
		for _, t := range it.Tags {
			if strings.EqualFold(t, s.tag) {
				return true
			}
		}
		return false
	case s.url != "":
		return s.url == string(it.Feed)
	case it.Outlet != "" && text.Fold(it.Outlet) == s.name:
		return true
	case s.host != "":
		return onHost(string(it.Feed), s.host) || onHost(it.URL, s.host)
	}
	return string(it.Feed) == s.text
}

// onHost reports whether an address is on a host or a subdomain of it.
func onHost(raw, host string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	h := strings.ToLower(u.Hostname())
	return h == host || strings.HasSuffix(h, "."+host)
}

// refused returns why the item's source keeps the topic from it, or "".
func (t *topic) refused(it *news.Item) string {
	for i := range t.exclude {
		if t.exclude[i].picks(it) {
			return "its source is excluded (" + t.exclude[i].text + ")"
		}
	}
	if len(t.include) == 0 {
		return ""
	}
	for i := range t.include {
		if t.include[i].picks(it) {
			return ""
		}
	}
	return "its source is not among those included"
}
