package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/watcherd/watcherd/configs"
	"github.com/watcherd/watcherd/internal/config"
)

func (a *app) initCmd() *cobra.Command {
	var in starter
	var topics string
	c := &cobra.Command{
		Use: "init [DIR]", GroupID: "care", Args: cobra.MaximumNArgs(1),
		Short: "Write a starter config; never overwrites anything",
		Long: `Writes a config with real feeds, topics and entities, ready to run and to edit.
It asks three things at a terminal, or takes them as flags: which topics, which
channel, which time zone. DIR is where the config file is looked for (configs by
default). A file that is there already is never touched.`,
		Example: "  watcherd init\n  watcherd init /etc/watcherd --topics nato,ukraine --channel '#desk'\n  watcherd init --timezone Europe/Brussels",
		RunE: func(_ *cobra.Command, args []string) error {
			in.dir = filepath.Dir(a.configFile())
			if len(args) == 1 {
				in.dir = args[0]
			}
			if topics != "" {
				in.topics = strings.Split(topics, ",")
			}
			return a.init(in)
		},
	}
	c.Flags().StringVar(&topics, "topics", "", "topic packs, as nato,ukraine (default: all of them)")
	c.Flags().StringVar(&in.channel, "channel", "", "one channel for all topics, as #desk (default: one per topic)")
	c.Flags().StringVar(&in.timezone, "timezone", "", "the desk's time zone, as Europe/Brussels (default: the machine's)")
	return c
}

// starter is what init needs to know.
type starter struct {
	dir      string
	topics   []string
	channel  string
	timezone string
}

