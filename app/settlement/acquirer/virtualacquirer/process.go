package virtualacquirer

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"countersign/app/settlement/acquirer"
	"countersign/protocol"
)

// process carries a message out and returns its answer; ok is false for what
// is not answered.
func (s *Server) process(m acquirer.Message) (answer acquirer.Message, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	code, approval := "", ""
	switch {
	case m.Type == "0800":
		code = acquirer.CodeApproved
	case m.Type == "0810":
		s.echoes++
		return answer, false
	case m.Type == "0100", m.Type == "0200" && m.Fields[acquirer.FieldProcessing] == acquirer.ProcessingPurchase:
		code, approval = s.purchase(m)
	case (m.Type == "0200" || m.Type == "0201") && m.Fields[acquirer.FieldProcessing] == acquirer.ProcessingRefund:
		code = s.refund(m)
	case m.Type == "0400", m.Type == "0401", m.Type == "0420", m.Type == "0421":
		code = s.reverse(m)
	default:
		code = acquirer.CodeInvalid
	}
	return answering(m, code, approval), true
}

// answering returns the answer to a message: all it said, with a code.
func answering(m acquirer.Message, code, approval string) acquirer.Message {
	a := acquirer.Message{Type: m.Type[:2] + string(m.Type[2]+1) + "0", Fields: maps.Clone(m.Fields)}
	a.Fields[acquirer.FieldResponse] = code
	if approval != "" {
		a.Fields[acquirer.FieldApproval] = approval
	}
	return a
}

// own returns the key of a message that is itself a transaction.
func own(m acquirer.Message) Key {
	return Key{m.Type[:3] + "0", m.Fields[acquirer.FieldSTAN], m.Fields[acquirer.FieldTransmitted], m.Fields[acquirer.FieldTerminal], m.Fields[acquirer.FieldRRN]}
}

// original returns the key of the transaction that data element 90 names.
func original(m acquirer.Message, rrn string) (Key, bool) {
	e := m.Fields[acquirer.FieldOriginalData]
	if len(e) != 42 {
		return Key{}, false
	}
	return Key{e[:4], e[4:10], e[10:20], m.Fields[acquirer.FieldTerminal], rrn}, true
}

func amount(m acquirer.Message) (int64, bool) {
	n, err := strconv.ParseInt(m.Fields[acquirer.FieldAmount], 10, 64)
	return n, err == nil
}

func (s *Server) purchase(m acquirer.Message) (code, approval string) {
	key := own(m)
	number := protocol.Account(m.Fields[acquirer.FieldPAN])
	sum, ok := amount(m)
	if !ok || sum == 0 && m.Type == "0200" {
		return acquirer.CodeInvalid, ""
	}
	if p, again := s.purchases[key]; again {
		p.Times++
		switch {
		case p.Reversed && p.Card == "":
			// The reversal came first and is all that is known.
			p.Card, p.Amount, p.Currency, p.Code = number, sum, m.Fields[acquirer.FieldCurrency], acquirer.CodeInvalid
			return p.Code, ""
		case p.Card != number || p.Amount != sum || p.Currency != m.Fields[acquirer.FieldCurrency]:
			return acquirer.CodeDuplicate, ""
		case p.Reversed:
			return acquirer.CodeInvalid, ""
		}
		return p.Code, p.approval()
	}
	p := &Purchase{Key: key, Card: number, Amount: sum, Currency: m.Fields[acquirer.FieldCurrency], Times: 1}
	p.Code = s.charge(p)
	s.purchases[key] = p
	s.purchaseOrder = append(s.purchaseOrder, p)
	return p.Code, p.approval()
}

func (p *Purchase) approval() string {
	if p.Code != acquirer.CodeApproved {
		return ""
	}
	return p.Key.STAN
}

// charge takes a purchase's amount off its card, and says how it is answered.
func (s *Server) charge(p *Purchase) string {
	card, known := s.cards[p.Card]
	switch {
	case !known:
		return acquirer.CodeNoCard
	case card.Refuse != "":
		return card.Refuse
	case p.Currency != fmt.Sprintf("%03d", card.Currency):
		return acquirer.CodeNotHonoured
	case card.Balance < p.Amount:
		return acquirer.CodeFunds
	}
	card.Balance -= p.Amount
	return acquirer.CodeApproved
}

func (s *Server) reverse(m acquirer.Message) string {
	key, ok := original(m, m.Fields[acquirer.FieldRRN])
	if !ok {
		return acquirer.CodeInvalid
	}
	p, known := s.purchases[key]
	if sum, ok := amount(m); !ok || known && p.Card != "" && (p.Amount != sum || p.Refunded > 0 || string(p.Card) != m.Fields[acquirer.FieldPAN]) {
		return acquirer.CodeInvalid
	}
	if r, again := s.reversals[key]; again {
		r.Times++
		return acquirer.CodeApproved
	}
	r := &Reversal{Original: key, Known: known, Times: 1}
	s.reversals[key] = r
	s.reversalOrder = append(s.reversalOrder, r)
	if !known {
		// A tombstone: the purchase must not be charged when it comes.
		p = &Purchase{Key: key, Reversed: true}
		s.purchases[key] = p
		s.purchaseOrder = append(s.purchaseOrder, p)
		return acquirer.CodeApproved
	}
	if p.Charged() {
		s.cards[p.Card].Balance += p.Amount
	}
	p.Reversed = true
	return acquirer.CodeApproved
}

func (s *Server) refund(m acquirer.Message) string {
	key := own(m)
	sum, ok := amount(m)
	rrn, named := tagged(m.Fields[acquirer.FieldPrivate], "03")
	from, given := original(m, rrn)
	if !ok || sum == 0 || !named || !given {
		return acquirer.CodeInvalid
	}
	number := protocol.Account(m.Fields[acquirer.FieldPAN])
	if r, again := s.refunds[key]; again {
		r.Times++
		if r.Original != from || r.Amount != sum || r.Card != number {
			return acquirer.CodeDuplicate
		}
		return r.Code
	}
	r := &Refund{Key: key, Original: from, Card: number, Amount: sum, Code: acquirer.CodeInvalid, Times: 1}
	s.refunds[key] = r
	s.refundOrder = append(s.refundOrder, r)
	p, known := s.purchases[from]
	if known && p.Charged() && p.Card == number && p.Currency == m.Fields[acquirer.FieldCurrency] && p.Refunded+sum <= p.Amount {
		p.Refunded += sum
		s.cards[number].Balance += sum
		r.Code = acquirer.CodeApproved
	}
	return r.Code
}

// tagged finds a value in data element 63.
func tagged(private, tag string) (string, bool) {
	for len(private) >= 4 {
		n, err := strconv.ParseUint(private[2:4], 10, 8)
		if err != nil || len(private) < 4+int(n) {
			return "", false
		}
		if strings.HasPrefix(private, tag) {
			return private[4 : 4+n], true
		}
		private = private[4+n:]
	}
	return "", false
}
