// Package adminsocket is how an operator on a server's own machine tells the
// running server what to do: a small HTTP and JSON API on a unix socket in the
// server's data directory, and its client.
//
// Who may open the socket may do everything: it has mode 0600, so that is its
// owner; there is no other authentication. Bodies are bounded to 64 kB, and
// everything has a time-out. What the API has is the program's own; it adds its
// paths by [Handle] and asks by [Ask].
package adminsocket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"countersign/app/program/httpserver"
	"countersign/protocol/problem"
)

const (
	maxBody  = 64 << 10
	readTime = 10 * time.Second
	grace    = 5 * time.Second // for what is under way when the server stops
)

// Path is where the server of a data directory listens.
func Path(data string) string { return filepath.Join(data, "admin.sock") }

// Listen makes the socket. One left behind by a server that died is replaced:
// the caller holds the lock of the data directory, so no other server is
// running.
func Listen(data string) (net.Listener, error) {
	path := Path(data)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open administration socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open administration socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("open administration socket: %w", err), l.Close())
	}
	return l, nil
}

// Serve answers on l until ctx ends. An answer takes at most the time given.
func Serve(ctx context.Context, l net.Listener, handler http.Handler, within time.Duration) error {
	server := &http.Server{Handler: handler, ReadTimeout: readTime, WriteTimeout: within}
	return httpserver.Serve(ctx, l, server, "administration", grace)
}

// Handle adds a path, such as "POST /accounts", whose body and answer are JSON.
// Problems are answered as such; any other error is logged and told as an
// internal one, in full: the operator may know.
func Handle[Asked, Given any](mux *http.ServeMux, log *slog.Logger, path string, do func(context.Context, Asked) (Given, error)) {
	mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		body, err := func() (body []byte, err error) {
			var asked Asked
			if err := read(w, r, &asked); err != nil {
				return nil, err
			}
			given, err := do(r.Context(), asked)
			if err != nil {
				return nil, err
			}
			return json.Marshal(given)
		}()
		if err != nil {
			refuse(w, log, err)
			return
		}
		write(w, http.StatusOK, "application/json", body)
	})
}

// read takes one JSON value, or nothing where nothing is asked.
func read(w http.ResponseWriter, r *http.Request, into any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	switch _, more := decoder.Token(); {
	case r.Method == http.MethodGet && errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return problem.New(http.StatusBadRequest, problem.Malformed, err.Error(), "")
	case !errors.Is(more, io.EOF):
		return problem.New(http.StatusBadRequest, problem.Malformed, "more than one JSON value", "")
	}
	return nil
}

func refuse(w http.ResponseWriter, log *slog.Logger, err error) {
	var p *problem.Problem
	if !errors.As(err, &p) {
		log.Error("administration failed", "reason", err.Error())
		p = problem.New(http.StatusInternalServerError, problem.Internal, err.Error(), "See the server's log.")
	}
	write(w, p.Status, problem.ContentType, p.Encode())
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the operator has gone: nobody to tell
}
