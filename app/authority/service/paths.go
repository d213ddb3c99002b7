package service

import (
	"net/http"
	"strconv"

	"countersign/app/program/httpserver"
	"countersign/protocol"
)

func cose[P protocol.Payload](signed *protocol.Signed[P], err error) (httpserver.Reply, error) {
	if err != nil {
		return httpserver.Reply{}, err
	}
	return httpserver.Reply{ContentType: protocol.ContentTypeCOSE, Body: signed.Bytes()}, nil
}

func issued(i protocol.Issued, err error) (httpserver.Reply, error) {
	if err != nil {
		return httpserver.Reply{}, err
	}
	body, err := protocol.EncodeIssued(i)
	return httpserver.Reply{ContentType: protocol.ContentTypeCBOR, Body: body}, err
}

func (s *Service) identity(*http.Request, []byte) (httpserver.Reply, error) {
	return cose(s.authority.Identity())
}

func (s *Service) revocationList(*http.Request, []byte) (httpserver.Reply, error) {
	return cose(s.authority.RevocationList())
}

func (s *Service) settlement(*http.Request, []byte) (httpserver.Reply, error) {
	return cose(s.authority.Settlement())
}

func (s *Service) challenge(r *http.Request, body []byte) (httpserver.Reply, error) {
	if err := httpserver.Typed(r, protocol.ContentTypeCBOR); err != nil {
		return httpserver.Reply{}, err
	}
	request, err := protocol.DecodeChallengeRequest(body)
	if err != nil {
		return httpserver.Reply{}, httpserver.Malformed(err.Error())
	}
	return cose(s.authority.Challenge(r.Context(), request))
}

func (s *Service) enrolment(r *http.Request, body []byte) (httpserver.Reply, error) {
	application, err := httpserver.Message[protocol.Enrolment](r, body)
	if err != nil {
		return httpserver.Reply{}, err
	}
	return issued(s.authority.Enrol(r.Context(), application))
}

func (s *Service) renewal(r *http.Request, body []byte) (httpserver.Reply, error) {
	application, err := httpserver.Message[protocol.Renewal](r, body)
	if err != nil {
		return httpserver.Reply{}, err
	}
	return issued(s.authority.Renew(r.Context(), application))
}

func (s *Service) deposit(r *http.Request, body []byte) (httpserver.Reply, error) {
	peer, err := desk(r)
	if err != nil {
		return httpserver.Reply{}, err
	}
	deposit, err := httpserver.Message[protocol.TemplateDeposit](r, body)
	if err != nil {
		return httpserver.Reply{}, err
	}
	code, err := s.authority.Deposit(r.Context(), peer, deposit)
	return httpserver.Reply{ContentType: protocol.ContentTypeText, Body: []byte(code.Text)}, err
}

func (s *Service) order(r *http.Request, body []byte) (httpserver.Reply, error) {
	peer, err := desk(r)
	if err != nil {
		return httpserver.Reply{}, err
	}
	order, err := httpserver.Message[protocol.DeskOrder](r, body)
	if err != nil {
		return httpserver.Reply{}, err
	}
	done, err := s.authority.Order(r.Context(), peer, order)
	if err != nil || done.Erased == nil {
		return httpserver.Reply{ContentType: protocol.ContentTypeText, Body: []byte(done.Code.Text)}, err
	}
	return cose(done.Erased, nil)
}

func (s *Service) erasures(r *http.Request, _ []byte) (httpserver.Reply, error) {
	if err := settlementOnly(r); err != nil {
		return httpserver.Reply{}, err
	}
	var after uint64
	if text := r.URL.Query().Get(protocol.AfterParameter); text != "" {
		var err error
		if after, err = strconv.ParseUint(text, 10, 64); err != nil {
			return httpserver.Reply{}, httpserver.Malformed("after what number: " + err.Error())
		}
	}
	return cose(s.authority.Erasures(after))
}