func (a *app) init(in starter) error {
	packs, err := topicPacks()
	if err != nil {
		return err
	}
	if atTerminal(a.stdin) && atTerminal(a.stdout) && in.topics == nil && in.channel == "" && in.timezone == "" {
		if err := a.interview(&in, packs); err != nil {
			return err
		}
	}
	if err := in.check(packs); err != nil {
		return err
	}
	files, err := in.files()
	if err != nil {
		return err
	}
	for name := range files {
		if _, err := os.Lstat(filepath.Join(in.dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there already; init never overwrites: move it away, or name another folder", filepath.Join(in.dir, name))
		}
	}
	for _, name := range slices.Sorted(keys(files)) {
		if err := writeNew(filepath.Join(in.dir, name), files[name]); err != nil {
			return err
		}
	}
	main := filepath.Join(in.dir, "watcherd.yaml")
	fmt.Fprintf(a.stdout, "wrote %d files to %s\nnext:  watcherd check --config %s\n       watcherd run --dry-run --config %s\n", len(files), in.dir, main, main)
	return nil
}

// topicPacks are the shipped topics by the name of their file.
func topicPacks() ([]string, error) {
	names, err := fs.Glob(configs.Files, "topics/*.yaml")
	for i, n := range names {
		names[i] = strings.TrimSuffix(filepath.Base(n), ".yaml")
	}
	return names, err
}

// interview asks the three things, each again until the answer is one. An
// empty answer takes the default.
func (a *app) interview(in *starter, packs []string) error {
	sc := bufio.NewScanner(a.stdin)
	ask := func(question, def string, take func(string) error) {
		for {
			fmt.Fprintf(a.stdout, "%s [%s]: ", question, def)
			if !sc.Scan() {
				fmt.Fprintln(a.stdout)
				return
			}
			answer := strings.TrimSpace(sc.Text())
			if answer == "" || answer == def {
				return
			}
			err := take(answer)
			if err == nil {
				return
			}
			fmt.Fprintf(a.stdout, "  %v\n", err)
		}
	}
	ask("Topics ("+strings.Join(packs, ", ")+")", "all", func(s string) error {
		in.topics = strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
		return in.checkTopics(packs)
	})
	ask("Channel for all of them, such as #desk", "one per topic", func(s string) error {
		in.channel = s
		return in.checkChannel()
	})
	in.timezone = localZone()
	ask("Time zone", in.timezone, func(s string) error {
		in.timezone = s
		return in.checkZone()
	})
	return sc.Err()
}

func localZone() string {
	if z := time.Local.String(); z != "Local" {
		return z
	}
	if link, err := os.Readlink("/etc/localtime"); err == nil {
		if _, z, ok := strings.Cut(link, "zoneinfo/"); ok {
			return z
		}
	}
	return "UTC"
}

func (in *starter) check(packs []string) error {
	if in.topics == nil {
		in.topics = packs
	}
	if in.timezone == "" {
		in.timezone = localZone()
	}
	for _, err := range []error{in.checkTopics(packs), in.checkChannel(), in.checkZone()} {
		if err != nil {
			return usagef("init: %w", err)
		}
	}
	return nil
}

func (in *starter) checkTopics(packs []string) error {
	for _, t := range in.topics {
		if !slices.Contains(packs, t) {
			return fmt.Errorf("there is no topic pack %q; there are %s", t, strings.Join(packs, ", "))
		}
	}
	return nil
}

func (in *starter) checkChannel() error {
	if in.channel != "" && !strings.HasPrefix(in.channel, "#") {
		in.channel = "#" + in.channel
	}
	if in.channel != "" && !channelName.MatchString(in.channel) {
		return fmt.Errorf("%q is no channel name; write it as #desk, in small letters", in.channel)
	}
	return nil
}

func (in *starter) checkZone() error {
	if _, err := time.LoadLocation(in.timezone); err != nil || in.timezone == "" {
		return fmt.Errorf("%q is no time zone; write it as Europe/Brussels", in.timezone)
	}
	return nil
}

var (
	channelName  = regexp.MustCompile(`^#[\p{Ll}\p{Lo}\pN_-]{1,80}$`)
	zoneLine     = regexp.MustCompile(`(?m)^(# )?timezone:.*$`)
	stateLine    = regexp.MustCompile(`(?m)^(# )?state_dir:.*$`)
	channelLine  = regexp.MustCompile(`(?m)^(    channel:).*$`)
	fallbackLine = regexp.MustCompile(`(?m)^default_channel:.*$`)
)

// system says that the config is the machine's service's: the commands must
// find its data and its socket without the environment that systemd gives it.
func (in *starter) system() bool {
	dir, err := filepath.Abs(in.dir)
	return err == nil && strings.HasPrefix(dir+"/", "/etc/")
}

// files are the shipped files with the answers in their places.
func (in *starter) files() (map[string][]byte, error) {
	out := make(map[string][]byte)
	err := fs.WalkDir(configs.Files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		pack, isTopic := strings.CutPrefix(name, "topics/")
		if isTopic && !slices.Contains(in.topics, strings.TrimSuffix(pack, ".yaml")) {
			return nil
		}
		b, err := fs.ReadFile(configs.Files, name)
		if err != nil {
			return err
		}
		if name == "watcherd.yaml" {
			b = zoneLine.ReplaceAll(b, []byte("timezone: "+in.timezone))
			if in.system() {
				b = stateLine.ReplaceAll(b, []byte("state_dir: /var/lib/watcherd"))
			}
			if in.channel != "" {
				b = fallbackLine.ReplaceAll(b, []byte(`default_channel: "`+in.channel+`"`))
			}
		}
		if isTopic {
			b = in.trimTests(b)
		}
		if isTopic && in.channel != "" {
			b = channelLine.ReplaceAll(b, []byte(`$1 "`+in.channel+`"`))
		}
		out[name] = b
		return nil
	})
	// For text editors, which the first line of each file sends there.
	out["watcherd.schema.json"] = config.Schema()
	return out, err
}

var (
	testStart = regexp.MustCompile(`^  - `)
	claimLine = regexp.MustCompile(`^(    (fires|not): )\[(.*)\]$`)
)

// trimTests takes the topics that were not chosen out of what the rule tests
// claim, and drops a test that claims nothing any more.
func (in *starter) trimTests(b []byte) []byte {
	head, tests, ok := strings.Cut(string(b), "\ntests:\n")
	if !ok {
		return b
	}
	var out, block []string
	claims := true
	flush := func() {
		if claims {
			out = append(out, block...)
		}
		block, claims = nil, true
	}
	for line := range strings.SplitSeq(tests, "\n") {
		if testStart.MatchString(line) {
			flush()
		}
		if m := claimLine.FindStringSubmatch(line); m != nil {
			kept := slices.DeleteFunc(strings.Split(m[3], ", "), func(t string) bool { return t != "" && !slices.Contains(in.topics, t) })
			if all := strings.Count(m[3], ",") + 1; m[2] == "not" && len(kept) < all {
				// What is left of a claim about several topics may be about the
				// one that the text has nothing of.
				claims = strings.Contains(strings.Join(block, "\n"), "fires: [")
				continue
			}
			line = m[1] + "[" + strings.Join(kept, ", ") + "]"
		}
		block = append(block, line)
	}
	flush()
	return []byte(head + "\ntests:\n" + strings.Join(out, "\n"))
}

// writeNew writes a file that must not be there.
func writeNew(name string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}
