package daemon

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/feeds"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/notify"
)

// pushes receives what hubs push (WebSub). It has a listener of its own, which
// the world may reach: it answers nothing but hubs, under addresses that it
// gave them, and believes only bodies signed with the secret of their
// subscription. Subscriptions are kept in the store beside the feeds' states,
// since hubs speak at any time, also while a round is under way.
type pushes struct {
	d    *Daemon
	ln   net.Listener
	base string // where hubs reach the listener, without a slash at the end
	wake chan struct{}

	mu    sync.Mutex
	subs  map[news.FeedID]news.Push
	names map[string]news.FeedID // by the last part of the callback's path
	locks map[news.FeedID]*feedLocks
}

// feedLocks keep apart what happens to one feed.
type feedLocks struct {
	turn sync.Mutex // rounds and pushes
	save sync.Mutex // storing its subscription; taken before pushes.mu
}

const (
	hubsEvery    = time.Minute      // between two looks at what needs asking
	bodyWithin   = 20 * time.Second // a request must have come, whoever sends it
	answerWithin = time.Minute      // and be answered
)

// pushName is the stored name of a feed's subscription.
func pushName(id news.FeedID) string { return "push/" + string(id) }

// receive opens the listener for hubs and reads the subscriptions. It returns
// nil if the config wants none.
func (d *Daemon) receive(ctx context.Context, r *Rules, c *config.Config) (*pushes, error) {
	if c.ListenPublic == "" {
		return nil, nil
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.ListenPublic)
	if err != nil {
		return nil, fmt.Errorf("listen_public %q: %w", c.ListenPublic, err)
	}
	d.undo = append(d.undo, closer(ln))
	p := &pushes{d: d, ln: ln, base: strings.TrimRight(cmp.Or(c.PublicURL, "http://"+ln.Addr().String()), "/"),
		wake: make(chan struct{}, 1), subs: make(map[news.FeedID]news.Push),
		names: make(map[string]news.FeedID), locks: make(map[news.FeedID]*feedLocks)}
	for _, id := range r.order {
		b, err := d.store.Get(ctx, pushName(id))
		if err != nil {
			return nil, err
		}
		var sub news.Push
		if len(b) == 0 || json.Unmarshal(b, &sub) != nil || sub.Hub == "" {
			continue // what cannot be read is asked for anew
		}
		p.subs[id], p.names[callback(id, sub)] = sub, id
	}
	return p, nil
}

// callback is the part of the address that a hub is given for one feed. Only
// the hub can know it: whoever could guess it could answer in the hub's place.
func callback(id news.FeedID, sub news.Push) string {
	b, _ := news.NewKey("push", string(id), sub.Secret).MarshalText() // of any key
	return string(b)
}

// turn waits until nothing else works on the feed, and returns what ends the
// turn. Rounds never meet; a push may meet a round. A nil receiver waits for
// nothing.
func (p *pushes) turn(id news.FeedID) (end func()) {
	if p == nil {
		return func() {}
	}
	l := p.of(id)
	l.turn.Lock()
	return l.turn.Unlock
}

// of are the locks of a feed.
func (p *pushes) of(id news.FeedID) *feedLocks {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.locks[id]
	if l == nil {
		l = new(feedLocks)
		p.locks[id] = l
	}
	return l
}

// change applies a change to a subscription and returns when it is stored, if
// it is another one afterwards. Nobody but the feed itself waits for the disk.
func (p *pushes) change(id news.FeedID, apply func(*news.Push)) {
	l := p.of(id)
	l.save.Lock() // so that what is stored last is the latest
	defer l.save.Unlock()
	sub, changed := p.set(id, apply)
	if !changed {
		return
	}
	b, err := json.Marshal(sub)
	if err == nil {
		err = p.d.store.Put(context.Background(), pushName(id), b)
	}
	if err != nil {
		p.d.log.Error("a subscription could not be stored", "feed", id, "err", err)
	}
}

