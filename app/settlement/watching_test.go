package main_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// watch are the flags of a server that is watched.
var watch = []string{"--metrics", "127.0.0.1:0", "--prove-at", "03:00", "--drain", "1s"}

// number is a sample's value, or a bucket's bound.
var number = regexp.MustCompile(`(?m) \S+$|le="[^"]*"`)

// watch looks at the server's health and metrics: how often a message came to a
// result.
func (w *town) watch(message, result string, want int) {
	w.t.Helper()
	status, said, err := w.Settlement.Watch("/healthz")
	if err != nil || status != http.StatusOK || strings.TrimSpace(said) != `{"status":"ok"}` {
		w.t.Errorf("healthz: %d %s, %v", status, said, err)
	}
	status, told, err := w.Settlement.Watch("/metrics")
	if err != nil || status != http.StatusOK {
		w.t.Fatalf("metrics: %d, %v", status, err)
	}
	for _, line := range []string{
		fmt.Sprintf("countersign_settlement_message_seconds_count{message=%q,result=%q} %d", message, result, want),
		"countersign_settlement_revocation_list_age_seconds ", "countersign_settlement_open_authorisations 0", "countersign_settlement_frauds_total 0",
		"countersign_settlement_proof_holds 0", "countersign_settlement_ledger_update_seconds_count ", "go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(told, "\n"+line) {
			w.t.Errorf("metrics lack %s", line)
		}
	}
	labels := number.ReplaceAllString(told, "") // in which any digits may come by chance
	for _, name := range []string{"T-0001", "W-0001", "W-0002", "M-0001", "3445", "settlement-1"} {
		if strings.Contains(labels, name) {
			w.t.Errorf("%s is in the metrics", name)
		}
	}
}

// stop stops the server and sees what those who watch it see: first that it is
// stopping, while it goes on answering, then nothing.
func (w *town) stop() {
	w.t.Helper()
	ledger := w.Settlement
	ledger.Signal(syscall.SIGTERM)
	asked := time.Now()
	for {
		status, said, err := ledger.Watch("/healthz")
		if err != nil {
			w.t.Fatalf("it was gone before it said that it stops: %v", err)
		}
		if status == http.StatusServiceUnavailable && strings.Contains(said, "stopping") {
			break
		}
		if time.Since(asked) > 10*time.Second {
			w.t.Fatalf("%d %s", status, said)
		}
	}
	if status, stderr, code := ledger.Run("account list", ledger.InData()...); code != 0 {
		w.t.Errorf("while it drains: %s %s", status, stderr)
	}
	if err := ledger.Wait(); err != nil {
		w.t.Errorf("stopped: %v\n%s", err, ledger.Log.String())
	}
	if _, _, err := ledger.Watch("/healthz"); err == nil {
		w.t.Error("it answers after its end")
	}
}
