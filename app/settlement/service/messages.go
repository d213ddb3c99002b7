package service

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"

	"countersign/app/program/httpserver"
	"countersign/app/settlement/settle"
	"countersign/protocol"
)

// certificate is step 12, settlement's side.
func (s *Service) certificate(r *http.Request, _ peer, _ []byte) (httpserver.Reply, error) {
	var signer *[8]byte
	if text := r.URL.Query().Get(protocol.SignerParameter); text != "" {
		mark, err := hex.DecodeString(text)
		if err != nil || len(mark) != len(signer) {
			return httpserver.Reply{}, httpserver.Malformed("the signer's mark is not 16 hex digits")
		}
		signer = (*[8]byte)(mark)
	}
	raw, err := s.settler.Certificate(r.Context(), signer)
	return httpserver.Reply{ContentType: protocol.ContentTypeCOSE, Body: raw}, err
}

// payment is steps 13 to 15.
func (s *Service) payment(r *http.Request, from peer, body []byte) (httpserver.Reply, error) {
	if err := httpserver.Typed(r, protocol.ContentTypeCBOR); err != nil {
		return httpserver.Reply{}, err
	}
	envelope, err := protocol.DecodeEnvelope(body)
	if err != nil {
		return httpserver.Reply{}, httpserver.Malformed(err.Error())
	}
	raw, err := s.settler.Submit(r.Context(), from.subject, envelope)
	return decided(raw, err)
}

func (s *Service) query(r *http.Request, from peer, body []byte) (httpserver.Reply, error) {
	m, by, err := advice[protocol.Query](r, from, body)
	if err != nil {
		return httpserver.Reply{}, err
	}
	raw, err := s.settler.Query(r.Context(), by, m)
	return decided(raw, err)
}

func (s *Service) reversal(r *http.Request, from peer, body []byte) (httpserver.Reply, error) {
	m, by, err := advice[protocol.Reversal](r, from, body)
	if err != nil {
		return httpserver.Reply{}, err
	}
	raw, err := s.settler.Reverse(r.Context(), by, m)
	return outcome(raw), err
}

func (s *Service) acknowledgement(r *http.Request, from peer, body []byte) (httpserver.Reply, error) {
	m, by, err := advice[protocol.Acknowledgement](r, from, body)
	if err != nil {
		return httpserver.Reply{}, err
	}
	raw, err := s.settler.Acknowledge(r.Context(), by, m)
	return outcome(raw), err
}

func (s *Service) refund(r *http.Request, from peer, body []byte) (httpserver.Reply, error) {
	m, by, err := advice[protocol.Refund](r, from, body)
	if err != nil {
		return httpserver.Reply{}, err
	}
	raw, err := s.settler.Refund(r.Context(), by, m)
	return decided(raw, err)
}

func (s *Service) totals(r *http.Request, from peer, body []byte) (httpserver.Reply, error) {
	m, by, err := advice[protocol.TotalsQuery](r, from, body)
	if err != nil {
		return httpserver.Reply{}, err
	}
	raw, err := s.settler.Totals(r.Context(), by, m)
	return outcome(raw), err
}

func (s *Service) anchor(r *http.Request, from peer, body []byte) (httpserver.Reply, error) {
	m, by, err := advice[protocol.JournalAnchor](r, from, body)
	if err != nil {
		return httpserver.Reply{}, err
	}
	raw, err := s.settler.Anchor(r.Context(), by, m)
	return outcome(raw), err
}

// status is for people alone: nothing is decided by it.
func (s *Service) status(r *http.Request, from peer, body []byte) (httpserver.Reply, error) {
	m, by, err := advice[protocol.TerminalStatus](r, from, body)
	if err != nil {
		return httpserver.Reply{}, err
	}
	return httpserver.Reply{Status: http.StatusNoContent}, s.settler.Status(r.Context(), by, m)
}

// account is claim 2 step F.
func (s *Service) account(r *http.Request, from peer, body []byte) (httpserver.Reply, error) {
	m, err := httpserver.Message[protocol.AccountChange](r, body)
	if err != nil {
		return httpserver.Reply{}, err
	}
	info, err := s.settler.ChangeAccount(r.Context(), settle.Peer{Role: from.role, Subject: from.subject}, m)
	if err != nil {
		return httpserver.Reply{}, err
	}
	raw, err := protocol.EncodeAccountInfo(info)
	return httpserver.Reply{ContentType: protocol.ContentTypeCBOR, Body: raw}, err
}

func (s *Service) deposit(r *http.Request, from peer, body []byte) (httpserver.Reply, error) {
	m, by, err := advice[protocol.TemplateDeposit](r, from, body)
	if err != nil {
		return httpserver.Reply{}, err
	}
	return httpserver.Reply{Status: http.StatusNoContent}, s.settler.Deposit(r.Context(), by, m)
}

// decided is an outcome, or that there is none yet.
func decided(raw []byte, err error) (httpserver.Reply, error) {
	if errors.Is(err, settle.ErrUndecided) {
		return httpserver.Reply{Status: http.StatusAccepted}, nil
	}
	return outcome(raw), err
}

func outcome(raw []byte) httpserver.Reply {
	return httpserver.Reply{ContentType: protocol.ContentTypeCOSE, Body: raw}
}

// advice decodes a message that holds no certificate, and the one beside it.
func advice[P protocol.Payload](r *http.Request, from peer, body []byte) (*protocol.Signed[P], settle.Peer, error) {
	by := settle.Peer{Role: from.role, Subject: from.subject}
	m, err := httpserver.Message[P](r, body)
	if err != nil {
		return nil, by, err
	}
	raw, err := base64.RawURLEncoding.DecodeString(r.Header.Get(protocol.CertificateHeader))
	if err != nil || len(raw) == 0 {
		return nil, by, httpserver.Malformed("the header " + protocol.CertificateHeader + " is missing or not base64")
	}
	if by.Certificate, err = protocol.Parse[protocol.Certificate](raw); err != nil {
		return nil, by, httpserver.Malformed(err.Error())
	}
	return m, by, nil
}
