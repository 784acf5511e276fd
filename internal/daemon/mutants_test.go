package daemon

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/notify/terminal"
)

const mutantBase = `timezone: Europe/Brussels
listen: ""
keep: 30d
keep_size: 2GB
contact: desk@example.org
fetch: {every: adaptive, min_interval: 2m, workers: 4, first_poll: silent}
default_channel: "#desk"
stories: {window: 96h}
channels:
  - name: "#arms"
    quiet: {from: "22:00", to: "06:30", days: [mon, tue]}
    updates: edit
    budget: 40/day
feeds:
  - url: https://example.org/world/rss
    name: Example World
    every: 5m
    tags: [wire, en]
  - {url: "https://example.net/feed", every: "*/15 7-22 * * *"}
topics:
  arms:
    name: Arms control
    channel: "#arms"
    urgency: urgent
    any: |
      arms control ^4
      =START ^5 with treaty, warhead*
      draft treat* ~12 Russia // as written
    ru: "контроль над вооружениями"
    unless: |
      fantasy football
  sanctions:
    all:
      act: "sanction*\nprice cap"
      who: "@russia\nRosneft"
    near: {groups: [act, who], within: 15}
    sources: {exclude: [tag:wire]}
entities:
  russia: {any: "Russia\nKremlin", uk: "Росія"}
tests:
  - title: "Talks on arms control resume"
    fires: [arms]
  - {title: "Sanctions hit Rosneft", fires: [sanctions]}
  - same_story: ["Talks on arms control resume in Geneva", "Arms control talks resume in Geneva"]
`

// snippets are what slips into files by hand.
var snippets = []string{"\t", "\u00a0", "“", "”", "#", "# ", ": ", "-", "- ", "|", ">", "&a ", "*a", "!!str ", "null", "~", "yes", "no", "007", "1.10", "0x10",
	"{", "}", "[", "]", "'", "\"", "\\", "\r", "\x00", "\ufeff", "---\n", "...\n", "%YAML 1.1\n", "<<: ", "@", "`", "^x", "~0", "$HOME", "😀", "\u200b", "а", "10", "-1", "1e9", "32d", "0s",
	"mode: shadow\n", "    mode: shadow\n", "every: 0s\n", "\n", "\n\n", "  ", "    threshold: 99\n", "include: [nowhere.yaml]\n", "listen: 127.0.0.1:0\n", "workers: 0", "timezone: Mars/Base\n"}

// mutate changes a text as slips of the hand, editors and disks do.
func mutate(rng *rand.Rand, text string) string {
	lines := strings.SplitAfter(text, "\n")
	for range 1 + rng.IntN(3) {
		i, j := rng.IntN(len(lines)), rng.IntN(len(lines))
		l := lines[i]
		at := rng.IntN(len(l) + 1)
		switch rng.IntN(11) {
		case 0:
			lines[i] = ""
		case 1:
			lines[i] += lines[j]
		case 2:
			lines[i], lines[j] = lines[j], l
		case 3:
			lines[i] = l[:at] + snippets[rng.IntN(len(snippets))] + l[at:]
		case 4:
			if at < len(l) {
				lines[i] = l[:at] + l[at+1:]
			}
		case 5:
			lines[i] = "  " + l
		case 6:
			lines[i] = strings.TrimPrefix(l, "  ")
		case 7: // another value
			if k := strings.Index(l, ": "); k > 0 {
				lines[i] = l[:k+2] + snippets[rng.IntN(len(snippets))] + "\n"
			}
		case 8: // two letters change places
			if at+1 < len(l) {
				lines[i] = l[:at] + l[at+1:at+2] + l[at:at+1] + l[at+2:]
			}
		case 9:
			lines[i] = strings.Replace(l, "arms", "arm", 1)
		case 10: // a cut file
			if rng.IntN(8) == 0 {
				lines = append(lines[:i:i], l[:at])
			}
		}
	}
	return strings.Join(lines, "")
}

