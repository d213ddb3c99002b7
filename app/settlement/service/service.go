// Package service carries settlement over HTTPS: TLS 1.3 with both sides
// authenticated, CBOR and COSE bodies, problem details for what goes wrong (RFC
// 9457). It decides nothing but who may say what: payments, reversals and
// acknowledgements come from terminals, accounts and templates from wallets,
// queries from both.
//
// Bodies are bounded to 64 kB, everything has a time-out, and beyond a fixed
// number of messages at once callers are told to come back.
package service

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/settlementclient/enrolment"
)

const (
	maxBody = 64 << 10
	// maxMessages is how many are carried at once. Fingers are compared on the
	// processor, so more at once would only be slower each.
	maxMessages = 64
	// answerWithin bounds the work on one message. A client waits 10 s.
	answerWithin = 9 * time.Second
	stopGrace    = 10 * time.Second
)

// Service answers terminals and wallets.
type Service struct {
	settler *settle.Settler
	log     *slog.Logger
	places  chan struct{}
}

// New makes the service.
func New(settler *settle.Settler, log *slog.Logger) *Service {
	return &Service{settler: settler, log: log, places: make(chan struct{}, maxMessages)}
}

// Serve answers on l until ctx ends, then lets messages under way end. It closes
// l and returns nil after an orderly stop. The configuration must authenticate
// clients, such as a Maintainer's ServerTLS in package enrolment.
func (s *Service) Serve(ctx context.Context, l net.Listener, config *tls.Config) error {
	server := &http.Server{
		Handler: s.Handler(), TLSConfig: config, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelInfo),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 20 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		// HTTP/1.1 alone: nobody multiplexes, and a request has a connection.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	ended := make(chan error, 1)
	go func() { ended <- server.ServeTLS(l, "", "") }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve devices: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	err := server.Shutdown(grace)
	if err != nil {
		err = errors.Join(fmt.Errorf("stop serving devices: %w", err), server.Close())
	}
	<-ended
	return err
}

// Handler is the service without its listener.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	terminal, wallet := []protocol.Role{protocol.RoleTerminal}, []protocol.Role{protocol.RoleWallet}
	both := append(slices.Clone(terminal), wallet...)
	for _, way := range []struct {
		path  string
		roles []protocol.Role
		carry carrier
	}{
		{"GET " + protocol.PathCertificate, both, s.certificate},
		{"POST " + protocol.PathPayments, terminal, s.payment},
		{"POST " + protocol.PathQueries, both, s.query},
		{"POST " + protocol.PathReversals, terminal, s.reversal},
		{"POST " + protocol.PathAcknowledgements, terminal, s.acknowledgement},
		{"POST " + protocol.PathAccounts, wallet, s.account},
		{"POST " + protocol.PathDeposits, wallet, s.deposit},
	} {
		mux.Handle(way.path, s.carry(way.roles, way.carry))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, problem.New(http.StatusNotFound, problem.NotFound, "no such path", ""))
	})
	return mux
}

// reply is a body and its type. The zero reply is an empty one.
type reply struct {
	status      int
	contentType string
	body        []byte
}

// carrier answers one message of a peer.
type carrier func(r *http.Request, from peer, body []byte) (reply, error)

// peer is a device as mutual TLS names it.
type peer struct {
	role    protocol.Role
	subject protocol.ID
}

// carry checks who speaks, reads the body, bounds the work under way and writes
// the answer.
func (s *Service) carry(roles []protocol.Role, answer carrier) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case s.places <- struct{}{}:
			defer func() { <-s.places }()
		default:
			s.refuse(w, r, problem.New(http.StatusServiceUnavailable, problem.Busy, "too many messages at once", "Try again in a moment."))
			return
		}
		role, subject, err := enrolment.Peer(r.TLS)
		if err != nil || !slices.Contains(roles, role) {
			s.refuse(w, r, problem.New(http.StatusForbidden, problem.Unauthorised, fmt.Sprintf("not for a %v", role), ""))
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large):
			s.refuse(w, r, problem.New(http.StatusRequestEntityTooLarge, problem.Malformed, "the body is too large", ""))
			return
		case err != nil:
			s.refuse(w, r, problem.New(http.StatusBadRequest, problem.Malformed, "the body cannot be read", ""))
			return
		}
		// A client that hangs up does not undo its message: it would learn
		// nothing by that. Only the time is bounded.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), answerWithin)
		defer cancel()
		given, err := answer(r.WithContext(ctx), peer{role, subject}, body)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		s.write(w, r, given)
	})
}

func (s *Service) write(w http.ResponseWriter, r *http.Request, given reply) {
	if given.contentType != "" {
		w.Header().Set("Content-Type", given.contentType)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(given.status)
	if _, err := w.Write(given.body); err != nil && given.body != nil {
		s.log.InfoContext(r.Context(), "answer not delivered", "path", r.URL.Path, "reason", err.Error())
	}
}

// refuse writes a problem. Failures of our own tell the caller nothing more.
func (s *Service) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var p *problem.Problem
	switch {
	case errors.As(err, &p):
		s.log.InfoContext(r.Context(), "message refused", "path", r.URL.Path, "code", string(p.Code), "detail", p.Detail)
	default:
		s.log.ErrorContext(r.Context(), "message failed", "path", r.URL.Path, "reason", err.Error())
		p = problem.New(http.StatusInternalServerError, problem.Internal, "", "Ask how the sale ended; if this goes on, see settlement's log.")
	}
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	s.write(w, r, reply{p.Status, problem.ContentType, p.Encode()})
}
