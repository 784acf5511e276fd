package daemon

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/desk"
	"github.com/watcherd/watcherd/internal/match"
	"github.com/watcherd/watcherd/internal/news"
	"github.com/watcherd/watcherd/internal/schedule"
	"github.com/watcherd/watcherd/internal/story"
)

// Rules are a config made ready: everything that a change of the files can
// change, built whole before any of it is used, and never changed afterwards.
type Rules struct {
	Config *config.Config
	Desk   *desk.Desk

	feeds map[news.FeedID]news.Feed
	order []news.FeedID // as in the files
	specs map[news.FeedID]schedule.Spec
}

// Compile makes a config ready and reports every fault that the stages find in
// it, in the order of the files. Rules is nil if any of them is not a mere
// warning. `check`, `run` and `reload` all come through here, so that what
// checks is what starts.
func Compile(c *config.Config) (*Rules, config.Faults) {
	m, found := match.Compile(matchRules(c))
	return compile(c, m, found)
}

// checkBroken finds what the stages have to say of a config that is refused
// already, so that all faults come in one run.
func checkBroken(c *config.Config) config.Faults {
	_, faults := compile(c, nil, match.Check(matchRules(c)))
	return faults
}

func compile(c *config.Config, m *match.Matcher, found []match.Fault) (*Rules, config.Faults) {
	var faults config.Faults
	for _, f := range withoutPacks(c, found) {
		cf := c.Fault(back(f.Pos), f.Len, f.Message, f.Fix)
		cf.Warning = f.Warning
		faults = append(faults, cf)
	}
	r := &Rules{Config: c, feeds: make(map[news.FeedID]news.Feed, len(c.Feeds)), specs: make(map[news.FeedID]schedule.Spec, len(c.Feeds))}
	sources, unread := Sources(c)
	faults = append(faults, unread...)
	faults = append(faults, homeless(c)...)
	fallback, err := schedule.ParseSpec(cmp.Or(c.Fetch.Every, "adaptive"), c.Timezone)
	if err != nil {
		faults = append(faults, specFault(c, c.Fetch.At("every"), c.Fetch.Every, err))
	}
	for i := range c.Feeds {
		f, nf := &c.Feeds[i], sources[i]
		spec := fallback
		if f.Every != "" {
			if spec, err = schedule.ParseSpec(f.Every, c.Timezone); err != nil {
				faults = append(faults, specFault(c, f.At("every"), f.Every, err))
			}
		}
		r.feeds[nf.ID], r.specs[nf.ID] = nf, spec
		r.order = append(r.order, nf.ID)
	}
	faults = c.Sort(faults)
	if m == nil || faults.Bad() {
		return nil, faults
	}
	r.Desk = desk.New(desk.Options{Matcher: m, Topics: deskTopics(c), Channels: deskChannels(c),
		DefaultChannel: c.DefaultChannel, Late: c.Stories.Late, Develop: c.Stories.Develop, Evidence: evidence(c, match.BuiltInDead())})
	return r, faults
}

// evidence identifies what the config says of text that is no evidence, and
// what is built in.
func evidence(c *config.Config, builtIn string) string {
	h := fnv.New32a()
	fmt.Fprintln(h, builtIn)
	for _, ls := range [][]config.Line{c.Boilerplate.CutAfter, c.Boilerplate.DropBlocks, c.Boilerplate.Pardon} {
		for _, l := range ls {
			fmt.Fprintf(h, "%s\n", l.Text)
		}
		fmt.Fprintln(h)
	}
	return fmt.Sprintf("%08x", h.Sum32())
}

// homeless warns of topics whose alerts Slack could show nowhere. At a
// terminal no channel is needed.
func homeless(c *config.Config) config.Faults {
	secrets, _ := c.Secrets(os.Getenv) // its faults are found by Sources
	if secrets.SlackBot.IsZero() {
		return nil
	}
	var faults config.Faults
	unrouted := c.Unrouted()
	for i := range c.Topics {
		if t := &c.Topics[i]; slices.Contains(unrouted, t.Key) {
			f := c.Fault(t.Pos, len([]rune(t.Key)), fmt.Sprintf("the topic %s names no channel and there is no default_channel, so Slack cannot show its alerts", t.Key), "channel: \"#"+t.Key+"\"")
			f.Warning = true
			faults = append(faults, f)
		}
	}
	return faults
}

// withoutPacks leaves out that a pack has names which nothing uses: a desk that
// takes in a shipped file of entities whole has done nothing wrong. In the main
// file, and in one with topics, an unused name is more likely a slip.
func withoutPacks(c *config.Config, found []match.Fault) []match.Fault {
	own := map[string]bool{"": true}
	if files := c.Files(); len(files) > 0 {
		own[files[0]] = true
	}
	for i := range c.Topics {
		own[c.Topics[i].Pos.File] = true
	}
	return slices.DeleteFunc(found, func(f match.Fault) bool { return f.Unused && !own[f.Pos.File] })
}

// specFault is the fault of a schedule that means nothing.
func specFault(c *config.Config, at config.Pos, text string, err error) config.Fault {
	f := c.Fault(at, len([]rune(text)), err.Error(), "every: 10m, or every: adaptive, or a cron spec such as \"*/15 7-22 * * *\"")
	if e, ok := errors.AsType[*schedule.SpecError](err); ok {
		f.Message, f.Fix = e.Message, orElse(e.Fix, f.Fix)
	}
	return f
}

// feed finds a configured feed by its address, its name, or a selector.
func (r *Rules) feed(name string) (news.Feed, bool) {
	if f, ok := r.feeds[news.FeedID(name)]; ok {
		return f, true
	}
	for _, id := range r.order {
		f := r.feeds[id]
		if name != "" && strings.EqualFold(f.Name, name) {
			return f, true
		}
		if tag, ok := strings.CutPrefix(name, "tag:"); ok && slices.Contains(f.Tags, tag) {
			return f, true
		}
	}
	return news.Feed{}, false
}

// storyOptions are the settings of the stories.
func (r *Rules) storyOptions() story.Options {
	return story.Options{Window: r.Config.Stories.Window, Develop: r.Config.Stories.Develop}
}

// thresholds are what the likeness to a story is held against.
func (r *Rules) thresholds() Thresholds {
	var t Thresholds
	t.Sure, t.Maybe = r.storyOptions().Thresholds()
	return t
}

// first says whether an item seen at the first poll of its feed is told all
// the same, because the desk asked for what is newer than a duration.
func (r *Rules) first(it *news.Item, now time.Time) bool {
	d := r.Config.Fetch.FirstPoll
	return d > 0 && !it.Published.IsZero() && now.Sub(it.Published) <= d
}
