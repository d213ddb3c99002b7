package health_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"countersign/app/program/health"
)

func TestReport(t *testing.T) {
	var disk, list error
	report := health.New(
		health.Check{Reason: "the ledger cannot be used", Good: func(context.Context) error { return disk }},
		health.Check{Reason: "the list is old", Good: func(context.Context) error { return list }},
	)
	ask := func(status int, body string) {
		t.Helper()
		w := httptest.NewRecorder()
		report.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/healthz", nil))
		if w.Code != status || strings.TrimSpace(w.Body.String()) != body {
			t.Errorf("%d %s; want %d %s", w.Code, w.Body, status, body)
		}
	}
	ask(200, `{"status":"ok"}`)
	disk = errors.New("write /var/secret: no space left")
	ask(503, `{"status":"unavailable","reasons":["the ledger cannot be used"]}`)
	list = errors.New("old")
	ask(503, `{"status":"unavailable","reasons":["the ledger cannot be used","the list is old"]}`)
	disk, list = nil, nil
	ask(200, `{"status":"ok"}`)
	report.Stopping()
	ask(503, `{"status":"unavailable","reasons":["the server is stopping"]}`)
}
