package metrics

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"countersign/app/program/httpserver"
)

// Listen opens the address for those who watch a server. Metrics carry no secrets
// and are not encrypted; who may reach the address may read them, so it is to be
// one of the loopback or of a network of the operator's own.
func Listen(address string) (net.Listener, error) { return net.Listen("tcp", address) }

// Serve answers on l, over plain HTTP, until ctx ends: /metrics in Prometheus' text
// format, and /healthz by the given handler.
func Serve(ctx context.Context, l net.Listener, r *Registry, healthz http.Handler) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", r.Handler())
	mux.Handle("GET /healthz", healthz)
	server := &http.Server{
		Handler: mux, ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 8 << 10,
	}
	return httpserver.Serve(ctx, l, server, "metrics", time.Second)
}

// CountRecords returns a log handler that calls count for each record with a
// message, and hands all on.
func CountRecords(next slog.Handler, message string, count func()) slog.Handler {
	return counting{next, message, count}
}

type counting struct {
	slog.Handler
	message string
	count   func()
}

// Handle counts and hands on.
func (c counting) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == c.message {
		c.count()
	}
	return c.Handler.Handle(ctx, r)
}

// WithAttrs goes on counting.
func (c counting) WithAttrs(attrs []slog.Attr) slog.Handler {
	return counting{c.Handler.WithAttrs(attrs), c.message, c.count}
}

// WithGroup goes on counting.
func (c counting) WithGroup(name string) slog.Handler {
	return counting{c.Handler.WithGroup(name), c.message, c.count}
}
