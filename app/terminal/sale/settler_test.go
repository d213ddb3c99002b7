package sale

import (
	"bytes"
	"context"
	"sync"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// fakeSettler opens and checks what it is sent with settlement's real keys; how
// it decides, and whether it can be reached, is up to the test.
type fakeSettler struct {
	shop *shop

	mu         sync.Mutex
	result     protocol.Result
	script     []any // results or errors for the coming submissions, before result
	down       error // of everything else
	lost       bool  // submissions arrive, answers do not
	paid       map[protocol.Hash]protocol.Result
	acked      int
	references map[protocol.Hash]uint64
	charges    int
	off        bool  // nothing gets here: the terminal has no power
	query      error // what questions are answered with
	asked      map[protocol.Hash]bool
	queries    int

	refunds  map[protocol.Code]*protocol.Signed[protocol.Refund]
	given    protocol.Amount       // back, altogether
	refusing protocol.RefundResult // what refunds are answered with
	sent     int                   // refunds that have arrived
}

// setQuery says what questions are answered with; nil for the truth.
func (f *fakeSettler) setQuery(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.query = err
}

// setOff cuts the terminal's power: nothing gets here any more.
func (f *fakeSettler) setOff(off bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.off = off
}

// setLost has messages arrive and answers not.
func (f *fakeSettler) setLost(lost bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lost = lost
}

// setRefusing says what refunds are answered with.
func (f *fakeSettler) setRefusing(r protocol.RefundResult) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refusing = r
}

// setDown cuts the link to settlement, or mends it.
func (f *fakeSettler) setDown(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = err
}

func (f *fakeSettler) Certificate(context.Context) (*protocol.Signed[protocol.Certificate], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.shop.sale.Settlement.Certificate, f.down
}

func (f *fakeSettler) Submit(_ context.Context, e protocol.Envelope, about protocol.Advice, attempt uint8) (Answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.off {
		return Answer{}, errPower
	}
	sale := f.shop.sale
	s, err := protocol.OpenSubmission(sale.Settlement.Agreement, sale.Terminal.Subject, e)
	if err != nil {
		f.shop.t.Errorf("settlement cannot open the submission: %v", err)
		return Answer{}, err
	}
	v, err := protocol.VerifySubmission(s, sale.Settlement.Subject, sale.Terminal.Subject, f.shop.trust, f.shop.till.Now())
	if err != nil {
		f.shop.t.Errorf("settlement refuses the submission: %v", err)
		return Answer{}, err
	}
	if attempt != v.Submission.Attempt || about.Request != v.Submission.Request.Hash() || about.Payment != v.Submission.Payment.Hash() || about.Scramble != v.Request.Scramble {
		f.shop.t.Errorf("advice %+v is not about the submission", about)
	}
	if !v.Payment.HolderVerified() {
		if _, err := protocol.OpenLivePrint(sale.Settlement.Agreement, about.Request, about.Payment, sale.Terminal.Subject, v.Submission.Attempt, v.Submission.Print); err != nil {
			f.shop.t.Errorf("settlement cannot open the print: %v", err)
		}
	}
	result := f.result
	if len(f.script) > 0 {
		next := f.script[0]
		f.script = f.script[1:]
		if err, failed := next.(error); failed {
			return Answer{}, err
		}
		result = next.(protocol.Result)
	}
	f.paid[about.Request] = result
	if result == protocol.ResultPaid {
		f.charges++
	}
	if f.lost {
		return Answer{}, ErrNoAnswer
	}
	return f.answer(about, v.Submission.Attempt, result), nil
}

func (f *fakeSettler) answer(about protocol.Advice, attempt uint8, result protocol.Result) Answer {
	if _, known := f.references[about.Request]; !known {
		f.references[about.Request] = 4711 + uint64(len(f.references))
	}
	o := protocol.Outcome{
		Request: about.Request, Payment: about.Payment, Attempt: attempt, Result: result, Reference: f.references[about.Request],
		Amount: about.Amount, Currency: about.Currency, Decided: about.Sent, Signer: protocol.SignerOf(f.shop.sale.Settlement.Certificate),
	}
	return Answer{Outcome: o, Signed: protocoltest.Sign(f.shop.t, f.shop.sale.Settlement.Key, o)}
}

func (f *fakeSettler) Query(_ context.Context, about protocol.Advice) (Answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queries++
	if f.asked == nil {
		f.asked = map[protocol.Hash]bool{}
	}
	f.asked[about.Request] = true
	if f.query != nil {
		return Answer{}, f.query
	}
	if f.off {
		return Answer{}, errPower
	}
	if f.down != nil {
		return Answer{}, f.down
	}
	result, seen := f.paid[about.Request]
	if !seen {
		return Answer{}, ErrNeverSeen
	}
	return f.answer(about, 1, result), nil
}

// givenOf is what was given back of one sale.
func (f *fakeSettler) givenOf(reference uint64) (sum protocol.Amount) {
	for _, r := range f.refunds {
		if r.Unverified().Reference == reference {
			sum += r.Unverified().Amount
		}
	}
	return sum
}

// Refund makes a refund once for its key.
func (f *fakeSettler) Refund(_ context.Context, r *protocol.Signed[protocol.Refund]) (RefundAnswer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.off {
		return RefundAnswer{}, errPower
	}
	if f.down != nil && !f.lost {
		return RefundAnswer{}, f.down
	}
	f.sent++
	asked, err := r.Verify(f.shop.sale.Terminal.Certificate.Unverified().Holder.Key)
	if err != nil {
		f.shop.t.Errorf("settlement refuses the refund: %v", err)
		return RefundAnswer{}, err
	}
	switch first, seen := f.refunds[asked.Key]; {
	case !seen:
		f.refunds[asked.Key] = r
		if f.refusing == protocol.RefundMade {
			f.given += asked.Amount
		}
	case !bytes.Equal(first.Bytes(), r.Bytes()):
		f.shop.t.Error("the repeat is not the very same message")
	}
	if f.lost {
		return RefundAnswer{}, ErrNoAnswer
	}
	o := protocol.RefundOutcome{
		Reference: asked.Reference, Key: asked.Key, Result: f.refusing, Amount: asked.Amount, Currency: asked.Currency,
		Decided: asked.Sent, Signer: protocol.SignerOf(f.shop.sale.Settlement.Certificate),
	}
	if o.Result == protocol.RefundMade {
		o.Number, o.Refunded = 9000+uint64(len(f.refunds)), f.givenOf(asked.Reference)
	}
	return RefundAnswer{Outcome: o, Signed: protocoltest.Sign(f.shop.t, f.shop.sale.Settlement.Key, o)}, nil
}

func (f *fakeSettler) Reverse(_ context.Context, about protocol.Advice) (Answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.off {
		return Answer{}, errPower
	}
	if f.down != nil {
		return Answer{}, f.down
	}
	if result, seen := f.paid[about.Request]; seen && result == protocol.ResultPaid {
		f.charges--
	}
	f.paid[about.Request] = protocol.ResultReversed
	return f.answer(about, 1, protocol.ResultReversed), nil
}

func (f *fakeSettler) Acknowledge(context.Context, protocol.Advice) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.off {
		return errPower
	}
	if f.down != nil {
		return f.down
	}
	f.acked++
	return nil
}
