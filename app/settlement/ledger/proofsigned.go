package ledger

import (
	"errors"
	"fmt"

	"countersign/protocol"
)

// signedAnswer parses what settlement signed, and verifies it.
func signedAnswer[P protocol.Payload](p *prover, raw []byte, signer func(P) [8]byte) (P, error) {
	var none P
	signed, err := protocol.Parse[P](raw)
	if err != nil {
		return none, err
	}
	key, err := p.key(signer(signed.Unverified()))
	if err != nil {
		return none, err
	}
	return signed.Verify(key)
}

// misstatedCard says how a signed card differs from what is kept. It bears no
// mark of its signer, so that any of settlement's keys will do.
func (p *prover) misstatedCard(u Purse) error {
	signed, err := protocol.Parse[protocol.VirtualCard](u.Signed)
	if err != nil {
		return err
	}
	c := signed.Unverified()
	if c.Number != u.Number || c.Holder.Key != u.Key || c.Purse.Currency != u.Currency || c.Purse.Ceiling != u.Ceiling || c.Expires != u.Expires {
		return errors.New("the card says something else")
	}
	return nil
}

func (p *prover) misstatedLoad(k PurseLoadKey, l PurseLoad, currency protocol.Currency) error {
	o, err := signedAnswer(p, l.Answer, func(o protocol.Load) [8]byte { return o.Signer })
	if err != nil {
		return err
	}
	if o.Number != k.Number || o.Sequence != k.Sequence || o.Amount != l.Amount || o.Total != l.Total || o.Currency != currency || o.Made != l.Made {
		return fmt.Errorf("signed is a load of %d to %d", o.Amount, o.Total)
	}
	return nil
}

func (p *prover) misstatedTap(t Tap) error {
	read := func(raw []byte) (protocol.TapCleared, error) {
		o, err := signedAnswer(p, raw, func(o protocol.TapCleared) [8]byte { return o.Signer })
		if err == nil && (o.Pay != t.Pay || o.Amount != t.Amount || o.Currency != t.Currency) {
			err = errors.New("the answer is about another tap")
		}
		return o, err
	}
	if t.Answer != nil {
		o, err := read(t.Answer)
		if err != nil {
			return err
		}
		if o.Result != t.Decision || o.Reference != t.Reference {
			return fmt.Errorf("answered as %v, reference %d", o.Result, o.Reference)
		}
	}
	if t.Tombstone != nil {
		if o, err := read(t.Tombstone); err != nil || o.Result != protocol.ClearingGivenBack && o.Result != protocol.ClearingUncovered {
			return errors.Join(err, fmt.Errorf("abandonment answered as %v", o.Result))
		}
	}
	for _, c := range t.Conflicts {
		if o, err := read(c.Answer); err != nil || o.Result != protocol.ClearingConflict {
			return errors.Join(err, fmt.Errorf("conflict answered as %v", o.Result))
		}
	}
	return nil
}

func (p *prover) misstatedTransfer(h protocol.Hash, m PurseTransfer) error {
	o, err := signedAnswer(p, m.Answer, func(o protocol.TransferReceipt) [8]byte { return o.Signer })
	if err != nil {
		return err
	}
	if o.Transfer != h || o.Result != m.Result || o.Reference != m.Reference || o.Decided != m.Decided {
		return fmt.Errorf("receipt says %v", o.Result)
	}
	return nil
}
