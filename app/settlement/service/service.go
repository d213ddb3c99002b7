// Package service carries settlement over HTTPS: TLS 1.3 with both sides
// authenticated, CBOR and COSE bodies, problem details for what goes wrong (RFC
// 9457). It decides nothing but who may say what: payments, reversals,
// acknowledgements, taps and abandonments come from terminals, accounts,
// templates, virtual cards and their loads from wallets, queries from both.
//
// Bodies are bounded to 64 kB, and everything has a time-out.
//
// # Overload
//
// Beyond its [Limits] the service answers 503 with Retry-After at once, before it
// reads the message: a caller that is told so knows that nothing was kept, and
// nobody works on what nobody waits for any more. What ends a sale has places
// that payments cannot take. Overload decides nothing: a refused message is as if
// it had not been sent, and may be sent again as it is.
package service

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	"countersign/app/program/admission"
	"countersign/app/program/httpserver"
	"countersign/app/program/metrics"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/settlementclient/enrolment"
)

const (
	// answerWithin bounds the work on one message. A client waits 10 s.
	answerWithin = 9 * time.Second
	// readWithin bounds the reading of a body: a peer that sends slowly must not
	// keep a place.
	readWithin = 3 * time.Second
	stopGrace  = 10 * time.Second
	// Callers that were refused come back after comeBack seconds, and up to as many
	// more, so that they do not come all at once.
	comeBack = 1
	spread   = 3
)

// Service answers terminals and wallets.
type Service struct {
	settler         *settle.Settler
	log             *slog.Logger
	answers         httpserver.Answers
	opening, ending *admission.Gate
	connections     httpserver.Bounds
	messages        *metrics.Messages // nil if nobody counts
}

// New makes the service.
func New(settler *settle.Settler, log *slog.Logger, options ...Option) *Service {
	s := &Service{
		settler: settler, log: log,
		answers: httpserver.Answers{Log: log, Failed: "Ask how the sale ended; if this goes on, see settlement's log."},
	}
	for _, option := range append([]Option{WithLimits(DefaultLimits())}, options...) {
		option(s)
	}
	return s
}

// Serve answers on l until ctx ends, then lets messages under way end. It closes
// l and returns nil after an orderly stop. The configuration must authenticate
// clients, such as a Maintainer's ServerTLS in package enrolment.
func (s *Service) Serve(ctx context.Context, l net.Listener, config *tls.Config) error {
	server := &http.Server{
		Handler: s.Handler(), ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelInfo),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 20 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		// HTTP/1.1 alone: nobody multiplexes, and a request has a connection.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	return httpserver.Serve(ctx, httpserver.Handshakes(l, config, s.connections, s.log), server, "devices", stopGrace)
}

// Handler is the service without its listener.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	terminal, wallet := []protocol.Role{protocol.RoleTerminal}, []protocol.Role{protocol.RoleWallet}
	both := append(slices.Clone(terminal), wallet...)
	for _, way := range []struct {
		path  string
		kind  string
		roles []protocol.Role
		carry carrier
	}{
		{"GET " + protocol.PathCertificate, kindCertificate, both, s.certificate},
		{"POST " + protocol.PathPayments, kindPayment, terminal, s.payment},
		{"POST " + protocol.PathQueries, kindQuery, both, s.query},
		{"POST " + protocol.PathReversals, kindReversal, terminal, s.reversal},
		{"POST " + protocol.PathAcknowledgements, kindAcknowledgement, terminal, s.acknowledgement},
		{"POST " + protocol.PathRefunds, kindRefund, terminal, s.refund},
		{"POST " + protocol.PathTotals, kindTotals, terminal, s.totals},
		{"POST " + protocol.PathAnchors, kindAnchor, terminal, s.anchor},
		{"POST " + protocol.PathStatuses, kindStatus, terminal, s.status},
		{"POST " + protocol.PathAccounts, kindAccount, wallet, s.account},
		{"POST " + protocol.PathDeposits, kindDeposit, wallet, s.deposit},
		{"POST " + protocol.PathVirtualCards, kindVirtualCard, wallet, s.virtualCard},
		{"POST " + protocol.PathCardStates, kindCardState, wallet, signed(s.settler.CardState)},
		{"POST " + protocol.PathLoads, kindLoad, wallet, signed(s.settler.Load)},
		{"POST " + protocol.PathTransfers, kindTransfer, wallet, signed(s.settler.Transfer)},
		{"POST " + protocol.PathTaps, kindTap, terminal, s.tap},
		{"POST " + protocol.PathAbandonments, kindAbandonment, terminal, signed(s.settler.AbandonTap)},
		{"GET " + protocol.PathCardBlocklist, kindBlocklist, both, s.blocklist},
	} {
		mux.Handle(way.path, s.carry(way.kind, way.roles, way.carry))
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

// carry checks who speaks, lets the message in, reads the body, bounds the work
// and writes the answer.
func (s *Service) carry(kind string, roles []protocol.Role, answer carrier) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		role, subject, err := enrolment.Peer(r.TLS)
		if err != nil || !slices.Contains(roles, role) {
			s.answers.Refuse(w, r, problem.New(http.StatusForbidden, problem.Unauthorised, fmt.Sprintf("not for a %v", role), ""))
			return
		}
		leave, err := s.gate(kind, role).Enter(r.Context())
		if err != nil {
			s.turnAway(w, r, kind)
			return
		}
		defer leave()
		began := time.Now()
		defer s.underWay(kind)()
		given, err := s.answer(w, r, peer{role, subject}, answer)
		if err != nil {
			s.answers.Refuse(w, r, err)
		} else {
			s.answers.Write(w, r, given)
		}
		s.count(kind, given, err, time.Since(began))
	})
}

// gate is where a message is let in.
func (s *Service) gate(kind string, from protocol.Role) *admission.Gate {
	if from != protocol.RoleTerminal {
		return s.opening
	}
	switch kind {
	case kindQuery, kindReversal, kindAcknowledgement, kindTap, kindAbandonment:
		return s.ending
	}
	return s.opening
}

// turnAway refuses a message that there is no room for.
func (s *Service) turnAway(w http.ResponseWriter, r *http.Request, kind string) {
	if s.messages != nil {
		s.messages.Refused(kind)
	}
	w.Header().Set("Retry-After", strconv.Itoa(comeBack+rand.IntN(spread)))
	s.answers.Refuse(w, r, problem.New(http.StatusServiceUnavailable, problem.Busy, "too many messages at once", "Try again in a moment."))
}

// answer reads a message that was let in, and has it answered.
func (s *Service) answer(w http.ResponseWriter, r *http.Request, from peer, answer carrier) (httpserver.Reply, error) {
	// A recorder in a test has no connection, and nobody who sends slowly.
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(readWithin))
	body, err := httpserver.Body(w, r)
	if err != nil {
		return httpserver.Reply{}, err
	}
	_ = connection.SetReadDeadline(time.Time{})
	// A client that hangs up does not undo its message: it would learn nothing by
	// that. Only the time is bounded.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), answerWithin)
	defer cancel()
	return answer(r.WithContext(ctx), from, body)
}

// underWay counts a message until the returned function is called.
func (s *Service) underWay(kind string) (over func()) {
	if s.messages == nil {
		return func() {}
	}
	return s.messages.Began(kind)
}

// count tells the metrics what a message came to.
func (s *Service) count(kind string, given httpserver.Reply, err error, took time.Duration) {
	if s.messages == nil {
		return
	}
	result := resultUndecided
	if given.Status != http.StatusAccepted || err != nil {
		result = resultOf(given.Body, err)
	}
	s.messages.Carried(kind, result, took)
}