// set applies a change to a subscription in memory.
func (p *pushes) set(id news.FeedID, apply func(*news.Push)) (sub news.Push, changed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.subs[id]
	sub = was
	apply(&sub)
	if sub == was {
		return sub, false
	}
	if sub.Secret != was.Secret {
		delete(p.names, callback(id, was)) // of a subscription that nobody renews
	}
	p.subs[id], p.names[callback(id, sub)] = sub, id
	return sub, true
}

// forget lets go what is known of a feed that is no longer remembered.
func (p *pushes) forget(id news.FeedID) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.names, callback(id, p.subs[id]))
	delete(p.subs, id)
	delete(p.locks, id)
}

// polled tells of a round: which hub the feed names, and how much news it
// found that no push had told.
func (p *pushes) polled(v *visit, ans feeds.Answer, doc feeds.Document) {
	if p == nil {
		return
	}
	demoted, hub := false, ""
	p.change(v.feed.ID, func(sub *news.Push) {
		was := feeds.Trusted(*sub, v.now)
		feeds.Polled(sub, v.plan.Fresh, v.now)
		demoted, hub = was && !feeds.Trusted(*sub, v.now), sub.Hub
		feeds.Discover(sub, ans, doc)
	})
	if demoted {
		p.d.log.Warn("a hub misses pushes", "feed", v.feed.ID, "hub", hub)
		p.d.notice(notify.Notice{Key: "hub " + string(v.feed.ID), Label: orElse(v.feed.Name, v.feed.URL),
			Text: "its hub " + hub + " did not push what polls found; the feed is polled as if it had none"})
	}
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// trusted says that the feed's hub pushes, so that polls may be rarer.
func (p *pushes) trusted(id news.FeedID, now time.Time) bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return feeds.Trusted(p.subs[id], now)
}

// run asks hubs for subscriptions and renewals, one at a time.
func (p *pushes) run(ctx context.Context) {
	tick := time.NewTicker(hubsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		case <-tick.C:
		}
		for id, wanted := range p.wanted(time.Now()) {
			if err := p.ask(ctx, id, wanted); err != nil && ctx.Err() == nil {
				p.d.log.Warn("a hub refuses", "feed", id, "err", err)
			}
			if ctx.Err() != nil {
				return
			}
		}
	}
}

// wanted are the feeds whose hub is to be asked: true for a subscription,
// false for its end, where the config no longer has the feed.
func (p *pushes) wanted(now time.Time) map[news.FeedID]bool {
	r := p.d.rules.Load()
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make(map[news.FeedID]bool)
	for id, sub := range p.subs {
		if f, ok := r.feeds[id]; !ok || f.Paused {
			if sub.Hub != "" && now.Before(sub.Until) {
				out[id] = false
			}
		} else if feeds.Wanted(sub, now) {
			out[id] = true
		}
	}
	return out
}

// ask asks one hub. That it was asked is stored first: the hub may come back
// before it answers.
func (p *pushes) ask(ctx context.Context, id news.FeedID, wanted bool) error {
	var sub news.Push
	now := time.Now().UTC()
	p.change(id, func(s *news.Push) {
		sub = *s
		s.Asked = now
		if !wanted {
			s.Hub, s.Until = "", time.Time{}
		}
	})
	address := p.base + "/" + callback(id, sub)
	if !wanted {
		return p.d.client.Unsubscribe(ctx, &sub, address)
	}
	p.d.log.Info("asks a hub for pushes", "feed", id, "hub", sub.Hub, "topic", sub.Topic)
	return p.d.client.Subscribe(ctx, &sub, address, now)
}

// ServeHTTP answers hubs: GET asks whether we meant it, POST brings news.
func (p *pushes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	id, known := p.names[path.Base(r.URL.Path)]
	p.mu.Unlock()
	if !known {
		http.Error(w, "no such subscription", http.StatusGone)
		return
	}
	switch r.Method {
	case http.MethodGet:
		p.confirm(w, r, id)
	case http.MethodPost:
		p.accept(w, r, id)
	default:
		http.Error(w, "only hubs speak here", http.StatusMethodNotAllowed)
	}
}

