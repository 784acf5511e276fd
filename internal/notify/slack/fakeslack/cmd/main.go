// Command fakeslack serves a strict stand-in for Slack's Web API over HTTP,
// for tests that kill their client: it lives on, keeps its state in a file,
// logs each request as a JSON line, and answers GET /_oracle.
//
//	fakeslack -listen 127.0.0.1:0 -addr addr.txt -state state.json -log requests.jsonl -seed 7 -rate 0.5
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/notify/slack/fakeslack"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "fakeslack:", err)
		os.Exit(1)
	}
}

func run() error {
	var (
		listen   = flag.String("listen", "127.0.0.1:0", "address to serve")
		addrFile = flag.String("addr", "", "file to write the address to, once it is open")
		state    = flag.String("state", "", "file that keeps the state")
		logFile  = flag.String("log", "", "file for one JSON line per request")
		seed     = flag.Uint64("seed", 0, "seed of the faults")
		rate     = flag.Float64("rate", 0, "share of the posts that meet a fault")
		script   = flag.String("script", "", `faults of the posts in their order, as JSON: [{"kind":"reset"},{"kind":"late","delay":5000000000}]`)
		channels = flag.String("channels", "C0ARMS=arms,C0NATO=nato,C0OPS=ops", "channels that the bot is in, as ID=name")
		lag      = flag.Duration("lag", 0, "until history shows a message")
		skew     = flag.Duration("skew", 0, "of Slack's clock against ours")
		page     = flag.Int("page", 0, "most messages that one reading returns")
		without  = flag.String("without", "", "kinds of faults to leave out, with commas")
		asking   = flag.Float64("questions", 0, "share of the questions about the workspace that meet a limit")
		free     = flag.Bool("free", false, "no rate limits")
	)
	flag.Parse()
	cfg := fakeslack.Config{Lag: *lag, Skew: *skew, Page: *page, Free: *free, Mentions: []string{"here", "channel"}}
	for c := range strings.SplitSeq(*channels, ",") {
		id, name, _ := strings.Cut(c, "=")
		cfg.Channels = append(cfg.Channels, fakeslack.Channel{ID: id, Name: name, Member: true})
	}
	switch {
	case *script != "":
		var faults []fakeslack.Fault
		if err := json.Unmarshal([]byte(*script), &faults); err != nil {
			return fmt.Errorf("-script: %w", err)
		}
		cfg.Faults = fakeslack.Script("chat.postMessage", faults...)
	case *rate > 0:
		cfg.Faults = fakeslack.Without(fakeslack.Seeded(*seed, *rate), strings.Split(*without, ",")...)
	}
	if *asking > 0 {
		if cfg.Faults == nil {
			cfg.Faults = fakeslack.Script("")
		}
		cfg.Faults = fakeslack.Questions(cfg.Faults, *seed, *asking)
	}
	if *logFile != "" {
		f, err := os.OpenFile(*logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		cfg.Log = f
	}
	s := fakeslack.New(cfg)
	if err := load(s, *state); err != nil {
		return err
	}
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	if *addrFile != "" {
		if err := writeWhole(*addrFile, []byte(l.Addr().String())); err != nil {
			return err
		}
	}
	fmt.Println("http://" + l.Addr().String() + "/api/")
	srv := &http.Server{Handler: keeping(s, *state), ReadHeaderTimeout: 10 * time.Second}
	return srv.Serve(l)
}

func load(s *fakeslack.Server, file string) error {
	if file == "" {
		return nil
	}
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.Load(b)
}

// keeping writes the state after every request that may have changed it.
func keeping(s *fakeslack.Server, file string) http.Handler {
	if file == "" {
		return s
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			b, err := s.Save()
			if err == nil {
				err = writeWhole(file, b)
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, "fakeslack: state:", err)
			}
		}()
		s.ServeHTTP(w, r)
	})
}

// writeWhole replaces a file, so that nobody reads half of it.
func writeWhole(file string, b []byte) error {
	tmp := fmt.Sprintf("%s.%d", file, time.Now().UnixNano())
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, file)
}
