package metrics_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/app/program/health"
	"countersign/app/program/metrics"
)

// The numbers that a server tells, over HTTP, and nothing but labels that were
// named in advance.
func TestServe(t *testing.T) {
	r := metrics.New("shop")
	m := r.Messages([]string{"payment", "query"}, []string{"paid"})
	m.Carried("payment", "paid", 3*time.Millisecond)
	m.Carried("payment", "T-0001 paid", time.Second)
	m.Carried("W-0001", "paid", time.Second)
	m.Refused("query")
	over := m.Began("query")
	m.Began("query")()
	r.Gauge("list_age_seconds", "Age of the list.", func() float64 { return 42 })
	r.Counter("frauds_total", "Frauds.", func() float64 { return 7 })
	r.Durations("update_seconds", "Updates.")(30 * time.Millisecond)
	r.Sizes("group_size", "Groups.")(5)

	l, err := metrics.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	report := health.New()
	go func() { ended <- metrics.Serve(ctx, l, r, report) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func(path string) (int, string) {
		t.Helper()
		response, err := client.Get("http://" + l.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
	status, told := get("/metrics")
	if status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	for _, want := range []string{
		`countersign_shop_message_seconds_count{message="payment",result="paid"} 1`,
		`countersign_shop_message_seconds_bucket{message="payment",result="paid",le="0.002"} 0`,
		`countersign_shop_message_seconds_bucket{message="payment",result="paid",le="0.005"} 1`,
		`countersign_shop_message_seconds_count{message="payment",result="other"} 1`,
		`countersign_shop_message_seconds_count{message="other",result="paid"} 1`,
		`countersign_shop_messages_under_way{message="query"} 1`, `countersign_shop_messages_under_way{message="payment"} 0`,
		`countersign_shop_messages_over_capacity_total{message="query"} 1`, `countersign_shop_messages_over_capacity_total{message="payment"} 0`,
		`countersign_shop_list_age_seconds 42`, `countersign_shop_frauds_total 7`,
		`countersign_shop_update_seconds_bucket{le="0.05"} 1`, `countersign_shop_group_size_bucket{le="8"} 1`, `go_goroutines `, `process_open_fds `,
	} {
		if !strings.Contains(told, "\n"+want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if strings.Contains(told, "T-0001") || strings.Contains(told, "W-0001") {
		t.Error("a device's name is a label")
	}
	over()
	if _, told := get("/metrics"); !strings.Contains(told, `under_way{message="query"} 0`) {
		t.Error("a message that is over is under way")
	}
	if status, said := get("/healthz"); status != http.StatusOK || !strings.Contains(said, "ok") {
		t.Errorf("%d %s", status, said)
	}
	report.Stopping()
	if status, _ := get("/healthz"); status != http.StatusServiceUnavailable {
		t.Errorf("stopping: %d", status)
	}
	if status, _ := get("/"); status != http.StatusNotFound {
		t.Errorf("/: %d", status)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestCountRecords(t *testing.T) {
	var n atomic.Int64
	log := slog.New(metrics.CountRecords(slog.NewJSONHandler(io.Discard, nil), "fraud", func() { n.Add(1) }))
	log.Warn("fraud")
	log.With("sale", 1).Warn("fraud", "why", "replay")
	log.WithGroup("g").Info("no fraud")
	log.Debug("fraud") // not logged
	if n.Load() != 2 {
		t.Errorf("counted %d", n.Load())
	}
}
