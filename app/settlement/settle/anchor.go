package settle

import (
	"context"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// Anchor keeps the head of a terminal's journal and returns a signed receipt.
// The same head again gets the same receipt. Another one for its sequence, or a
// sequence before it, is refused: such a journal was rewritten, or put back to
// an earlier state.
func (s *Settler) Anchor(ctx context.Context, p Peer, m *protocol.Signed[protocol.JournalAnchor]) ([]byte, error) {
	anchor, _, err := signedBy(s, p, m)
	if err != nil {
		return nil, err
	}
	identity := s.Identity()
	receipt := protocol.AnchorReceipt{Terminal: p.Subject, Sequence: anchor.Sequence, Head: anchor.Head,
		Received: protocol.At(s.Clock()), Signer: protocol.SignerOf(identity.Certificate)}
	signed, err := protocol.Sign(identity.Signer, receipt)
	if err != nil {
		return nil, notReady("the receipt could not be signed: " + err.Error())
	}
	answer := signed.Bytes()
	err = s.Ledger.Update(ctx, func(tx ledger.Tx) error {
		last, err := tx.Anchor(p.Subject)
		switch {
		case err != nil && !isNotFound(err):
			return err
		case err == nil && last.Sequence == anchor.Sequence && last.Head == anchor.Head:
			answer = last.Receipt
			return nil
		case err == nil && last.Sequence >= anchor.Sequence:
			return conflict("the journal does not continue the one that was lodged before")
		}
		answer = signed.Bytes()
		if err := tx.AddCertificate(identity.Certificate); err != nil {
			return err
		}
		return tx.AddAnchor(p.Subject, ledger.Anchor{Sequence: anchor.Sequence, Head: anchor.Head, Received: receipt.Received,
			Message: m.Bytes(), Receipt: answer})
	})
	if err != nil {
		s.Log.WarnContext(ctx, "journal not anchored", "terminal", string(p.Subject), "sequence", anchor.Sequence, "reason", err.Error())
		return nil, err
	}
	s.Log.InfoContext(ctx, "journal anchored", "terminal", string(p.Subject), "sequence", anchor.Sequence)
	return answer, nil
}
