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
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"countersign/app/program/httpserver"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/settlementclient/enrolment"
)

const (
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
	answers httpserver.Answers
	places  chan struct{}
}

// New makes the service.
func New(settler *settle.Settler, log *slog.Logger) *Service {
	return &Service{
		settler: settler, log: log, places: make(chan struct{}, maxMessages),
		answers: httpserver.Answers{Log: log, Failed: "Ask how the sale ended; if this goes on, see settlement's log."},
	}
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
	return httpserver.Serve(ctx, l, server, "devices", stopGrace)
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
		{"POST " + protocol.PathRefunds, terminal, s.refund},
		{"POST " + protocol.PathTotals, terminal, s.totals},
		{"POST " + protocol.PathAnchors, terminal, s.anchor},
		{"POST " + protocol.PathAccounts, wallet, s.account},
		{"POST " + protocol.PathDeposits, wallet, s.deposit},
	} {
		mux.Handle(way.path, s.carry(way.roles, way.carry))
	}
	mux.HandleFunc("/", s.answers.NoSuchPath)
	return mux
}

// carrier answers one message of a peer.
type carrier func(r *http.Request, from peer, body []byte) (httpserver.Reply, error)

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
			s.answers.Refuse(w, r, problem.New(http.StatusServiceUnavailable, problem.Busy, "too many messages at once", "Try again in a moment."))
			return
		}
		role, subject, err := enrolment.Peer(r.TLS)
		if err != nil || !slices.Contains(roles, role) {
			s.answers.Refuse(w, r, problem.New(http.StatusForbidden, problem.Unauthorised, fmt.Sprintf("not for a %v", role), ""))
			return
		}
		body, err := httpserver.Body(w, r)
		if err != nil {
			s.answers.Refuse(w, r, err)
			return
		}
		// A client that hangs up does not undo its message: it would learn
		// nothing by that. Only the time is bounded.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), answerWithin)
		defer cancel()
		given, err := answer(r.WithContext(ctx), peer{role, subject}, body)
		if err != nil {
			s.answers.Refuse(w, r, err)
			return
		}
		s.answers.Write(w, r, given)
	})
}
