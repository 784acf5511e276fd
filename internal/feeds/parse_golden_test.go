package feeds

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watcherd/watcherd/internal/news"
)

var updateGolden = flag.Bool("update", false, "write the golden files anew")

// TestGolden reads the project's own feeds and compares all that comes of them.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/parse/[0-9]*")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, ".want.json") {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			body, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := Parse(body, Source{Feed: news.Feed{ID: "feed"}, URL: "https://example.org/feeds/x"}, "", testNow)
			if err != nil {
				t.Fatal(err)
			}
			Identify(doc.Items, &news.FeedState{ID: "feed"}, testNow)
			got, err := json.MarshalIndent(doc, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			golden := strings.TrimSuffix(name, filepath.Ext(name)) + ".want.json"
			if *updateGolden {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), string(got)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
