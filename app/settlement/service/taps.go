package service

import (
	"context"
	"net/http"

	"countersign/app/program/httpserver"
	"countersign/app/settlement/settle"
	"countersign/protocol"
)

// virtualCard is the application of step S1 (CN103942678A); it holds the wallet's
// certificate.
func (s *Service) virtualCard(r *http.Request, from peer, body []byte) (httpserver.Reply, error) {
	m, err := httpserver.Message[protocol.CardApplication](r, body)
	if err != nil {
		return httpserver.Reply{}, err
	}
	raw, err := s.settler.ApplyCard(r.Context(), settle.Peer{Role: from.role, Subject: from.subject}, m)
	return outcome(raw), err
}

// tap is what follows step S9.
func (s *Service) tap(r *http.Request, from peer, body []byte) (httpserver.Reply, error) {
	if err := httpserver.Typed(r, protocol.ContentTypeCBOR); err != nil {
		return httpserver.Reply{}, err
	}
	envelope, err := protocol.DecodeEnvelope(body)
	if err != nil {
		return httpserver.Reply{}, httpserver.Malformed(err.Error())
	}
	raw, err := s.settler.ClearTap(r.Context(), from.subject, envelope)
	return outcome(raw), err
}

func (s *Service) blocklist(r *http.Request, _ peer, _ []byte) (httpserver.Reply, error) {
	raw, err := s.settler.Blocklist(r.Context())
	return outcome(raw), err
}

// signed carries a message that holds no certificate to what decides it.
func signed[P protocol.Payload](decide func(context.Context, settle.Peer, *protocol.Signed[P]) ([]byte, error)) carrier {
	return func(r *http.Request, from peer, body []byte) (httpserver.Reply, error) {
		m, by, err := advice[P](r, from, body)
		if err != nil {
			return httpserver.Reply{}, err
		}
		raw, err := decide(r.Context(), by, m)
		return outcome(raw), err
	}
}
