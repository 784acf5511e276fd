package daemon

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// answering serves a socket as the service does, with the given answer to a
// request for a backup.
// A copy that is being read has no name any more: a reader who ends by a signal
// leaves nothing behind.
func TestACopyThatIsReadHasNoName(t *testing.T) {
	dir := t.TempDir()
	d := watch(t, &world{}, dir)
	c := d.rules.Load().Config
	s := &http.Server{Handler: http.HandlerFunc(d.sendBackup), ReadHeaderTimeout: time.Second}
	go s.Serve(d.socket)
	t.Cleanup(func() { s.Close() })
	past, err := OpenPast(t.Context(), c, 0)
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(c.StateDir, "copy-*")); len(left) > 0 {
		t.Errorf("left if the reader is killed: %v", left)
	}
	for _, err := range past.Items(t.Context()) {
		if err != nil {
			t.Error(err)
		}
	}
	if err := past.Close(); err != nil {
		t.Error(err)
	}
}

func answering(t *testing.T, h http.HandlerFunc) *Remote {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.sock")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Second}
	go s.Serve(ln)
	t.Cleanup(func() { s.Close() })
	r, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestASocketThatIsClosedToUsIsNoMissingService(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("nothing is closed to root")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "s.sock")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(t.Context(), path); err == nil || errors.Is(err, ErrNotRunning) {
		t.Errorf("got %v, want to be told that the socket is closed to this user", err)
	}
}

func TestABackupIsMadeWhereTheCommandRunsAndOnlyIfItIsWhole(t *testing.T) {
	dir := t.TempDir()
	d := watch(t, &world{}, dir)
	server := http.HandlerFunc(d.sendBackup)
	file := filepath.Join(t.TempDir(), "copy.db")

	// A service that sends its file, cut after some bytes or whole.
	for _, cut := range []bool{true, false} {
		r := answering(t, func(rw http.ResponseWriter, r *http.Request) {
			if cut {
				rw.Header().Set("Content-Length", "100000")
				io.WriteString(rw, "the beginning")
				return
			}
			server(rw, r)
		})
		err := r.Backup(t.Context(), file)
		_, there := os.Stat(file)
		if cut && (err == nil || !errors.Is(there, fs.ErrNotExist)) {
			t.Errorf("a cut copy: err %v, file %v; want an error and no file", err, there)
		}
		if !cut && (err != nil || there != nil) {
			t.Errorf("a whole copy: err %v, file %v", err, there)
		}
	}
	r := answering(t, server)
	if err := r.Backup(t.Context(), d.store.Path()); err == nil {
		t.Error("a backup has replaced the data file of the running service")
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(d.store.Path()), "copy-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := d.Status(context.WithoutCancel(t.Context())); err != nil {
		t.Errorf("the service after its backups: %v", err)
	}
}

func TestOnlyCopiesThatAKilledCommandLeftAreRemoved(t *testing.T) {
	state, now := t.TempDir(), time.Now()
	for name, age := range map[string]time.Duration{"copy-1": 48 * time.Hour, "copy-2": time.Hour, "dry-run": 48 * time.Hour} {
		dir := filepath.Join(state, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "watcherd.db"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dir, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := dropCopies(state, now); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(state, "*"))
	if err != nil || len(left) != 2 || filepath.Base(left[0]) != "copy-2" || filepath.Base(left[1]) != "dry-run" {
		t.Errorf("left are %v, %v", left, err)
	}
}
