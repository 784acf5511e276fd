// Package config owns the shape of the desk's files: which keys exist, what a
// value may look like, what stands for what is left out, and where each thing
// is written. It alone knows YAML, and it imports nothing of the house.
//
// Files are read as YAML nodes and checked by our own code, never decoded
// straight into structs: a term stays the text that the editor typed, every
// value keeps its line and column, and all faults are found in one run. What a
// value means (does a term compile, does a cron spec ever fire) belongs to the
// stages; they report with (*Config).Fault, so that all faults print alike.
//
// One table, made from the struct tags in this file and in rules.go, drives
// the checker, the suggestions for misspelt keys and the JSON Schema. Start
// reading here, then load.go (the way in) and decode.go (nodes to values).
package config

import (
	"cmp"
	"net/netip"
	"os"
	"strings"
	"time"
	_ "time/tzdata" // a small server may have no time zones of its own
)

// Config is everything the files say, with defaults for what they leave out.
type Config struct {
	Place

	Version        int            `yaml:"version" kind:"count" min:"1" max:"1" eg:"1" help:"Version of the file's shape. There is one so far: 1."`
	Include        []Line         `yaml:"include" kind:"path" eg:"feeds.yaml" also:"includes,import,files" help:"More files to read, relative to this one. Patterns such as topics/*.yaml are allowed. Only in the main file."`
	StateDir       string         `yaml:"state_dir" kind:"text" eg:"/var/lib/watcherd" also:"data_dir,datadir" help:"Folder that holds the data file. Default: $STATE_DIRECTORY, else ./state."`
	Timezone       *time.Location `yaml:"timezone" kind:"zone" eg:"Europe/Brussels" also:"time_zone,tz" help:"Time zone of quiet hours, digests, cron specs and dates shown. Default: the machine's."`
	Contact        string         `yaml:"contact" kind:"contact" eg:"desk@example.org" also:"email,mail" help:"Address for publishers, sent in the User-Agent of every request."`
	Listen         string         `yaml:"listen" kind:"listen" eg:"127.0.0.1:8787" also:"address,bind,port" help:"Where the desk's page, /healthz and /metrics are served. Empty turns them off."`
	ListenPublic   string         `yaml:"listen_public" kind:"listen" eg:"127.0.0.1:8790" also:"websub" help:"Where hubs push news of feeds that offer it (WebSub), best behind a proxy with TLS. Off if left out."`
	PublicURL      string         `yaml:"public_url" kind:"feed" eg:"https://desk.example.org/push" also:"callback,callback_url" help:"The address under which hubs reach listen_public. Default: http:// and that address."`
	Keep           time.Duration  `yaml:"keep" kind:"duration" min:"1d" eg:"30d" also:"retention" help:"How long items are stored for replay and why."`
	KeepSize       Size           `yaml:"keep_size" kind:"size" min:"10MB" eg:"2GB" also:"max_size" help:"How large the data file may grow before the oldest items go early."`
	Log            Log            `yaml:"log" also:"logging" help:"What is logged, and how."`
	Fetch          Fetch          `yaml:"fetch" also:"polling,poll,http" help:"How feeds are asked."`
	Slack          Slack          `yaml:"slack" help:"How Slack is reached. Without any token alerts go to the terminal."`
	DefaultChannel string         `yaml:"default_channel" kind:"channel" optional:"yes" eg:"#news-watch" help:"Channel for topics that name none."`
	Stories        Stories        `yaml:"stories" also:"story" help:"How reports are put together into stories."`
	Channels       []Channel      `yaml:"channels" help:"Manners of single channels. A channel that is not listed has the usual ones."`

	Feeds       []Feed      `yaml:"feeds" also:"sources,urls" help:"The feeds to watch."`
	Topics      []Topic     `yaml:"topics" keyed:"yes" also:"rules,topic" help:"What the desk watches for, by topic."`
	Entities    []Entity    `yaml:"entities" keyed:"yes" also:"entity,names" help:"Named things with all their names, for use as @name in terms."`
	Contexts    []Context   `yaml:"contexts" keyed:"yes" short:"yes" also:"context" help:"Lists of words that topics share by name."`
	Boilerplate Boilerplate `yaml:"boilerplate" help:"Text that is no evidence, beside what is learned per feed."`
	Tests       []Test      `yaml:"tests" also:"test,examples" help:"Examples that must come out right before a change of the rules is applied."`

	sources []*source
	broken  bool
}

// Log says what is logged.
type Log struct {
	Place
	Level  string `yaml:"level" kind:"word" enum:"debug,info,warn,error" help:"From which weight on lines are logged."`
	Format string `yaml:"format" kind:"word" enum:"text,json" help:"Lines for people or for machines."`
}