func (p *pushes) confirm(w http.ResponseWriter, r *http.Request, id news.FeedID) {
	var challenge string
	var err error
	back := false
	p.change(id, func(sub *news.Push) {
		now, was := time.Now().UTC(), *sub
		challenge, err = feeds.Confirm(sub, r.URL.Query(), now)
		back = was.Missed > 0 && !feeds.Trusted(was, now) && feeds.Trusted(*sub, now)
	})
	p.promote(id, back)
	if err != nil {
		p.d.log.Warn("a hub's question is refused", "feed", id, "err", err)
		http.NotFound(w, r)
		return
	}
	p.d.log.Info("a hub confirms", "feed", id, "mode", r.URL.Query().Get("hub.mode"))
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, challenge) // the hub asks again
}

// promote says that a hub which had missed pushes is relied on again.
func (p *pushes) promote(id news.FeedID, back bool) {
	if !back {
		return
	}
	f := p.d.rules.Load().feeds[id]
	p.d.log.Info("a hub pushes again", "feed", id)
	p.d.notice(notify.Notice{Key: "hub " + string(id), Label: orElse(f.Name, string(id)), Text: "its hub is relied on again", Over: true})
}

func (p *pushes) accept(w http.ResponseWriter, r *http.Request, id news.FeedID) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(p.d.rules.Load().Config.Fetch.MaxBody)))
	if err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		}
		return
	}
	var sub news.Push
	genuine, back := false, false
	p.change(id, func(s *news.Push) {
		now, was := time.Now().UTC(), *s
		genuine = feeds.Pushed(s, r.Header.Get("X-Hub-Signature"), body)
		back = !feeds.Trusted(was, now) && feeds.Trusted(*s, now)
		sub = *s
	})
	p.promote(id, back)
	result := "forged"
	if genuine {
		if result, err = p.d.pushed(context.WithoutCancel(r.Context()), id, body, r.Header.Get("Content-Type"), sub.Topic); err != nil {
			p.d.storeTrouble(id, err)
			http.Error(w, "cannot be stored now", http.StatusServiceUnavailable) // the hub tries again
		}
	}
	p.d.metrics.pushes.WithLabelValues(result).Inc()
	p.d.log.Debug("push", "feed", id, "result", result, "bytes", len(body))
	if err == nil {
		w.WriteHeader(http.StatusAccepted) // to a forger too, as the standard advises
	}
}

// pushed takes a pushed body through the same pipeline as a polled one. It
// leaves the time of the next poll as it was: the backup stays. Its error is
// the store's.
func (d *Daemon) pushed(ctx context.Context, id news.FeedID, body []byte, contentType, topic string) (result string, err error) {
	rules := d.rules.Load()
	feed, ok := rules.feeds[id]
	if !ok || feed.Paused {
		return "unwanted", nil
	}
	v, result, err := d.takePush(ctx, rules, feed, body, contentType, topic)
	if v != nil && err == nil {
		d.storeFine(id)
		d.report(ctx, v)
	}
	return result, err
}

// takePush has its turn with the feed. The visit is nil if nothing was taken.
func (d *Daemon) takePush(ctx context.Context, rules *Rules, feed news.Feed, body []byte, contentType, topic string) (v *visit, result string, err error) {
	id := feed.ID
	defer d.pushes.turn(id)()
	v = &visit{d: d, rules: rules, feed: feed, st: d.states.get(id), now: time.Now().UTC(), pushed: true}
	v.was = v.st.Health
	if !v.st.Baselined {
		return nil, "early", nil // the first poll tells what is old
	}
	ans := feeds.Answer{Status: http.StatusOK, Delta: true, Complete: true, Body: body, ContentType: contentType, FinalURL: topic}
	doc, err := feeds.Parse(body, feeds.Source{Feed: feed, URL: topic}, contentType, v.now)
	if err != nil {
		d.log.Warn("a pushed body cannot be read; the next poll brings what it held", "feed", id, "err", err)
		return nil, "unreadable", nil
	}
	if err := v.take(ctx, ans, doc, nil); err != nil {
		return nil, "unstored", err
	}
	return v, v.brief.result, nil
}
