package virtualsettlement

import (
	"net/http"
	"slices"

	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

// purses are the virtual cards that the server has issued, and what became of
// them. The server believes every signature: what it would refuse is for the
// test to say, by faults or Refuse.
type purses struct {
	cards       map[protocol.Hash]*protocol.Signed[protocol.VirtualCard] // by the key's thumbprint
	loads       map[loadKey]*protocol.Signed[protocol.Load]
	state       map[protocol.CardNumber]protocol.CardState
	transfers   map[protocol.Hash]*protocol.Signed[protocol.TransferReceipt]
	taps        map[protocol.Hash]*protocol.Signed[protocol.TapCleared] // by H(PAY)
	decide      func(protocol.TapClearing) protocol.ClearingResult
	refuse      problem.Code
	blocked     []protocol.CardMark
	blockedList uint64
}

type loadKey struct {
	number   protocol.CardNumber
	sequence uint64
}

// Terms of the cards that the server issues, in minor units.
const (
	CardCeiling      protocol.Amount = 100_000
	CardConfirmAbove protocol.Amount = 20_000
)

func newPurses() purses {
	return purses{
		cards: map[protocol.Hash]*protocol.Signed[protocol.VirtualCard]{}, loads: map[loadKey]*protocol.Signed[protocol.Load]{},
		state: map[protocol.CardNumber]protocol.CardState{}, transfers: map[protocol.Hash]*protocol.Signed[protocol.TransferReceipt]{},
		taps: map[protocol.Hash]*protocol.Signed[protocol.TapCleared]{}, blocked: []protocol.CardMark{},
		decide: func(protocol.TapClearing) protocol.ClearingResult { return protocol.ClearingCredited },
	}
}

// DecideTaps says how clearings are decided from now on; without it all are
// credited, but for those given up.
func (s *Server) DecideTaps(decide func(protocol.TapClearing) protocol.ClearingResult) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.purses.decide = decide
}

// RefuseLoads has every load that was not made before refused for good with a
// code; the empty code makes them again.
func (s *Server) RefuseLoads(code problem.Code) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.purses.refuse = code
}

// Block puts a card on the list of blocked ones.
func (s *Server) Block(card protocol.CardMark) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if at, there := slices.BinarySearchFunc(s.purses.blocked, card, protocol.CardMark.Compare); !there {
		s.purses.blocked = slices.Insert(s.purses.blocked, at, card)
		s.purses.blockedList++
	}
}

// Credit lets money wait for a card, as a transfer would.
func (s *Server) Credit(number protocol.CardNumber, amount protocol.Amount) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	state := s.purses.state[number]
	state.Waiting += protocol.Sum(amount)
	s.purses.state[number] = state
}

func (s *Server) virtualCard(body []byte, fault Fault) reply {
	signed, err := protocol.Parse[protocol.CardApplication](body)
	if err != nil {
		return refuse(http.StatusBadRequest, problem.Malformed)
	}
	asked := signed.Unverified()
	key := asked.Proof.Unverified().Key
	s.mutex.Lock()
	defer s.mutex.Unlock()
	kept := s.purses.cards[key.Thumbprint()]
	if kept == nil {
		number, err := protocol.NewCardNumber(uint64(len(s.purses.cards) + 1))
		if err != nil {
			return refuse(http.StatusInternalServerError, problem.Internal)
		}
		kept = protocoltest.Sign(s.t, s.sale.Settlement.Key, protocol.VirtualCard{
			Issuer: s.sale.Settlement.Subject, Number: number, Expires: protocol.At(s.sale.Realm.Now) + 365*24*3600, Holder: protocol.Confirmation{Key: key},
			Purse: protocol.PurseTerms{Currency: asked.Currency, Ceiling: CardCeiling, ConfirmAbove: CardConfirmAbove},
		})
		s.purses.cards[key.Thumbprint()] = kept
		s.purses.state[number] = protocol.CardState{Number: number, Currency: asked.Currency}
	}
	card := kept.Unverified()
	switch fault {
	case OtherSale:
		card.Holder.Key = s.sale.Terminal.Certificate.Unverified().Holder.Key
	case OtherParty:
		card.Issuer = "elsewhere"
	case Unsigned:
	default:
		return reply{http.StatusOK, protocol.ContentTypeCOSE, kept.Bytes()}
	}
	return sign(s, card, fault)
}