// Fetch says how feeds are asked.
type Fetch struct {
	Place
	Every        string         `yaml:"every" kind:"every" eg:"adaptive" also:"interval,schedule" help:"When feeds are asked that set nothing themselves: adaptive, a duration, or a cron spec."`
	MinInterval  time.Duration  `yaml:"min_interval" kind:"duration" min:"1s" eg:"2m" help:"The adaptive schedule never asks more often."`
	MaxInterval  time.Duration  `yaml:"max_interval" kind:"duration" min:"1s" eg:"6h" help:"The adaptive schedule never asks less often."`
	FirstPoll    time.Duration  `yaml:"first_poll" kind:"first_poll" eg:"silent" help:"What is in a feed at first sight: silent never alerts, a duration alerts on items newer than that."`
	Workers      int            `yaml:"workers" kind:"count" min:"1" max:"4096" eg:"64" help:"How many feeds are in work at once. Those whose server takes over a second to answer do not count, eight times as many at most."`
	PerHost      PerHost        `yaml:"per_host" help:"Manners towards one server."`
	Timeout      time.Duration  `yaml:"timeout" kind:"duration" min:"1s" eg:"30s" help:"Longest time for one request."`
	MaxBody      Size           `yaml:"max_body" kind:"size" min:"64KB" eg:"10MB" help:"Largest answer that is read, unpacked."`
	Proxy        string         `yaml:"proxy" kind:"proxy" eg:"http://proxy.example.org:3128" also:"http_proxy,https_proxy" help:"Feeds are asked through this proxy: http, https or socks5. No password here; see proxy_file."`
	ProxyFile    string         `yaml:"proxy_file" kind:"file" help:"File that holds the proxy's address with its user and password. Or the systemd credential fetch-proxy."`
	AllowPrivate []netip.Prefix `yaml:"allow_private" kind:"network" eg:"127.0.0.0/8" help:"Private networks that a feed may live in. None by default."`
}

// PerHost holds the manners towards one server.
type PerHost struct {
	Place
	Concurrent int           `yaml:"concurrent" kind:"count" min:"1" max:"64" eg:"2" help:"Requests to one server at once."`
	Spacing    time.Duration `yaml:"spacing" kind:"duration" min:"0s" eg:"1s" help:"Time between two requests to one server."`
}

// Slack says how Slack is reached. The tokens themselves never stand in a
// file of the desk; see Secrets.
type Slack struct {
	Place
	BotTokenFile string `yaml:"bot_token_file" kind:"file" eg:"/etc/watcherd/slack-bot-token" also:"token_file" help:"File that holds the bot token (xoxb-...). Or $WATCHERD_SLACK_BOT_TOKEN, or the systemd credential slack-bot-token."`
	AppTokenFile string `yaml:"app_token_file" kind:"file" help:"File that holds the app token (xapp-...) for buttons and /watch. Or $WATCHERD_SLACK_APP_TOKEN, or the systemd credential slack-app-token."`
	WebhookFile  string `yaml:"webhook_file" kind:"file" help:"File that holds an incoming webhook's address: posts only. Or $WATCHERD_SLACK_WEBHOOK, or the systemd credential slack-webhook."`
	APIURL       string `yaml:"api_url" kind:"url" eg:"https://slack.com/api/" help:"Address of Slack's API."`
	OpsChannel   string `yaml:"ops_channel" kind:"channel" optional:"yes" eg:"#watcherd-ops" help:"Channel for what concerns the watch itself: dead feeds, refused changes."`
}

// Stories says how reports become stories.
type Stories struct {
	Place
	Window  time.Duration `yaml:"window" kind:"duration" min:"1h" eg:"96h" help:"How long after its last report a story can be joined."`
	Develop string        `yaml:"develop" kind:"word" enum:"off,mark,alert" help:"What a new development in a told story does: off nothing, mark says so in the update, alert tells it again."`
	Late    time.Duration `yaml:"late" kind:"duration" min:"1h" eg:"7d" also:"max_age" help:"Items older than this when first seen are not news."`
}

// Channel holds the manners of one channel.
type Channel struct {
	Place
	Name       string   `yaml:"name" kind:"channel" need:"yes" eg:"#arms-control" also:"channel,id" help:"The channel: #name or its Slack ID."`
	Quiet      Quiet    `yaml:"quiet" also:"quiet_hours" help:"When normal alerts wait for a digest. Urgent ones pass."`
	Updates    string   `yaml:"updates" kind:"word" enum:"edit,thread,silent" help:"How further reports of a told story show: edit the message, reply in its thread, or not at all."`
	Budget     int      `yaml:"budget" kind:"budget" eg:"40/day" also:"limit,at_most" help:"Normal alerts per day; over it they wait for the digest."`
	Mentions   Mentions `yaml:"mentions" also:"mention" help:"Who is called when. Nobody by default."`
	Digest     []Clock  `yaml:"digest" kind:"clock" eg:"08:30" also:"digests" help:"Times of day at which what was held back is told."`
	DigestOnly bool     `yaml:"digest_only" kind:"bool" also:"only_digest,digests_only" help:"true: normal alerts come in the digests alone, at the times of digest; at midnight if it names none."`
	Escalate   Escalate `yaml:"escalate" help:"What happens to an urgent alert that nobody claims."`
}

