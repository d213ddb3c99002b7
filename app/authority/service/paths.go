package service

import (
	"net/http"

	"countersign/protocol"
	"countersign/protocol/problem"
)

func cose[P protocol.Payload](signed *protocol.Signed[P], err error) (reply, error) {
	if err != nil {
		return reply{}, err
	}
	return reply{protocol.ContentTypeCOSE, signed.Bytes()}, nil
}

func issued(i protocol.Issued, err error) (reply, error) {
	if err != nil {
		return reply{}, err
	}
	body, err := protocol.EncodeIssued(i)
	return reply{protocol.ContentTypeCBOR, body}, err
}

func (s *Service) identity(*http.Request, []byte) (reply, error) {
	return cose(s.authority.Identity())
}

func (s *Service) revocationList(*http.Request, []byte) (reply, error) {
	return cose(s.authority.RevocationList())
}

func (s *Service) settlement(*http.Request, []byte) (reply, error) {
	return cose(s.authority.Settlement())
}

func (s *Service) challenge(r *http.Request, body []byte) (reply, error) {
	if err := typed(r, protocol.ContentTypeCBOR); err != nil {
		return reply{}, err
	}
	request, err := protocol.DecodeChallengeRequest(body)
	if err != nil {
		return reply{}, problem.New(http.StatusBadRequest, problem.Malformed, err.Error(), "")
	}
	return cose(s.authority.Challenge(r.Context(), request))
}

func (s *Service) enrolment(r *http.Request, body []byte) (reply, error) {
	application, err := message[protocol.Enrolment](r, body)
	if err != nil {
		return reply{}, err
	}
	return issued(s.authority.Enrol(r.Context(), application))
}

func (s *Service) renewal(r *http.Request, body []byte) (reply, error) {
	application, err := message[protocol.Renewal](r, body)
	if err != nil {
		return reply{}, err
	}
	return issued(s.authority.Renew(r.Context(), application))
}

func (s *Service) deposit(r *http.Request, body []byte) (reply, error) {
	peer, err := desk(r)
	if err != nil {
		return reply{}, err
	}
	deposit, err := message[protocol.TemplateDeposit](r, body)
	if err != nil {
		return reply{}, err
	}
	code, err := s.authority.Deposit(r.Context(), peer, deposit)
	return reply{protocol.ContentTypeText, []byte(code.Text)}, err
}
