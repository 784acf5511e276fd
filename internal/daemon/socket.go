package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/store"
)

// SocketPath is where the running service answers commands: its runtime
// directory, else beside the data file.
func SocketPath(c *config.Config) string {
	if dir, _, _ := strings.Cut(os.Getenv("RUNTIME_DIRECTORY"), ":"); dir != "" {
		return filepath.Join(dir, "watcherd.sock")
	}
	// The service's own directory, for commands that systemd did not start.
	if c.StateDir == "/var/lib/watcherd" {
		return "/run/watcherd/watcherd.sock"
	}
	return filepath.Join(c.StateDir, "watcherd.sock")
}

// listenSocket opens the command socket for this user and group only. A socket
// left by a process that was killed is replaced; the data file's lock has
// shown by now that no other service runs.
func listenSocket(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("command socket: %w", err)
	}
	near, done, err := near(path)
	if err != nil {
		return nil, fmt.Errorf("command socket: %w", err)
	}
	defer done()
	ln, err := net.Listen("unix", near)
	if err != nil {
		return nil, fmt.Errorf("command socket: %w", err)
	}
	if near != path {
		ln = farListener{ln, path}
	}
	if err := os.Chmod(path, 0o660); err != nil {
		_ = ln.Close()
		return nil, fmt.Errorf("command socket: %w", err)
	}
	return ln, nil
}

// longestSocket is how long the address of a socket may be on every system.
const longestSocket = 100

// near is a name of a socket that is short enough for an address: in a deep
// folder, its name as seen from that folder. done lets go of the folder.
func near(path string) (name string, done func(), err error) {
	if len(path) <= longestSocket || runtime.GOOS != "linux" {
		return path, func() {}, nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)), func() { _ = dir.Close() }, nil
}

// farListener removes its socket under the long name when it closes; the
// short one means nothing by then.
type farListener struct {
	net.Listener
	path string
}

func (l farListener) Close() error {
	err := l.Listener.Close()
	if rerr := os.Remove(l.path); err == nil && !errors.Is(rerr, os.ErrNotExist) {
		err = rerr
	}
	return err
}

// Verdict is the answer to a reload.
type Verdict struct {
	Applied bool   `json:"applied"`
	Text    string `json:"text"` // for a person: what changed, or every fault with its place
}

// commands serves questions and orders on the socket.
func (d *Daemon) commands() http.Handler {
	mux := http.NewServeMux()
	answer := func(pattern string, fn func(*http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			v, err := fn(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			// A failed write is a command that went away.
			_ = json.NewEncoder(w).Encode(v)
		})
	}
	answer("GET /status", func(r *http.Request) (any, error) { return d.Status(r.Context()) })
	answer("GET /feeds", func(r *http.Request) (any, error) { return d.view().Feeds(r.Context()) })
	answer("GET /repeated", func(r *http.Request) (any, error) { return d.view().Repeated(r.Context(), r.FormValue("feed")) })
	answer("GET /why", func(r *http.Request) (any, error) { return d.view().Why(r.Context(), r.FormValue("q")) })
	answer("GET /outbox", func(r *http.Request) (any, error) { return d.view().Outbox(r.Context(), r.FormValue("state")) })
	answer("GET /stories", func(r *http.Request) (any, error) {
		n, _ := strconv.Atoi(r.FormValue("n"))
		return d.view().Stories(r.Context(), n)
	})
	answer("POST /split", func(r *http.Request) (any, error) { return d.split(r.Context(), r.FormValue("id")) })
	answer("GET /opinions", func(r *http.Request) (any, error) { return d.view().Opinions(r.Context()) })
	answer("POST /reload", func(r *http.Request) (any, error) {
		return d.Reload(r.Context(), r.FormValue("accept") == "1"), nil
	})
	mux.HandleFunc("POST /backup", d.sendBackup)
	answer("POST /compact", func(r *http.Request) (any, error) {
		return struct{}{}, d.store.Compact(r.Context())
	})
	return mux
}

// dataFileHeader names the service's own data file to whom it sends a copy.
const dataFileHeader = "Watcherd-Data-File"

// sendBackup sends a verified copy. It is made beside the data file first,
// since a slow reader must not hold a transaction open.
func (d *Daemon) sendBackup(w http.ResponseWriter, r *http.Request) {
	f, err := d.openCopy(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer f.Close() // only read
	if info, err := f.Stat(); err == nil {
		w.Header().Set("Content-Length", strconv.FormatInt(info.Size(), 10))
	}
	w.Header().Set(dataFileHeader, d.store.Path())
	// A failed copy is a command that went away, or sees that it is cut.
	_, _ = io.Copy(w, f)
}

// openCopy makes a verified copy that is gone when it is closed.
func (d *Daemon) openCopy(ctx context.Context) (*os.File, error) {
	dir, err := os.MkdirTemp(filepath.Dir(d.store.Path()), copyName)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) // the open file stays readable
	name := filepath.Join(dir, "watcherd.db")
	if err := d.store.Backup(ctx, name); err != nil {
		return nil, err
	}
	return os.Open(name)
}

