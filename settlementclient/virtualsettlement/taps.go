package virtualsettlement

import (
	"net/http"

	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

// tap opens a clearing with settlement's own key and decides it once.
func (s *Server) tap(r *http.Request, body []byte, fault Fault) reply {
	_, peer, err := protocol.ParseTLSName(r.TLS.PeerCertificates[0].URIs[0].String())
	if err != nil {
		return refuse(http.StatusForbidden, problem.Unauthorised)
	}
	envelope, err := protocol.DecodeEnvelope(body)
	if err != nil {
		return refuse(http.StatusBadRequest, problem.Malformed)
	}
	signed, err := protocol.OpenTapClearing(s.sale.Settlement.Agreement, peer, envelope)
	if err != nil {
		return refuse(http.StatusBadRequest, problem.Malformed)
	}
	c := signed.Unverified()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	result := protocol.ClearingGivenBack
	if !c.GivenUp {
		result = s.purses.decide(c)
	}
	return s.cleared(c.Pay, result, fault)
}

func (s *Server) abandonment(body []byte, fault Fault) reply {
	signed, err := protocol.Parse[protocol.TapAbandonment](body)
	if err != nil {
		return refuse(http.StatusBadRequest, problem.Malformed)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.cleared(signed.Unverified().Pay, protocol.ClearingGivenBack, fault)
}

// cleared keeps the first decision about a PAY; the mutex is held.
func (s *Server) cleared(pay *protocol.Signed[protocol.TapPay], result protocol.ClearingResult, fault Fault) reply {
	h, asked := pay.Hash(), pay.Unverified()
	kept := s.purses.taps[h]
	if kept == nil {
		cleared := protocol.TapCleared{Pay: h, Result: result, Amount: asked.Amount, Currency: asked.Currency,
			Decided: protocol.At(s.sale.Realm.Now), Signer: protocol.SignerOf(s.sale.Settlement.Certificate)}
		if result == protocol.ClearingCredited {
			cleared.Reference = uint64(5001 + len(s.purses.taps))
			s.book(protocol.TotalsPayment, protocol.Outcome{Reference: cleared.Reference, Request: h, Amount: asked.Amount, Currency: asked.Currency}, nil)
		}
		kept = protocoltest.Sign(s.t, s.sale.Settlement.Key, cleared)
		s.purses.taps[h] = kept
	}
	cleared := kept.Unverified()
	switch fault {
	case OtherSale:
		cleared.Pay[0] ^= 1
	case OtherAmount:
		cleared.Amount++
	case Unsigned:
	default:
		return reply{http.StatusOK, protocol.ContentTypeCOSE, kept.Bytes()}
	}
	return sign(s, cleared, fault)
}

// blocklist is signed anew each time.
func (s *Server) blocklist(fault Fault) reply {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	list := protocol.CardBlocklist{Issuer: s.sale.Settlement.Subject, Sequence: s.purses.blockedList, Issued: protocol.At(s.sale.Realm.Now),
		Blocked: append([]protocol.CardMark{}, s.purses.blocked...), Signer: protocol.SignerOf(s.sale.Settlement.Certificate)}
	if fault == OtherParty {
		list.Issuer = "elsewhere"
	}
	return sign(s, list, fault)
}
