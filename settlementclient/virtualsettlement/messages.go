package virtualsettlement

import (
	"net/http"

	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

// handle answers one message as its fault says.
func (s *Server) handle(r *http.Request, body []byte, fault Fault) reply {
	switch fault {
	case Garbage:
		return reply{http.StatusOK, protocol.ContentTypeCOSE, []byte("no message")}
	case Overloaded:
		return refuse(http.StatusServiceUnavailable, problem.Busy)
	case NoSuchPath:
		return refuse(http.StatusNotFound, problem.NotFound)
	case Gateway:
		return reply{http.StatusBadGateway, "text/html", []byte(`{"code":"busy"}`)}
	case Undecided:
		return reply{http.StatusAccepted, protocol.ContentTypeCBOR, nil}
	}
	var answer reply
	switch r.URL.Path {
	case protocol.PathCertificate:
		answer = s.certificate(fault)
	case protocol.PathPayments:
		answer = s.payment(r, body, fault)
	case protocol.PathQueries:
		answer = advice(s, body, fault, func(q protocol.Query) protocol.Advice { return protocol.Advice(q) })
	case protocol.PathReversals:
		answer = advice(s, body, fault, func(q protocol.Reversal) protocol.Advice { return protocol.Advice(q) })
	case protocol.PathAcknowledgements:
		answer = advice(s, body, fault, func(q protocol.Acknowledgement) protocol.Advice { return protocol.Advice(q) })
	case protocol.PathRefunds:
		answer = s.refund(body, fault)
	case protocol.PathTotals:
		answer = s.totals(body, fault)
	case protocol.PathAnchors:
		answer = s.anchor(body, fault)
	case protocol.PathStatuses:
		answer = s.status(body)
	case protocol.PathAccounts:
		answer = s.account(body)
	case protocol.PathDeposits:
		answer = reply{http.StatusNoContent, protocol.ContentTypeCBOR, nil}
	case protocol.PathVirtualCards:
		answer = s.virtualCard(body, fault)
	case protocol.PathCardStates:
		answer = s.cardState(body, fault)
	case protocol.PathLoads:
		answer = s.load(body, fault)
	case protocol.PathTransfers:
		answer = s.transfer(body, fault)
	case protocol.PathTaps:
		answer = s.tap(r, body, fault)
	case protocol.PathAbandonments:
		answer = s.abandonment(body, fault)
	case protocol.PathCardBlocklist:
		answer = s.blocklist(fault)
	default:
		answer = refuse(http.StatusNotFound, problem.NotFound)
	}
	if fault == Failed {
		return refuse(http.StatusInternalServerError, problem.Internal)
	}
	return answer
}

func (s *Server) certificate(fault Fault) reply {
	certificate := s.sale.Settlement.Certificate
	switch fault {
	case WrongCertificate:
		certificate = s.other.Settlement(s.sale.Settlement.Subject).Certificate
	case WrongRole:
		certificate = s.sale.Terminal.Certificate
	}
	return reply{http.StatusOK, protocol.ContentTypeCOSE, certificate.Bytes()}
}

// payment opens a submission with settlement's own key.
func (s *Server) payment(r *http.Request, body []byte, fault Fault) reply {
	_, peer, err := protocol.ParseTLSName(r.TLS.PeerCertificates[0].URIs[0].String())
	if err != nil {
		return refuse(http.StatusForbidden, problem.Unauthorised)
	}
	envelope, err := protocol.DecodeEnvelope(body)
	if err != nil {
		return refuse(http.StatusBadRequest, problem.Malformed)
	}
	signed, err := protocol.OpenSubmission(s.sale.Settlement.Agreement, peer, envelope)
	if err != nil {
		return refuse(http.StatusBadRequest, problem.Malformed)
	}
	claims := signed.Unverified()
	asked := claims.Request.Unverified()
	a := protocol.Advice{Request: claims.Request.Hash(), Payment: claims.Payment.Hash(), Amount: asked.Amount, Currency: asked.Currency}
	s.mutex.Lock()
	result := s.decide(claims)
	s.mutex.Unlock()
	return s.outcome(s.keep(a, claims.Attempt, result), fault)
}

// advice answers with what is kept; a reversal leaves its mark.
func advice[P protocol.Payload](s *Server, body []byte, fault Fault, as func(P) protocol.Advice) reply {
	signed, err := protocol.Parse[P](body)
	if err != nil {
		return refuse(http.StatusBadRequest, problem.Malformed)
	}
	a := as(signed.Unverified())
	if _, reversal := any(signed.Unverified()).(protocol.Reversal); reversal {
		return s.outcome(s.keep(a, 1, protocol.ResultReversed), fault)
	}
	s.mutex.Lock()
	kept := s.kept[a.Request]
	s.mutex.Unlock()
	if kept == nil {
		return refuse(http.StatusNotFound, problem.NotFound)
	}
	return s.outcome(kept, fault)
}

// keep decides about a sale unless a final decision is kept.
func (s *Server) keep(a protocol.Advice, attempt uint8, result protocol.Result) *protocol.Signed[protocol.Outcome] {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if kept := s.kept[a.Request]; kept != nil && kept.Unverified().Result.Final() && (result != protocol.ResultReversed || kept.Unverified().Result == result) {
		return kept
	}
	o := protocol.Outcome{
		Request: a.Request, Payment: a.Payment, Attempt: attempt, Result: result, Amount: a.Amount, Currency: a.Currency,
		Decided: protocol.At(s.sale.Realm.Now), Signer: protocol.SignerOf(s.sale.Settlement.Certificate),
	}
	before := s.kept[a.Request]
	switch {
	case result == protocol.ResultPaid:
		o.Reference = uint64(len(s.kept) + 1)
		s.book(protocol.TotalsPayment, o, nil)
	case result == protocol.ResultReversed && before != nil && before.Unverified().Result == protocol.ResultPaid:
		o.Reference = before.Unverified().Reference
		s.book(protocol.TotalsReversal, o, nil)
	}
	s.kept[a.Request] = protocoltest.Sign(s.t, s.sale.Settlement.Key, o)
	return s.kept[a.Request]
}

// outcome falsifies an outcome as the fault says.
func (s *Server) outcome(kept *protocol.Signed[protocol.Outcome], fault Fault) reply {
	o, key := kept.Unverified(), s.sale.Settlement.Key
	switch fault {
	case OtherSale:
		o.Request[0] ^= 1
	case OtherAmount:
		o.Amount++
	case OtherAttempt:
		o.Result, o.Attempt, o.Reference = protocol.ResultRetryFinger, o.Attempt%2+1, 0
	case Unsigned:
		key = s.sale.Terminal.Key
	default:
		return reply{http.StatusOK, protocol.ContentTypeCOSE, kept.Bytes()}
	}
	return reply{http.StatusOK, protocol.ContentTypeCOSE, protocoltest.Sign(s.t, key, o).Bytes()}
}

func (s *Server) account(body []byte) reply {
	if _, err := protocol.Parse[protocol.AccountChange](body); err != nil {
		return refuse(http.StatusBadRequest, problem.Malformed)
	}
	info, err := protocol.EncodeAccountInfo(protocol.AccountInfo{Kind: protocol.AccountPrepaid, Currency: s.sale.Currency})
	if err != nil {
		return refuse(http.StatusInternalServerError, problem.Internal)
	}
	return reply{http.StatusOK, protocol.ContentTypeCBOR, info}
}