// Remote is the running service, reached over its socket.
type Remote struct{ client *http.Client }

// ErrNotRunning says that no service answers on the socket.
var ErrNotRunning = errors.New("watcherd is not running here")

// Dial finds the running service.
func Dial(ctx context.Context, path string) (*Remote, error) {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		name, done, err := near(path)
		if err != nil {
			return nil, err
		}
		defer done()
		return (&net.Dialer{Timeout: 2 * time.Second}).DialContext(ctx, "unix", name)
	}
	c, err := dial(ctx, "", "")
	if err != nil {
		if errors.Is(err, os.ErrPermission) {
			return nil, fmt.Errorf("the service's socket %s is not open to this user: run the command as root or as the service's user", path)
		}
		return nil, ErrNotRunning
	}
	_ = c.Close()
	return &Remote{client: &http.Client{Transport: &http.Transport{DialContext: dial}}}, nil
}

// call asks one thing of the service.
func call[T any](ctx context.Context, r *Remote, method, path string, form url.Values) (T, error) {
	var out T
	resp, err := r.ask(ctx, method, path, form)
	if err != nil {
		return out, err
	}
	defer resp.Body.Close() // the answer has been read
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		return out, fmt.Errorf("the service's answer: %w", err)
	}
	return out, nil
}

// ask sends one question or order and returns an answer that is no refusal.
func (r *Remote) ask(ctx context.Context, method, path string, form url.Values) (*http.Response, error) {
	u := "http://watcherd" + path
	var body io.Reader
	if method == http.MethodGet {
		u += "?" + form.Encode()
	} else {
		body = bytes.NewBufferString(form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, u, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the service did not answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close() // the refusal has been read
		msg, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
		return nil, errors.New(strings.TrimSpace(string(msg)))
	}
	return resp, nil
}

// Status asks the running service.
func (r *Remote) Status(ctx context.Context) (Status, error) {
	return call[Status](ctx, r, http.MethodGet, "/status", nil)
}

// Feeds asks the running service.
func (r *Remote) Feeds(ctx context.Context) ([]FeedRow, error) {
	return call[[]FeedRow](ctx, r, http.MethodGet, "/feeds", nil)
}

// Repeated asks the running service.
func (r *Remote) Repeated(ctx context.Context, feed string) ([]Repeated, error) {
	return call[[]Repeated](ctx, r, http.MethodGet, "/repeated", url.Values{"feed": {feed}})
}

// Why asks the running service.
func (r *Remote) Why(ctx context.Context, q string) ([]WhyAnswer, error) {
	return call[[]WhyAnswer](ctx, r, http.MethodGet, "/why", url.Values{"q": {q}})
}

// Outbox asks the running service.
func (r *Remote) Outbox(ctx context.Context, state string) ([]news.Delivery, error) {
	return call[[]news.Delivery](ctx, r, http.MethodGet, "/outbox", url.Values{"state": {state}})
}

// Stories asks the running service.
func (r *Remote) Stories(ctx context.Context, n int) ([]news.Story, error) {
	return call[[]news.Story](ctx, r, http.MethodGet, "/stories", url.Values{"n": {strconv.Itoa(n)}})
}

// Split has the service take a story apart.
func (r *Remote) Split(ctx context.Context, id string) (SplitAnswer, error) {
	return call[SplitAnswer](ctx, r, http.MethodPost, "/split", url.Values{"id": {id}})
}

// Opinions asks the running service.
func (r *Remote) Opinions(ctx context.Context) ([]news.Opinion, error) {
	return call[[]news.Opinion](ctx, r, http.MethodGet, "/opinions", nil)
}

// Reload tells the service to apply the changed config now.
func (r *Remote) Reload(ctx context.Context, acceptRemovals bool) (Verdict, error) {
	form := url.Values{}
	if acceptRemovals {
		form.Set("accept", "1")
	}
	return call[Verdict](ctx, r, http.MethodPost, "/reload", form)
}

// Backup has the service send a copy of its data file and makes it the file.
// The service itself could not: under systemd it has a /tmp of its own and may
// write nowhere else.
func (r *Remote) Backup(ctx context.Context, file string) error {
	resp, err := r.ask(ctx, http.MethodPost, "/backup", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close() // the copy has been checked
	if same(file, resp.Header.Get(dataFileHeader)) {
		return errors.New("a backup cannot replace the data file itself")
	}
	return store.Receive(ctx, file, func(w io.Writer) error {
		_, err := io.Copy(w, resp.Body)
		return err
	})
}

// same reports whether two names are one file.
func same(a, b string) bool {
	ia, err := os.Stat(a)
	if err != nil {
		return false
	}
	ib, err := os.Stat(b)
	return err == nil && os.SameFile(ia, ib)
}

// Compact tells the service to give space back.
func (r *Remote) Compact(ctx context.Context) error {
	_, err := call[struct{}](ctx, r, http.MethodPost, "/compact", nil)
	return err
}