// What check accepts, a start and a reload accept, and nothing else; whatever
// is typed. WATCHERD_MUTANTS sets how many files are tried.
func TestCheckAcceptsExactlyWhatRunAndReloadAccept(t *testing.T) {
	n := 200
	if s := os.Getenv("WATCHERD_MUTANTS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	var hands []*mutants
	for range runtime.GOMAXPROCS(0) {
		hands = append(hands, newMutants(t))
	}
	var good, bad, built atomic.Int64
	t.Run("hands", func(t *testing.T) {
		for hand, m := range hands {
			t.Run(strconv.Itoa(hand), func(t *testing.T) {
				t.Parallel()
				for i := hand; i < n; i += len(hands) {
					accepted, started := m.try(t, i)
					switch {
					case !accepted:
						bad.Add(1)
					case started:
						built.Add(1)
						fallthrough
					default:
						good.Add(1)
					}
				}
			})
		}
	})
	t.Logf("%d accepted, %d refused, %d started in full", good.Load(), bad.Load(), built.Load())
	if int(good.Load()) < n/20 || int(bad.Load()) < n/4 || built.Load() == 0 {
		t.Errorf("%d accepted, %d refused: the test proves little", good.Load(), bad.Load())
	}
}

// mutants tries broken files on a desktop whose service is reloaded, and on
// one that has never run.
type mutants struct {
	d    *desktop
	lone string // a file with no last good copy
	none string // a state folder that does not exist
}

func newMutants(t *testing.T) *mutants {
	t.Helper()
	dir := t.TempDir()
	return &mutants{
		d:    openDesktop(t, &world{}, mutantBase),
		lone: filepath.Join(dir, "watcherd.yaml"), none: filepath.Join(dir, "none"),
	}
}

// mutant is the same text under a number on every machine, however many hands
// try them.
func mutant(i int) string { return mutate(rand.New(rand.NewPCG(7, uint64(i))), mutantBase) }

// try asks check, a start and a reload of one mutant, and says whether they
// accept it; of some numbers the accepted ones are started in full.
func (m *mutants) try(t *testing.T, i int) (accepted, started bool) {
	t.Helper()
	text := "state_dir: " + m.none + "\n" + mutant(i)
	if err := os.WriteFile(m.lone, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, r, faults := Prepare(m.lone)
	if (r != nil) == faults.Bad() {
		t.Fatalf("mutant %d: rules %t, faults %v", i, r != nil, faults)
	}
	if err := os.RemoveAll(m.none); err != nil { // of a reload before
		t.Fatal(err)
	}
	booted, degraded, err := Boot(m.lone)
	if (booted != nil) != (r != nil) || degraded != "" || (err == nil) != (r != nil) {
		t.Fatalf("mutant %d: check says %t, a start %v\n%s", i, r != nil, err, text)
	}
	if err := os.WriteFile(m.d.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	before := m.d.rules.Load()
	v := m.d.Reload(t.Context(), true)
	if v.Applied != (r != nil) || !v.Applied && m.d.rules.Load() != before || v.Applied && m.d.rules.Load() == before {
		t.Fatalf("mutant %d: check says %t, reload %+v\n%s", i, r != nil, v, text)
	}
	for _, f := range faults {
		if f.Line < 0 || f.Line > strings.Count(text, "\n")+1 || f.Message == "" {
			t.Fatalf("mutant %d: a fault without a place or words: %+v\n%s", i, f, text)
		}
	}
	if r == nil {
		return false, false
	}
	if i%12 != 0 {
		return true, false
	}
	if err := canBuild(t, r); err != nil {
		t.Fatalf("mutant %d: what check accepts does not start: %v\n%s", i, err, text)
	}
	return true, true
}

// canBuild starts the parts, in a folder of the test's own.
func canBuild(t *testing.T, r *Rules) error {
	t.Helper()
	c := *r.Config
	c.StateDir = t.TempDir()
	rules := *r
	rules.Config = &c
	d, err := Build(t.Context(), &rules, "none.yaml", Options{Transport: &world{}, Notifier: terminal.New(io.Discard, terminal.Options{}), Hasty: true})
	if err != nil {
		return fmt.Errorf("build: %w", err)
	}
	return d.Close()
}

// Every rhythm that passes the checker of the file, the schedule knows; but for
// days that never come, which only it can tell.
func TestTheScheduleKnowsEveryRhythmThatTheFileMayHold(t *testing.T) {
	passed := 0
	for _, every := range []string{
		"adaptive", "1s", "5m", "36h", "14d", "2w", "1w2d", "1h1d", "1h30m", "1500ms", "@every 5m", "@every  2w", "@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually",
		"*/15 * * * *", "0 6,18 * * mon-fri", "*/10 7-22 1-15 jan-jun *", "0 0 29 2 *", "? ? * * ?", "5/20 * * * *", "0 6 * * MON",
		"CRON_TZ=Europe/Kyiv 0 7 * * *", "TZ=UTC 0 7 * * *", "CRON_TZ=Europe/Kyiv @daily", "CRON_TZ=Europe/Kyiv   0 7 * * *", "CRON_TZ=Local 0 7 * * *",
		// and what is refused
		"36526d", "99999w", "0s", "999ms", "@every 0s", "@every", "@reboot", "TZ=Europe/Kyiv", "CRON_TZ=Mars/Base 0 7 * * *", "TZ= 0 7 * * *", "0 6 * * 7", "0 6 * * * *", "60 * * * *", "*/0 * * * *",
		"0 6 * * mon-", "-1 * * * *", "*-5 * * * *", "1-5-9 * * * *", "a * * * *", "0 22-6 * * *", "1,, * * * *", "jan * * * *", "0 0 ? 13 *",
	} {
		c, faults := config.LoadBytes("x.yaml", []byte("feeds: [{url: \"https://example.org/rss\", every: \""+every+"\"}]\n"))
		if faults.Bad() {
			continue
		}
		passed++
		if _, faults := Compile(c); faults.Bad() {
			t.Errorf("every: %q passes the file, and the schedule says: %v", every, faults)
		}
	}
	if passed != 31 {
		t.Errorf("%d rhythms pass, want the 31 good ones", passed)
	}
}
