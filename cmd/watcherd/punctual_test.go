package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// crowd is a world of feeds of which one host owns half, some hosts never
// answer, and each of the others is a host of its own.
type crowd struct {
	port int
	mu   sync.Mutex
	came map[string][]time.Time // requests by address
	held int                    // requests that wait for ever
}

func newCrowd(t *testing.T) *crowd {
	c := &crowd{came: make(map[string][]time.Time)}
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	c.port = ln.Addr().(*net.TCPAddr).Port
	s := &http.Server{Handler: c, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.Serve(ln) }()
	t.Cleanup(func() { _ = s.Close() })
	return c
}

func (c *crowd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	address := "http://" + r.Host + r.URL.Path
	hangs := strings.HasPrefix(r.URL.Path, "/hang")
	c.mu.Lock()
	c.came[address] = append(c.came[address], now)
	if hangs {
		c.held++
	}
	c.mu.Unlock()
	if hangs {
		<-r.Context().Done()
		return
	}
	w.Header().Set("Etag", `"1"`)
	if r.Header.Get("If-None-Match") == `"1"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = io.WriteString(w, rssOf(itemOf(1, "Old news of "+address)))
}

// after is how long after its due time a feed was asked.
func (c *crowd) after(address string, due time.Time) (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, at := range c.came[address] {
		if !at.Before(due) {
			return at.Sub(due), true
		}
	}
	return 0, false
}

func (c *crowd) host(group, i int) string {
	return fmt.Sprintf("127.%d.%d.%d:%d", group+i/62500, i/250%250, i%250+1, c.port)
}

// feeds lists n feeds: every second one at one host, one in hanging at hosts
// that hang (all at one if oneHangs), the others at hosts of their own.
func (c *crowd) feeds(n, hanging int, oneHangs bool) (all, healthy []string) {
	for i := range n {
		var u string
		switch {
		case i%2 == 0:
			u = fmt.Sprintf("http://%s/big/%d", c.host(9, 0), i)
		case i/2%hanging == 0 && oneHangs:
			u = fmt.Sprintf("http://%s/hang/%d", c.host(10, 0), i)
		case i/2%hanging == 0:
			u = fmt.Sprintf("http://%s/hang/%d", c.host(20, i), i)
		default:
			u = fmt.Sprintf("http://%s/%d", c.host(40, i), i)
			healthy = append(healthy, u)
		}
		all = append(all, u)
	}
	return all, healthy
}

// TestEveryOtherFeedStartsOnTime runs the program, as shipped in its manners
// towards hosts, over feeds of which one host owns half and others hang, and
// compares when each feed was due, as the program itself says, with when the
// request came. The measurement of 10,000 feeds is
//
//	WATCHERD_CROWD=10000 go test ./cmd/watcherd -run StartsOnTime -v
func TestEveryOtherFeedStartsOnTime(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs all of 127.0.0.0/8 on the loopback")
	}
	n := 300
	if word := os.Getenv("WATCHERD_CROWD"); word != "" {
		var err error
		if n, err = strconv.Atoi(word); err != nil {
			t.Fatal(err)
		}
	} else {
		t.Parallel()
	}
	every := time.Duration(max(4, n/160)) * time.Second
	for _, c := range []struct {
		name     string
		every    string
		hanging  int
		oneHangs bool
		full     bool // at full size only
	}{
		{"a fixed interval, a host that hangs", every.String(), 50, true, false},
		{"all at the same minute, a host that hangs", "* * * * *", 50, true, true},
		{"a fixed interval, every third host hangs", every.String(), 3, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.full && os.Getenv("WATCHERD_CROWD") == "" {
				t.Skip("at full size only")
			}
			w := newCrowd(t)
			all, healthy := w.feeds(n, c.hanging, c.oneHangs)
			var config bytes.Buffer
			fmt.Fprintf(&config, "listen: \"\"\ndefault_channel: \"#desk\"\nlog: {level: warn}\nfetch: {allow_private: [127.0.0.0/8], every: %q}\ntopics: {nato: {any: NATO}}\nfeeds:\n", c.every)
			for _, u := range all {
				fmt.Fprintf(&config, "  - url: %s\n", u)
			}
			p := newProgram(t, config.String())
			p.start()
			defer func() { p.kill() }()
			span := every
			if c.every != every.String() {
				span = time.Minute
			}
			// All have been asked once when the first of them are asked again.
			p.until(3*time.Minute, func() bool { return w.have(healthy) })
			due := p.due(t)
			p.until(2*span+30*time.Second, func() bool {
				for _, u := range healthy {
					if _, ok := w.after(u, due[u]); !ok {
						return false
					}
				}
				return true
			})
			lags := make([]time.Duration, 0, len(healthy))
			for _, u := range healthy {
				lag, ok := w.after(u, due[u])
				if !ok {
					t.Fatalf("%s was due at %v and is not asked", u, due[u])
				}
				lags = append(lags, lag)
			}
			slices.Sort(lags)
			at := func(q float64) time.Duration { return lags[int(q*float64(len(lags)-1))].Round(100 * time.Microsecond) }
			t.Logf("%d feeds, %d of them at one host, %d requests hang; start minus due of the %d others: p50 %v, p99 %v, max %v",
				n, n/2, w.held, len(lags), at(0.5), at(0.99), at(1))
			if at(1) > 5*time.Second {
				t.Errorf("a healthy feed was asked %v after it was due", at(1))
			}
		})
	}
}

// have says that every one of these was asked.
func (c *crowd) have(addresses []string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, u := range addresses {
		if len(c.came[u]) == 0 {
			return false
		}
	}
	return true
}

// until waits for a condition, as long as it may take.
func (p *program) until(most time.Duration, ok func() bool) {
	ctx, stop := context.WithTimeout(p.t.Context(), most)
	defer stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// due is when the program will ask each feed next.
func (p *program) due(t *testing.T) map[string]time.Time {
	t.Helper()
	out, err := p.command("feeds", "--json").Output()
	if err != nil {
		t.Fatal(err, p.said())
	}
	due := make(map[string]time.Time)
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		var row struct {
			URL  string
			Next time.Time
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		due[row.URL] = row.Next
	}
	return due
}
