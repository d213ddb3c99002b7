// Package service carries the certification authority over HTTPS: TLS 1.3,
// CBOR bodies, problem details for what goes wrong (RFC 9457).
//
// A client certificate is optional at the handshake, because who enrols has
// none yet; the paths that need it, for desks (a template's deposit, an order)
// and for settlement (erasures), demand it. Bodies are bounded to 64 kB, everything has a time-out, and
// beyond a fixed number of requests at once callers are told to come back.
package service

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"countersign/app/authority/certification"
	"countersign/app/program/httpserver"
	"countersign/app/program/metrics"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/settlementclient/enrolment"
)

const (
	maxRequests = 64 // at once
	stopGrace   = 5 * time.Second
)

// Service answers devices.
type Service struct {
	authority *certification.Authority
	tls       crypto.Signer
	hosts     []string
	clock     func() time.Time
	log       *slog.Logger
	answers   httpserver.Answers
	places    chan struct{}
	messages  *metrics.Messages // nil if nobody counts

	mu   sync.Mutex
	leaf *tls.Certificate
}

// New makes the service. key is the authority's TLS key in its token; hosts are
// the names and addresses at which devices reach it.
func New(authority *certification.Authority, key crypto.Signer, hosts []string, clock func() time.Time, log *slog.Logger) *Service {
	return &Service{
		authority: authority, tls: key, hosts: hosts, clock: clock, log: log, places: make(chan struct{}, maxRequests),
		answers: httpserver.Answers{Log: log, Failed: "Try again; if it goes on, see the authority's log."},
	}
}

// Serve answers on l until ctx ends, then lets requests under way end. It
// closes l and returns nil after an orderly stop.
func (s *Service) Serve(ctx context.Context, l net.Listener) error {
	if _, err := s.certificate(); err != nil {
		return errors.Join(err, l.Close())
	}
	server := &http.Server{
		Handler: s.Handler(), TLSConfig: s.TLS(), ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelInfo),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 15 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	return httpserver.Serve(ctx, l, server, "devices", stopGrace)
}

// TLS is the server's configuration.
func (s *Service) TLS() *tls.Config {
	clients := x509.NewCertPool()
	clients.AddCert(s.authority.Root())
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Time: s.clock, SessionTicketsDisabled: true,
		ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: clients,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return s.certificate() },
	}
}

// certificate returns the server's leaf; a new one is signed in the last third
// of its life. Where that fails the one before serves until its end.
func (s *Service) certificate() (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, good := s.clock(), false
	if s.leaf != nil {
		begins, ends := s.leaf.Leaf.NotBefore, s.leaf.Leaf.NotAfter
		if good = now.After(begins) && now.Before(ends); good && now.Before(ends.Add(-ends.Sub(begins)/3)) {
			return s.leaf, nil
		}
	}
	next, err := s.sign()
	switch {
	case err == nil:
		s.leaf = next
	case !good:
		return nil, err
	default:
		s.log.Warn("the TLS certificate in use stays", "reason", err.Error(), "until", s.leaf.Leaf.NotAfter)
	}
	return s.leaf, nil
}

// Rotate signs a new leaf at once: new connections are made with it, those that are
// there go on. After an error the leaf stays as it was.
func (s *Service) Rotate() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, err := s.sign()
	if err != nil {
		return err
	}
	s.leaf = next
	return nil
}

// sign makes a leaf for the TLS key in the token.
func (s *Service) sign() (*tls.Certificate, error) {
	public, ok := s.tls.Public().(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("sign TLS leaf: TLS key is a %T", s.tls.Public())
	}
	der, err := s.authority.ServerLeaf(public, s.hosts)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("sign TLS leaf: %w", err)
	}
	s.log.Info("TLS certificate signed", "hosts", s.hosts, "expires", leaf.NotAfter)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: s.tls, Leaf: leaf}, nil
}

// Handler is the service without its listener.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, way := range []struct {
		path, kind string
		answer     func(*http.Request, []byte) (httpserver.Reply, error)
	}{
		{"GET " + protocol.PathIdentity, "identity", s.identity},
		{"GET " + protocol.PathRevocationList, "revocation-list", s.revocationList},
		{"GET " + protocol.PathSettlements, "settlement", s.settlement},
		{"POST " + protocol.PathChallenges, "challenge", s.challenge},
		{"POST " + protocol.PathEnrolments, "enrolment", s.enrolment},
		{"POST " + protocol.PathRenewals, "renewal", s.renewal},
		{"POST " + protocol.PathDeposits, "deposit", s.deposit},
		{"POST " + protocol.PathDeskOrders, "desk-order", s.order},
		{"GET " + protocol.PathErasures, "erasures", s.erasures},
	} {
		mux.Handle(way.path, s.carry(way.kind, way.answer))
	}
	mux.HandleFunc("/", s.answers.NoSuchPath)
	return mux
}

// carry reads the body, bounds the work under way and writes the answer.
func (s *Service) carry(kind string, answer func(*http.Request, []byte) (httpserver.Reply, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case s.places <- struct{}{}:
			defer func() { <-s.places }()
		default:
			if s.messages != nil {
				s.messages.Refused(kind)
			}
			s.answers.Refuse(w, r, problem.New(http.StatusServiceUnavailable, problem.Busy, "too many requests at once", "Try again in a moment."))
			return
		}
		began, result := time.Now(), done
		if s.messages != nil {
			defer s.messages.Began(kind)()
			defer func() { s.messages.Carried(kind, result, time.Since(began)) }()
		}
		body, err := httpserver.Body(w, r)
		var given httpserver.Reply
		if err == nil {
			given, err = answer(r, body)
		}
		if err != nil {
			result = string(s.answers.Refuse(w, r, err).Code)
			return
		}
		s.answers.Write(w, r, given)
	})
}

// done is the result, in metrics, of a message that was not refused.
const done = "done"

// CountIn counts messages in a registry that has no other service. It is to be
// called before Serve and Handler.
func (s *Service) CountIn(r *metrics.Registry) {
	results := []string{done}
	for _, code := range []problem.Code{problem.Malformed, problem.Unauthorised, problem.NotFound, problem.Conflict, problem.Revoked, problem.Stale,
		problem.NotReady, problem.Internal, problem.CodeUsed, problem.CodeUnknown, problem.Proof} {
		results = append(results, string(code))
	}
	s.messages = r.Messages([]string{"identity", "revocation-list", "settlement", "challenge", "enrolment", "renewal", "deposit", "desk-order", "erasures"}, results)
}

// desk returns which enrolment desk the connection is with.
func desk(r *http.Request) (protocol.ID, error) {
	role, subject, err := enrolment.Peer(r.TLS)
	if err != nil || role != protocol.RoleDesk {
		return "", problem.New(http.StatusForbidden, problem.Unauthorised, "only an enrolment desk may do this",
			"Enrol this machine as a desk first.")
	}
	return subject, nil
}

// settlementOnly refuses everybody else: who had a template erased is nobody's
// business.
func settlementOnly(r *http.Request) error {
	if role, _, err := enrolment.Peer(r.TLS); err != nil || role != protocol.RoleSettlement {
		return problem.New(http.StatusForbidden, problem.Unauthorised, "only a settlement server may ask this", "")
	}
	return nil
}
