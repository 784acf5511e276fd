package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts run the real program as the command watcherd.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"watcherd": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}})
}

// TestScripts tells stories of the program as its users meet it. Each script's
// own folder is served at $WEB, so that a feed is a file in the script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			web := httptest.NewServer(files(env.WorkDir))
			env.Defer(web.Close)
			env.Setenv("WEB", web.URL)
			env.Setenv("XDG_CACHE_HOME", env.WorkDir)
			env.Setenv("NOW", time.Now().UTC().Format(time.RFC1123))
			setUpSlack(env)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"waitfor": waitFor,
			"term":    terminate,
			"hup":     hangUp,
			"expand":  expand,
			"exits":   exits,
			"within":  within,
			"slack":   slackCmd,
			"pageof":  pageOf,
			"get":     get,
			"shape":   jsonShape,
		},
	})
}

// files serves a folder without dates: those of a file server are whole
// seconds, and scripts are quicker.
func files(dir string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hang" { // a feed that never answers
			<-r.Context().Done()
			return
		}
		b, err := os.ReadFile(filepath.Join(dir, filepath.Clean("/"+r.URL.Path)))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(b)
	})
}

// waitFor waits until a file matches a pattern: waitfor FILE PATTERN.
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: waitfor file pattern")
	}
	re := regexp.MustCompile(args[1])
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if b, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && re.Match(b) {
			return
		}
	}
	b, _ := os.ReadFile(ts.MkAbs(args[0]))
	ts.Fatalf("%s never matched %q:\n%s", args[0], args[1], b)
}

// terminate stops the process whose number stands in a file, as systemd would,
// and wants it gone within five seconds: term PIDFILE.
func terminate(ts *testscript.TestScript, neg bool, args []string) {
	p := process(ts, neg, args)
	began := time.Now()
	ts.Check(p.Signal(syscall.SIGTERM))
	for p.Signal(syscall.Signal(0)) == nil {
		if time.Since(began) > 5*time.Second {
			ts.Fatalf("still running five seconds after SIGTERM")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func hangUp(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(process(ts, neg, args).Signal(syscall.SIGHUP))
}

func process(ts *testscript.TestScript, neg bool, args []string) *os.Process {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: term|hup pidfile")
	}
	var pid int
	_, err := fmt.Sscan(ts.ReadFile(args[0]), &pid)
	ts.Check(err)
	p, err := os.FindProcess(pid)
	ts.Check(err)
	return p
}

// expand puts the environment into files: expand FILE...
func expand(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), func(k string) string { return ts.Getenv(k) })
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o644))
	}
}

// TestTheShippedConfigIsFound guards the default that the README leans on.
func TestTheShippedConfigIsFound(t *testing.T) {
	if _, err := os.Stat(filepath.Join("..", "..", "configs", "watcherd.yaml")); err != nil {
		t.Fatal(err)
	}
}