// Quiet is a stretch of the day, over midnight where From is after To. The
// zero value is never quiet.
type Quiet struct {
	Place
	From     Clock          `yaml:"from" kind:"clock" need:"yes" eg:"22:00" also:"start" help:"Begin, as 22:00."`
	To       Clock          `yaml:"to" kind:"clock" need:"yes" eg:"06:30" also:"until,end" help:"End, as 06:30."`
	Days     []time.Weekday `yaml:"days" kind:"day" eg:"mon" help:"Days on which the stretch begins; every day if left out."`
	Timezone *time.Location `yaml:"timezone" kind:"zone" eg:"Europe/Kyiv" also:"zone,tz" help:"Time zone, if not the desk's."`
}

// Set reports whether any quiet hours are given.
func (q Quiet) Set() bool { return q.From != q.To }

// Mentions says who is called for which alerts.
type Mentions struct {
	Place
	Urgent string `yaml:"urgent" kind:"mention" eg:"here" help:"Who is called for an urgent alert: here, channel, a user's ID (U...) or a user group's ID (S...)."`
}

// Escalate says who is called when an urgent alert is not claimed.
type Escalate struct {
	Place
	After time.Duration `yaml:"after" kind:"duration" min:"1m" need:"yes" eg:"10m" help:"How long an urgent alert may wait for a claim."`
	To    string        `yaml:"to" kind:"mention" need:"yes" eg:"S0123456789" help:"Who is called then: here, channel, a user's ID (U...) or a user group's ID (S...)."`
}

// Feed is one feed as the desk configures it.
type Feed struct {
	Place
	URL          string            `yaml:"url" kind:"feed" need:"yes" eg:"https://example.org/world/rss" also:"link,href,feed,xmlurl,address" help:"The feed's address."`
	Name         string            `yaml:"name" kind:"text" eg:"Example World" also:"title,outlet,label" help:"The outlet as alerts show it. Default: the feed's own title."`
	Every        string            `yaml:"every" kind:"every" eg:"5m" also:"interval,schedule,cron,refresh,poll" help:"When it is asked: a duration (5m), a cron spec, or adaptive."`
	Tags         []string          `yaml:"tags" kind:"tag" eg:"wire" also:"tag,categories,category" help:"Words to select feeds by, as in sources: {exclude: [tag:sport]}."`
	Lang         string            `yaml:"lang" kind:"lang" eg:"en" also:"language" help:"Language of its items, two letters, where they do not say."`
	Paused       bool              `yaml:"paused" kind:"bool" also:"disabled" help:"true: not asked for now; its history is kept."`
	User         string            `yaml:"user" kind:"text" also:"username,login" help:"User name, for a feed behind a password."`
	PasswordFile string            `yaml:"password_file" kind:"file" help:"File that holds the password."`
	InsecureTLS  bool              `yaml:"insecure_tls" kind:"bool" also:"insecure,skip_verify,tls_insecure,verify" help:"true: its certificate is not checked. Whoever sits on the way can then write its news; only for a feed that has no good one."`
	Headers      map[string]string `yaml:"headers" kind:"header" help:"Extra request headers that are no secret."`
	HeaderFiles  map[string]string `yaml:"header_files" kind:"header_file" help:"Extra request headers whose values are read from files, such as Authorization."`
}

// Default returns the values that hold where the files say nothing. Elements
// of lists have theirs in their defaults methods below.
func Default() *Config {
	return &Config{
		Version:  1,
		StateDir: defaultStateDir(os.Getenv),
		Timezone: time.Local,
		Listen:   "127.0.0.1:8787",
		Keep:     30 * day,
		KeepSize: 2 * gigabyte,
		Log:      Log{Level: "info", Format: "text"},
		Fetch: Fetch{
			Every:       "adaptive",
			MinInterval: 2 * time.Minute,
			MaxInterval: 6 * time.Hour,
			Workers:     64,
			PerHost:     PerHost{Concurrent: 2, Spacing: time.Second},
			Timeout:     30 * time.Second,
			MaxBody:     10 * megabyte,
		},
		Slack:   Slack{APIURL: "https://slack.com/api/"},
		Stories: Stories{Window: 96 * time.Hour, Develop: "mark", Late: 7 * day},
	}
}

func (c *Channel) defaults() { c.Updates = "edit" }

func (t *Topic) defaults() {
	t.Urgency, t.Mode, t.Threshold, t.Confirm = "normal", "live", 2, 1
}

// defaultStateDir takes the first of the folders that systemd names.
func defaultStateDir(env func(string) string) string {
	first, _, _ := strings.Cut(env("STATE_DIRECTORY"), ":")
	return cmp.Or(first, "state")
}
