package ledger

import (
	"errors"
	"fmt"

	"countersign/protocol"
)

// ReportKey names one deduction of a card that its wallet reported.
type ReportKey struct {
	DeductionKey
	// Result is the hash of the card's result.
	Result protocol.Hash
}

// Report is the card's own signed word about a deduction, from its wallet. It is kept while
// the deduction is open, and for ever if the operator closed it: what was moved then
// rests on it.
type Report struct {
	_ struct{} `cbor:",toarray"`
	// Result is the card's signed TapResult; At is when it was first reported.
	Result []byte
	At     protocol.Time
	// Closed is when the operator closed the deduction, and Reason why; 0 and empty
	// while it is open.
	Closed protocol.Time
	Reason string
}

// ClosedTapKey is where a tap is kept that the operator closed: under the card's result
// and not under the PAY that this names, because a card alone can make a PAY up. So
// it never takes the place of what a terminal hands in.
func ClosedTapKey(terminal protocol.ID, result protocol.Hash) TapKey {
	return NewTapKey(terminal, result)
}

// SameClosing says whether a terminal's tap is the one that the operator had closed: the
// money has moved once, for that.
func (t Tap) SameClosing(closed Tap) bool {
	return t.Pay == closed.Pay && t.Scramble == closed.Scramble && t.Amount == closed.Amount && t.Currency == closed.Currency &&
		t.Number == closed.Number && t.Counter == closed.Counter && t.Result == closed.Result && t.Decision == closed.Decision &&
		t.Reference == closed.Reference && t.Merchant == closed.Merchant && t.Entry == closed.Entry && t.Answer != nil &&
		string(t.Answer) == string(closed.Answer) && t.Refunded == 0
}

// report is the deduction's that the tap names.
func (t Tap) report() ReportKey { return ReportKey{DeductionKey{t.Number, t.Counter}, t.Result} }

func reportKey(k ReportKey) []byte { return append(placeKey(k.Number, k.Counter), k.Result[:]...) }

func (t *change) Report(k ReportKey) (Report, error) {
	return record[Report](t, bucketReports, reportKey(k))
}

func (t *change) PutReport(k ReportKey, r Report) error {
	if len(r.Result) == 0 || (r.Closed == 0) != (r.Reason == "") {
		return errors.New("report: without the card's result, or closed without a reason")
	}
	if err := t.open(k); err != nil {
		return err
	}
	return t.keep(bucketReports, reportKey(k), r)
}

func (t *change) RemoveReport(k ReportKey) error {
	if err := t.open(k); err != nil {
		return err
	}
	t.remove(bucketReports, reportKey(k))
	return nil
}

// open makes sure that a deduction was not closed.
func (t *change) open(k ReportKey) error {
	old, err := t.Report(k)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	case old.Closed != 0:
		return fmt.Errorf("report: %w: what the operator closed", ErrKept)
	}
	return nil
}

// tapPlace says why a tap may not be kept under a key.
func (t *change) tapPlace(k TapKey, tap Tap) error {
	if k == NewTapKey(k.Terminal, tap.Pay) {
		return nil
	}
	if tap.Answer != nil && k == ClosedTapKey(k.Terminal, tap.Result) {
		report, err := t.Report(tap.report())
		if err == nil && report.Closed != 0 {
			return nil
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return fmt.Errorf("tap: %w: the key of another", ErrKept)
}

// numbered keeps which tap bears a number. One that the operator had closed bears it
// there.
func (t *change) numbered(k TapKey, tap Tap) error {
	borne, err := t.PurseReference(tap.Reference)
	if err == nil && borne.Tap != nil && *borne.Tap == ClosedTapKey(k.Terminal, tap.Result) {
		closed, err := t.Tap(*borne.Tap)
		if err != nil || tap.SameClosing(closed) {
			return err
		}
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return t.add(bucketPurseReferences, numberKey(tap.Reference), PurseReference{Tap: &k})
}

func (t snapshot) EachReport(visit func(ReportKey, Report) error) error {
	return each(t, bucketReports, func(key []byte, r Report) error {
		if len(key) != 24+len(protocol.Hash{}) {
			return fmt.Errorf("ledger: key of %d bytes in %s", len(key), bucketReports)
		}
		n, counter, err := splitPlace(key[:24])
		if err != nil {
			return err
		}
		return visit(ReportKey{DeductionKey{n, counter}, protocol.Hash(key[24:])}, r)
	})
}
