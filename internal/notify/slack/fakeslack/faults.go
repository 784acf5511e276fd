package fakeslack

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Fault is what goes wrong with one request. The zero Fault is nothing.
type Fault struct {
	Kind  string        `json:"kind"`
	Delay time.Duration `json:"delay,omitempty"` // of late posts; or the Retry-After of limits
}

// The kinds of faults. Those of the first group strike before anything was
// accepted, the others after; "error:code" refuses with a code.
var (
	FaultsBefore = []string{"drop", "503-before", "429", "429-none", "429-zero", "429-date", "429-body", "message_limit"}
	FaultsAfter  = []string{
		"reset", "hang", "500", "502", "503", "internal_error", "fatal_error", "late", "late-reset",
		"truncated", "empty", "no_ts", "html", "302", "429-accepted",
	}
)

func (f Fault) before() bool {
	if slices.Contains(FaultsBefore, f.Kind) {
		return true
	}
	return strings.HasPrefix(f.Kind, "error:")
}

// Seeded chooses faults by chance, for the share rate of the posts and half
// of it of all other requests. The same seed chooses the same.
func Seeded(seed uint64, rate float64) func(n int, method string) Fault {
	rng := rand.New(rand.NewPCG(seed, 0x51ac))
	return func(_ int, method string) Fault {
		p := rate
		if method != "chat.postMessage" {
			p = rate / 2
		}
		if rng.Float64() >= p {
			return Fault{}
		}
		kinds := FaultsAfter
		if rng.IntN(3) == 0 {
			kinds = FaultsBefore
		}
		return Fault{Kind: kinds[rng.IntN(len(kinds))], Delay: time.Duration(1+rng.IntN(11)) * time.Second}
	}
}

// Without leaves out kinds of faults, such as those that last longer than a
// test can wait.
func Without(faults func(n int, method string) Fault, kinds ...string) func(n int, method string) Fault {
	return func(n int, method string) Fault {
		f := faults(n, method)
		if slices.Contains(kinds, f.Kind) {
			return Fault{}
		}
		return f
	}
}

// Questions limits that share of the questions about the workspace, beside
// other faults.
func Questions(faults func(n int, method string) Fault, seed uint64, rate float64) func(n int, method string) Fault {
	rng := rand.New(rand.NewPCG(seed, 0xa5c))
	return func(n int, method string) Fault {
		if (method == "auth.test" || method == "conversations.list") && rng.Float64() < rate {
			return Fault{Kind: "429", Delay: time.Duration(2+rng.IntN(8)) * time.Second}
		}
		return faults(n, method)
	}
}

// Script gives the nth request to a method its fault; n counts from 1.
func Script(method string, faults ...Fault) func(n int, method string) Fault {
	i := 0
	return func(_ int, m string) Fault {
		if m != method {
			return Fault{}
		}
		if i++; i <= len(faults) {
			return faults[i-1]
		}
		return Fault{}
	}
}

// fail is the answer to a request that was not accepted.
func (s *Server) fail(f Fault, key string, now time.Time) answer {
	if code, ok := strings.CutPrefix(f.Kind, "error:"); ok {
		return refuse(code)
	}
	wait := max(f.Delay.Truncate(time.Second), time.Second)
	limit := func(header string, wait time.Duration) answer {
		s.limited[key], s.told[key] = now.Add(wait), now
		a := tooMany(header)
		a.limit = key
		return a
	}
	switch f.Kind {
	case "drop":
		return answer{reset: true}
	case "503-before":
		return answer{status: 503, body: "<html>unavailable</html>"}
	case "429":
		return limit(fmt.Sprint(int(wait.Seconds())), wait)
	case "429-date":
		return limit(now.Add(wait).Add(s.cfg.Skew).UTC().Format(http.TimeFormat), wait)
	case "429-none":
		return limit("", 0)
	case "429-zero":
		return limit("0", 0)
	case "429-body":
		return refuse("ratelimited")
	case "message_limit":
		a := tooMany("")
		a.body = `{"ok":false,"error":"message_limit_exceeded"}`
		return a
	}
	return answer{status: 500}
}

// after is what the client gets instead of the answer to a request that was
// carried out.
func (s *Server) after(f Fault, a answer, key string, now time.Time) answer {
	switch f.Kind {
	case "reset", "late-reset":
		return answer{reset: true}
	case "hang", "late":
		return answer{hang: true}
	case "500", "502", "503":
		return answer{status: int(f.Kind[0]-'0')*100 + int(f.Kind[2]-'0'), body: "<html>oops</html>"}
	case "internal_error", "fatal_error":
		return refuse(f.Kind)
	case "truncated":
		return answer{status: 200, body: a.body[:len(a.body)/2]}
	case "empty":
		return answer{status: 200, body: "{}"}
	case "no_ts":
		return answer{status: 200, body: `{"ok":true}`}
	case "html":
		return answer{status: 200, body: "<html><body>maintenance</body></html>", header: map[string]string{"Content-Type": "text/html"}}
	case "302":
		return answer{status: 302, header: map[string]string{"Location": "/api/elsewhere"}}
	case "slow":
		a.slow = true
		return a
	case "429-accepted":
		wait := max(f.Delay.Truncate(time.Second), time.Second)
		s.limited[key], s.told[key] = now.Add(wait), now
		a := tooMany(fmt.Sprint(int(wait.Seconds())))
		a.limit = key
		return a
	}
	return a
}

func tooMany(retryAfter string) answer {
	a := answer{status: 429, body: `{"ok":false,"error":"ratelimited"}`}
	if retryAfter != "" {
		a.header = map[string]string{"Retry-After": retryAfter}
	}
	return a
}

// limit keeps Slack's rates: one post a second in a channel with bursts of
// three, fifty calls a minute of every other method.
func (s *Server) limit(method, channel string, now time.Time) (answer, bool) {
	if s.cfg.Free {
		return answer{}, false
	}
	key, most, span := method, 60, time.Minute
	if method == "chat.postMessage" {
		key, most, span = method+" "+channel, 4, 2*time.Second
	}
	recent := s.buckets[key]
	for len(recent) > 0 && now.Sub(recent[0]) >= span {
		recent = recent[1:]
	}
	if len(recent) >= most {
		wait := (span - now.Sub(recent[0])).Truncate(time.Second) + time.Second
		s.limited[method+" "+channel] = now.Add(wait)
		s.violate("%s in %q: the rate limit was provoked", method, channel)
		return tooMany(fmt.Sprint(int(wait.Seconds()))), true
	}
	s.buckets[key] = append(recent, now)
	return answer{}, false
}
