package settle

import (
	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// closedAs returns the tap that the operator closed on a card's result, if there is one.
func closedAs(r ledger.Reader, terminal protocol.ID, result protocol.Hash) (ledger.Tap, bool, error) {
	closed, err := r.Tap(ledger.ClosedTapKey(terminal, result))
	if isNotFound(err) {
		return closed, false, nil
	}
	return closed, err == nil && closed.Result == result && told(closed), err
}

// closed answers a clearing of what the operator had closed: as that was, whether the
// terminal sold or gave up, and without moving anything.
func (c clearing) closed(r ledger.Reader, tap ledger.Tap) (v verdictOf[protocol.TapCleared], found bool, err error) {
	kept, found, err := closedAs(r, c.key.Terminal, c.result)
	if err != nil || !found || kept.Pay != c.pay {
		return v, false, err
	}
	v.answer = kept.Answer
	if tap.Answer == nil {
		v.keep = handIn(c.key, tap, kept, c.Clearing.GivenUp)
	}
	return v, true, nil
}

// abandonClosed answers the abandonment of what the operator had closed, whose result
// the terminal never learned: as that was.
func abandonClosed(r ledger.Reader, key ledger.TapKey, tap ledger.Tap, pay protocol.TapPay, mark protocol.CardMark) (v verdictOf[protocol.TapCleared], found bool, err error) {
	if tap.Number == "" {
		return v, false, nil
	}
	kept, found, err := closedAs(r, key.Terminal, tap.Result)
	if err != nil || !found || kept.Pay != tap.Pay || kept.Mark != mark || kept.Scramble != pay.Scramble || kept.Amount != pay.Amount || kept.Currency != pay.Currency {
		return v, false, err
	}
	tap.Mark = mark
	v.answer, v.keep = kept.Answer, handIn(key, tap, kept, true)
	return v, true, nil
}

// handIn keeps under the PAY how the operator had closed it, so that no other result is
// taken for it.
func handIn(key ledger.TapKey, tap, closed ledger.Tap, givenUp bool) func(ledger.Tx, []byte) error {
	return func(tx ledger.Tx, answer []byte) error {
		mark, tombstone, conflicts := tap.Mark, tap.Tombstone, tap.Conflicts
		tap = closed
		tap.Mark, tap.Tombstone, tap.Conflicts = mark, tombstone, conflicts
		tap.GivenUp, tap.Refunded, tap.Answer = givenUp, 0, answer
		return tx.PutTap(key, tap)
	}
}
