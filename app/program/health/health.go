// Package health answers whether a server can do its work: what a supervisor or a
// load balancer asks over HTTP.
//
// An answer has reasons in words, for the people who run the server. A reason
// never holds a secret, an account, a device's name or the text of an error: what
// exactly failed is in the log.
package health

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"
	"time"
)

// checkTime bounds one answer.
const checkTime = 2 * time.Second

// Check looks at one thing that the server needs.
type Check struct {
	// Reason is what is told while the check fails: "the ledger cannot be written".
	Reason string
	// Good returns an error while the thing is not as it must be. It must be
	// safe for concurrent use.
	Good func(context.Context) error
}

// Report answers for a server. Its methods are safe for concurrent use.
type Report struct {
	checks   []Check
	stopping atomic.Bool
}

// New returns the report of a server that needs what the checks look at.
func New(checks ...Check) *Report { return &Report{checks: checks} }

// Stopping makes the server unhealthy for good, before it stops: who asks sends
// nobody here any more.
func (h *Report) Stopping() { h.stopping.Store(true) }

// Reasons are why the server cannot do its work, none if it can.
func (h *Report) Reasons(ctx context.Context) []string {
	var reasons []string
	if h.stopping.Load() {
		reasons = append(reasons, "the server is stopping")
	}
	for _, c := range h.checks {
		if c.Good(ctx) != nil {
			reasons = append(reasons, c.Reason)
		}
	}
	return reasons
}

// ServeHTTP answers 200 and {"status":"ok"}, or 503 and {"status":"unavailable",
// "reasons":[…]}.
func (h *Report) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkTime)
	defer cancel()
	answer := struct {
		Status  string   `json:"status"`
		Reasons []string `json:"reasons,omitempty"`
	}{"ok", h.Reasons(ctx)}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if answer.Reasons != nil {
		answer.Status = "unavailable"
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(answer) // who asked has gone: nobody to tell
}