func (s *Server) cardState(body []byte, fault Fault) reply {
	signed, err := protocol.Parse[protocol.CardQuestion](body)
	if err != nil {
		return refuse(http.StatusBadRequest, problem.Malformed)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	state, known := s.purses.state[signed.Unverified().Number]
	if !known {
		return refuse(http.StatusNotFound, problem.NotFound)
	}
	for _, card := range s.purses.cards {
		if c := card.Unverified(); c.Number == state.Number {
			state.Blocked = slices.Contains(s.purses.blocked, protocol.MarkOf(c.Holder.Key))
		}
	}
	state.Decided, state.Signer = protocol.At(s.sale.Realm.Now), protocol.SignerOf(s.sale.Settlement.Certificate)
	if fault == OtherSale {
		state.Number = otherNumber(state.Number)
	}
	return sign(s, state, fault)
}

// otherNumber is a good number that is not this one.
func otherNumber(n protocol.CardNumber) protocol.CardNumber {
	for serial := uint64(99); ; serial++ {
		if other, err := protocol.NewCardNumber(serial); err == nil && other != n {
			return other
		}
	}
}

func (s *Server) load(body []byte, fault Fault) reply {
	signed, err := protocol.Parse[protocol.LoadRequest](body)
	if err != nil {
		return refuse(http.StatusBadRequest, problem.Malformed)
	}
	asked := signed.Unverified()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	state, known := s.purses.state[asked.Number]
	kept := s.purses.loads[loadKey{asked.Number, asked.Sequence}]
	switch {
	case !known:
		return refuse(http.StatusNotFound, problem.NotFound)
	case kept != nil && kept.Unverified().Nonce != asked.Nonce:
		return refuse(http.StatusConflict, problem.Conflict)
	case kept != nil:
	case s.purses.refuse != "":
		return refuse(http.StatusConflict, s.purses.refuse)
	case asked.Waiting && protocol.Sum(asked.Amount) > state.Waiting:
		return refuse(http.StatusConflict, problem.Funds)
	default:
		if asked.Waiting {
			state.Waiting -= protocol.Sum(asked.Amount)
		}
		state.Sequence, state.Total = asked.Sequence, state.Total+protocol.Sum(asked.Amount)
		s.purses.state[asked.Number] = state
		kept = protocoltest.Sign(s.t, s.sale.Settlement.Key, protocol.Load{
			Number: asked.Number, Sequence: asked.Sequence, Amount: asked.Amount, Currency: asked.Currency, Total: state.Total, Nonce: asked.Nonce,
			Made: protocol.At(s.sale.Realm.Now), Signer: protocol.SignerOf(s.sale.Settlement.Certificate),
		})
		s.purses.loads[loadKey{asked.Number, asked.Sequence}] = kept
	}
	load := kept.Unverified()
	switch fault {
	case OtherSale:
		load.Nonce[0] ^= 1
	case OtherAmount:
		load.Amount, load.Total = load.Amount+1, load.Total+1
	case Unsigned:
	default:
		return reply{http.StatusOK, protocol.ContentTypeCOSE, kept.Bytes()}
	}
	return sign(s, load, fault)
}

func (s *Server) transfer(body []byte, fault Fault) reply {
	signed, err := protocol.Parse[protocol.Transfer](body)
	if err != nil {
		return refuse(http.StatusBadRequest, problem.Malformed)
	}
	asked := signed.Unverified()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	kept := s.purses.transfers[signed.Hash()]
	if kept == nil {
		receipt := protocol.TransferReceipt{Transfer: signed.Hash(), Result: protocol.TransferMade, Reference: uint64(9001 + len(s.purses.transfers)),
			Decided: protocol.At(s.sale.Realm.Now), Signer: protocol.SignerOf(s.sale.Settlement.Certificate)}
		to, known := s.purses.state[asked.To]
		if !known || to.Currency != asked.Currency {
			receipt.Result = protocol.TransferReturned
			to = s.purses.state[asked.From]
			to.Number, to.Currency = asked.From, asked.Currency
		}
		to.Waiting += protocol.Sum(asked.Amount)
		s.purses.state[to.Number] = to
		kept = protocoltest.Sign(s.t, s.sale.Settlement.Key, receipt)
		s.purses.transfers[signed.Hash()] = kept
	}
	receipt := kept.Unverified()
	switch fault {
	case OtherSale:
		receipt.Transfer[0] ^= 1
	case Unsigned:
	default:
		return reply{http.StatusOK, protocol.ContentTypeCOSE, kept.Bytes()}
	}
	return sign(s, receipt, fault)
}
