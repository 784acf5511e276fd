package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestPollPrintsWhatCameOfACutAnswerAndItsError(t *testing.T) {
	rss := rssOf(itemOf(1, "Came whole") + itemOf(2, "Cut away"))
	cut := strings.LastIndex(rss, "<item>")
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/rss+xml")
		w.Header().Set("Content-Length", strconv.Itoa(len(rss)))
		_, _ = io.WriteString(w, rss[:cut])
	}))
	defer web.Close()
	got := polls(t, plain+"fetch: {allow_private: [127.0.0.0/8]}\n", web.URL+"/rss")
	for _, want := range []string{`"ok":false`, `"class":"truncated"`, `"format":"rss2.0"`, `"title":"Came whole"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

func TestAFileThatCannotBeReadHasAClassOfTheContract(t *testing.T) {
	dir := t.TempDir()
	for name, class := range map[string]string{filepath.Join(dir, "missing.xml"): "not_found", dir: "not_feed"} {
		if got := polls(t, plain, name); !strings.Contains(got, `"ok":false,"error":{"class":"`+class+`"`) {
			t.Errorf("want %s: %s", class, got)
		}
	}
}
