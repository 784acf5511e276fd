package daemon

import (
	"maps"
	"net/url"
	"os"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/feeds"
	"github.com/watcherd/watcherd/internal/news"
)

// Sources are the configured feeds in the order of the files, with their
// secrets.
func Sources(c *config.Config) ([]news.Feed, config.Faults) {
	secrets, faults := c.Secrets(os.Getenv)
	all := make([]news.Feed, 0, len(c.Feeds))
	for i := range c.Feeds {
		f := newsFeed(&c.Feeds[i])
		if s, ok := secrets.Feeds[c.Feeds[i].URL]; ok {
			f.Password = s.Password.Reveal()
			f.Headers = maps.Clone(f.Headers)
			for name, value := range s.Headers {
				if f.Headers == nil {
					f.Headers = make(map[string]string)
				}
				f.Headers[name] = value.Reveal()
			}
		}
		all = append(all, f)
	}
	return all, faults
}

// FetchOptions are the manners towards feeds that the config asks for.
func FetchOptions(c *config.Config, version string) feeds.Options {
	o := feeds.Options{Contact: c.Contact, Version: version, Timeout: c.Fetch.Timeout,
		MaxBody: int64(c.Fetch.MaxBody), PerHost: c.Fetch.PerHost.Concurrent, AllowPrivate: c.Fetch.AllowPrivate}
	// Faults of secrets are found where the config is made ready.
	if s, _ := c.Secrets(os.Getenv); !s.Proxy.IsZero() {
		o.Proxy, _ = url.Parse(s.Proxy.Reveal())
	}
	return o
}
