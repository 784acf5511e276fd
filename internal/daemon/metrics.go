package daemon

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/watcherd/watcherd/internal/news"
)

// metrics are the figures of the watch. Names follow Prometheus' conventions:
// base units, _total for counters.
type metrics struct {
	registry *prometheus.Registry

	polls      *prometheus.CounterVec // by result: new, same, or an error class
	items      *prometheus.CounterVec // by outcome
	alerts     *prometheus.CounterVec // by kind
	pushes     *prometheus.CounterVec // by result, as polls, or why it was not taken
	round      prometheus.Histogram
	match      prometheus.Histogram
	lateness   prometheus.Histogram // due to start of the round
	noticed    prometheus.Histogram // published to noticed
	commit     prometheus.Histogram
	reloads    *prometheus.CounterVec // by verdict: applied, refused
	configTime prometheus.Gauge
	degraded   prometheus.Gauge
	lost       prometheus.Counter
	acts       *prometheus.CounterVec // by verb
	hands      prometheus.Gauge
}

func newMetrics(started time.Time, version string) *metrics {
	seconds := []float64{.0001, .0005, .001, .005, .01, .05, .1, .5, 1, 5, 10, 30}
	ages := []float64{1, 5, 15, 60, 120, 300, 600, 1800, 3600, 4 * 3600, 24 * 3600}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		polls: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "watcherd_polls_total",
			Help: "Rounds by result: new, same, or the class of the error."}, []string{"result"}),
		items: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "watcherd_items_total",
			Help: "New items by outcome."}, []string{"outcome"}),
		alerts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "watcherd_alerts_total",
			Help: "Alerts put into the outbox, by kind."}, []string{"kind"}),
		pushes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "watcherd_pushes_total",
			Help: "Bodies that hubs pushed, by result: new, same, or why they were not taken."}, []string{"result"}),
		round: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "watcherd_round_seconds",
			Help: "Time of one round of one feed.", Buckets: seconds}),
		match: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "watcherd_read_seconds",
			Help: "Time to match and prepare one item.", Buckets: seconds}),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "watcherd_poll_lateness_seconds",
			Help: "From the time a feed was due to the start of its round.", Buckets: seconds}),
		noticed: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "watcherd_noticed_seconds",
			Help: "From publication, where the feed dates it, to the item's first sight.", Buckets: ages}),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "watcherd_commit_seconds",
			Help: "Time until a round is durable.", Buckets: seconds}),
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "watcherd_reloads_total",
			Help: "Config reloads by verdict."}, []string{"verdict"}),
		configTime: prometheus.NewGauge(prometheus.GaugeOpts{Name: "watcherd_config_applied_timestamp_seconds",
			Help: "When the config in force was applied."}),
		degraded: prometheus.NewGauge(prometheus.GaugeOpts{Name: "watcherd_config_degraded",
			Help: "1 while the file is broken and the last good config runs."}),
		lost: prometheus.NewCounter(prometheus.CounterOpts{Name: "watcherd_items_lost_total",
			Help: "Items that went by between two polls, as far as the feeds show it."}),
	}
	m.acts = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "watcherd_reader_acts_total",
		Help: "What readers did with alerts or asked, by verb."}, []string{"verb"})
	m.hands = prometheus.NewGauge(prometheus.GaugeOpts{Name: "watcherd_socket_mode_connected",
		Help: "1 while buttons, /watch and emoji reach the watch."})
	m.registry.MustRegister(m.acts, m.hands)
	start := prometheus.NewGauge(prometheus.GaugeOpts{Name: "watcherd_start_timestamp_seconds", Help: "When the service started."})
	start.Set(float64(started.Unix()))
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "watcherd_info", Help: "Always 1; the version is a label.",
		ConstLabels: prometheus.Labels{"version": version}})
	info.Set(1)
	m.registry.MustRegister(m.polls, m.items, m.alerts, m.pushes, m.round, m.match, m.lateness, m.noticed, m.commit,
		m.reloads, m.configTime, m.degraded, m.lost, start, info,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// judged counts one fresh verdict.
func (m *metrics) judged(it *news.Item, v news.Verdict) {
	m.items.WithLabelValues(string(v.Outcome)).Inc()
	if v.Outcome == news.OutcomeBaseline || it.Published.IsZero() {
		return
	}
	if age := it.FirstSeen.Sub(it.Published); age >= 0 {
		m.noticed.Observe(age.Seconds())
	}
}
