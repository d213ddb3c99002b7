package service

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"mime"
	"net/http"

	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// certificate is step 12, settlement's side.
func (s *Service) certificate(r *http.Request, _ peer, _ []byte) (reply, error) {
	var signer *[8]byte
	if text := r.URL.Query().Get(protocol.SignerParameter); text != "" {
		mark, err := hex.DecodeString(text)
		if err != nil || len(mark) != len(signer) {
			return reply{}, malformed("the signer's mark is not 16 hex digits")
		}
		signer = (*[8]byte)(mark)
	}
	raw, err := s.settler.Certificate(r.Context(), signer)
	return reply{http.StatusOK, protocol.ContentTypeCOSE, raw}, err
}

// payment is steps 13 to 15.
func (s *Service) payment(r *http.Request, from peer, body []byte) (reply, error) {
	if err := typed(r, protocol.ContentTypeCBOR); err != nil {
		return reply{}, err
	}
	envelope, err := protocol.DecodeEnvelope(body)
	if err != nil {
		return reply{}, malformed(err.Error())
	}
	raw, err := s.settler.Submit(r.Context(), from.subject, envelope)
	return outcome(raw), err
}

func (s *Service) query(r *http.Request, from peer, body []byte) (reply, error) {
	m, by, err := advice[protocol.Query](r, from, body)
	if err != nil {
		return reply{}, err
	}
	raw, err := s.settler.Query(r.Context(), by, m)
	if errors.Is(err, settle.ErrUndecided) {
		return reply{status: http.StatusAccepted}, nil
	}
	return outcome(raw), err
}

func (s *Service) reversal(r *http.Request, from peer, body []byte) (reply, error) {
	m, by, err := advice[protocol.Reversal](r, from, body)
	if err != nil {
		return reply{}, err
	}
	raw, err := s.settler.Reverse(r.Context(), by, m)
	return outcome(raw), err
}

func (s *Service) acknowledgement(r *http.Request, from peer, body []byte) (reply, error) {
	m, by, err := advice[protocol.Acknowledgement](r, from, body)
	if err != nil {
		return reply{}, err
	}
	raw, err := s.settler.Acknowledge(r.Context(), by, m)
	return outcome(raw), err
}

// account is claim 2 step F.
func (s *Service) account(r *http.Request, from peer, body []byte) (reply, error) {
	m, err := message[protocol.AccountChange](r, body)
	if err != nil {
		return reply{}, err
	}
	info, err := s.settler.ChangeAccount(r.Context(), settle.Peer{Role: from.role, Subject: from.subject}, m)
	if err != nil {
		return reply{}, err
	}
	raw, err := protocol.EncodeAccountInfo(info)
	return reply{http.StatusOK, protocol.ContentTypeCBOR, raw}, err
}

func (s *Service) deposit(r *http.Request, from peer, body []byte) (reply, error) {
	m, by, err := advice[protocol.TemplateDeposit](r, from, body)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusNoContent}, s.settler.Deposit(r.Context(), by, m)
}

func outcome(raw []byte) reply {
	return reply{http.StatusOK, protocol.ContentTypeCOSE, raw}
}

// advice decodes a message that holds no certificate, and the one beside it.
func advice[P protocol.Payload](r *http.Request, from peer, body []byte) (*protocol.Signed[P], settle.Peer, error) {
	by := settle.Peer{Role: from.role, Subject: from.subject}
	m, err := message[P](r, body)
	if err != nil {
		return nil, by, err
	}
	raw, err := base64.RawURLEncoding.DecodeString(r.Header.Get(protocol.CertificateHeader))
	if err != nil || len(raw) == 0 {
		return nil, by, malformed("the header " + protocol.CertificateHeader + " is missing or not base64")
	}
	if by.Certificate, err = protocol.Parse[protocol.Certificate](raw); err != nil {
		return nil, by, malformed(err.Error())
	}
	return m, by, nil
}

// message decodes a signed body of the COSE content type.
func message[P protocol.Payload](r *http.Request, body []byte) (*protocol.Signed[P], error) {
	if err := typed(r, protocol.ContentTypeCOSE); err != nil {
		return nil, err
	}
	signed, err := protocol.Parse[P](body)
	if err != nil {
		return nil, malformed(err.Error())
	}
	return signed, nil
}

func typed(r *http.Request, want string) error {
	have, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	wanted, _, _ := mime.ParseMediaType(want)
	if err != nil || have != wanted {
		return problem.New(http.StatusUnsupportedMediaType, problem.Malformed, "the content type is not "+wanted, "")
	}
	return nil
}

func malformed(detail string) error {
	return problem.New(http.StatusBadRequest, problem.Malformed, detail, "")
}
