package demo

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// challenge is the kind of page that stands before a feed whose publisher
// fears robots: HTML, status 403, nothing to parse.
const challenge = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>One moment, please</title>
<meta http-equiv="refresh" content="12"></head>
<body><h1>Verify you are human</h1>
<p>Capital Ledger checks the safety of your connection before you go on.</p>
<noscript>Enable JavaScript and cookies to continue.</noscript></body></html>
`

// Handler serves the feeds under their paths, with validators and compression
// as a good server does.
func (w *World) Handler() http.Handler {
	mux := http.NewServeMux()
	for n := range w.feeds {
		mux.HandleFunc("GET "+w.feeds[n].Path, func(rw http.ResponseWriter, r *http.Request) { w.serve(n, rw, r) })
	}
	return mux
}

func (w *World) serve(n int, rw http.ResponseWriter, r *http.Request) {
	step := w.Step()
	h := rw.Header()
	if from := w.feeds[n].walled; from > 0 && step >= from {
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Cache-Control", "no-store")
		rw.WriteHeader(http.StatusForbidden)
		_, _ = rw.Write([]byte(challenge)) // a reader that went away
		return
	}
	body, contentType := w.render(n, step)
	tag := fmt.Sprintf("%x", sha256.Sum256(body))[:16]
	h.Set("Content-Type", contentType)
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body, tag = pack(body), tag+"-gz"
	}
	h.Set("ETag", `"`+tag+`"`)
	// ServeContent answers 304 where the validators hold.
	http.ServeContent(rw, r, "", w.changed(n, step), bytes.NewReader(body))
}

// changed is a time for Last-Modified: another one for each step at which the
// feed differs from the step before, and always past.
func (w *World) changed(n, step int) time.Time {
	for step > 0 {
		now, _ := w.render(n, step)
		before, _ := w.render(n, step-1)
		if !bytes.Equal(now, before) {
			break
		}
		step--
	}
	return w.start.Add(-time.Duration(lastStep+1-step) * time.Minute)
}

func pack(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b) // a reader that went away
	z.Close()
	return out.Bytes()
}
