package config_test

import (
	"fmt"
	"os"

	"github.com/watcherd/watcherd/internal/config"
)

func ExampleLoadBytes() {
	_, faults := config.LoadBytes("topics.yaml", []byte(`topics:
  arms-control:
    channel: #arms-control
    any:
      - arms control ^4
      - title: New START
`))
	if err := faults.Render(os.Stdout, false); err != nil {
		fmt.Println(err)
	}
	// Output:
	// topics.yaml:3:14: channel is empty, because everything after # is a comment
	//    2 |   arms-control:
	//    3 |     channel: #arms-control
	//      |              ^^^^^^^^^^^^^
	//    4 |     any:
	//    Fix: channel: "#arms-control"
	//
	// topics.yaml:6:9: the colon makes this a key with a value, not a term
	//    5 |       - arms control ^4
	//    6 |       - title: New START
	//      |         ^^^^^
	//    Fix: - "title: New START"
	//
	// 2 faults
}

func ExampleAddFeeds() {
	out, err := config.AddFeeds([]byte(`feeds:
  # wires first
  - url: https://example.org/world/rss   # slow on Sundays
    name: Example World
`), []config.Feed{{URL: "https://example.com/feed", Name: "Example: the site", Tags: []string{"en"}}})
	if err != nil {
		fmt.Println(err)
	}
	fmt.Print(string(out))
	// Output:
	// feeds:
	//   # wires first
	//   - url: https://example.org/world/rss   # slow on Sundays
	//     name: Example World
	//   - url: https://example.com/feed
	//     name: "Example: the site"
	//     tags: [en]
}
