// Package metrics counts what a server does, and tells it in Prometheus' text
// format.
//
// Labels come from closed sets that the program names in advance: kinds of
// messages and of results. An account, a terminal, a wallet or a sale is never a
// label: that would tell who pays where to everyone who may read the numbers, and
// grow without bound.
package metrics

import (
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// namespace begins every name of ours.
const namespace = "countersign"

// other stands for a label's value that was not named in advance.
const other = "other"

// seconds are the buckets of durations: from a tenth of a millisecond to the ten
// seconds that a client waits.
func seconds() []float64 {
	return []float64{.0001, .0002, .0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10}
}

// Registry is a server's metrics. Its methods may be called by any goroutine;
// each name may be registered once.
type Registry struct {
	registry *prometheus.Registry
	server   string
}

// New returns metrics of a server, "settlement", with those of the Go runtime and
// of the process.
func New(server string) *Registry {
	r := &Registry{prometheus.NewRegistry(), server}
	r.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// Handler answers with all metrics.
func (r *Registry) Handler() http.Handler {
	return promhttp.HandlerFor(r.registry, promhttp.HandlerOpts{Registry: r.registry, MaxRequestsInFlight: 4})
}

// Gauge registers a value that is read whenever the metrics are.
func (r *Registry) Gauge(name, help string, value func() float64) {
	r.registry.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Namespace: namespace, Subsystem: r.server, Name: name, Help: help}, value))
}

// Counter registers a count that is read whenever the metrics are; it only rises.
func (r *Registry) Counter(name, help string, value func() float64) {
	r.registry.MustRegister(prometheus.NewCounterFunc(
		prometheus.CounterOpts{Namespace: namespace, Subsystem: r.server, Name: name, Help: help}, value))
}

// Durations registers a histogram of durations and returns how to add one.
func (r *Registry) Durations(name, help string) (observe func(time.Duration)) {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Subsystem: r.server, Name: name, Help: help, Buckets: seconds()})
	r.registry.MustRegister(h)
	return func(d time.Duration) { h.Observe(d.Seconds()) }
}

// Sizes registers a histogram of counts, 1 to 512, and returns how to add one.
func (r *Registry) Sizes(name, help string) (observe func(int)) {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Subsystem: r.server, Name: name, Help: help,
		Buckets: prometheus.ExponentialBuckets(1, 2, 10)})
	r.registry.MustRegister(h)
	return func(n int) { h.Observe(float64(n)) }
}

// Messages are the metrics of what a service carries.
type Messages struct {
	kinds, results []string
	carried        *prometheus.HistogramVec
	under          *prometheus.GaugeVec
	refused        *prometheus.CounterVec
}

// Messages registers the metrics of a service's messages. Kinds and results are
// the labels' values; any other counts as "other".
func (r *Registry) Messages(kinds, results []string) *Messages {
	m := &Messages{
		kinds: slices.Clone(kinds), results: slices.Clone(results),
		carried: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Subsystem: r.server, Name: "message_seconds",
			Help: "Messages that were carried, by kind and result, and how long each took.", Buckets: seconds()}, []string{"message", "result"}),
		under: prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Subsystem: r.server, Name: "messages_under_way",
			Help: "Messages that are being carried, by kind."}, []string{"message"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Subsystem: r.server, Name: "messages_over_capacity_total",
			Help: "Messages that were refused because there was no room for them, by kind."}, []string{"message"}),
	}
	r.registry.MustRegister(m.carried, m.under, m.refused)
	for _, kind := range m.kinds { // what has not happened yet is 0, not missing
		m.under.WithLabelValues(kind)
		m.refused.WithLabelValues(kind)
	}
	return m
}

// Began counts a message as under way until the returned function is called.
func (m *Messages) Began(kind string) (over func()) {
	under := m.under.WithLabelValues(known(m.kinds, kind))
	under.Inc()
	return under.Dec
}

// Carried counts a message that was answered, with its result and the time that it
// took.
func (m *Messages) Carried(kind, result string, took time.Duration) {
	m.carried.WithLabelValues(known(m.kinds, kind), known(m.results, result)).Observe(took.Seconds())
}

// Refused counts a message that there was no room for.
func (m *Messages) Refused(kind string) { m.refused.WithLabelValues(known(m.kinds, kind)).Inc() }

func known(values []string, value string) string {
	if slices.Contains(values, value) {
		return value
	}
	return other
}
