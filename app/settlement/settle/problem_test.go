package settle_test

import (
	"errors"
	"testing"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// What could be otherwise a moment later, or is about nothing that an outcome
// could name, is a problem, and nothing is kept.
func TestProblems(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		play play
		peer protocol.ID
		want problem.Code
	}{
		{"stale revocation list", honest(func(w *world) { w.pass(5*time.Minute + time.Second) }), "T-0001", problem.NotReady},
		{"truncated", func(w *world) protocol.Envelope {
			e := honest()(w)
			e.Sealed = e.Sealed[:len(e.Sealed)-1]
			return e
		}, "T-0001", problem.Malformed},
		{"bit flipped", func(w *world) protocol.Envelope {
			e := honest()(w)
			e.Sealed[100] ^= 4
			return e
		}, "T-0001", problem.Malformed},
		{"envelope of another request", func(w *world) protocol.Envelope {
			e := honest()(w)
			e.Request = w.request().Hash()
			return e
		}, "T-0001", problem.Malformed},
		{"handed in by another terminal", honest(), "T-0002", problem.Malformed},
		{"request of another terminal", func(w *world) protocol.Envelope {
			request := w.request()
			s := w.sale.Submission(w.t, request, w.sale.Payment(w.t, request, nil), 1, w.owner())
			e, err := protocol.SealSubmission(w.sale.Settlement.Point(w.t), "T-0002", s)
			if err != nil {
				w.t.Fatal(err)
			}
			return e
		}, "T-0002", problem.Unauthorised},
		{"second attempt without a first", func(w *world) protocol.Envelope {
			request := w.request()
			return w.submission(request, w.sale.Payment(w.t, request, nil), 2, w.owner())
		}, "T-0001", problem.Conflict},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			raw, err := w.settler.Submit(t.Context(), test.peer, test.play(w))
			if raw != nil || !errors.Is(err, &problem.Problem{Code: test.want}) {
				t.Errorf("have %x, %v", raw, err)
			}
			w.moved(0)
			err = w.ledger.View(t.Context(), func(s ledger.Snapshot) error {
				return s.EachSale(func(k ledger.SaleKey, _ ledger.Sale) error {
					t.Errorf("%v was kept", k)
					return nil
				})
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// A token that fails is no reason to refuse for ever.
func TestTokenFailureIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	envelope := honest()(w)
	broken := w.config
	broken.Agreement = failingAgreement
	s, err := settle.New(broken)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Submit(t.Context(), "T-0001", envelope); !errors.Is(err, &problem.Problem{Code: problem.NotReady}) {
		t.Errorf("agreement key: %v", err)
	}
	broken = w.config
	identity := w.config.Identity()
	identity.Signer = failingSigner{identity.Signer}
	broken.Identity = func() settle.Identity { return identity }
	if s, err = settle.New(broken); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Submit(t.Context(), "T-0001", envelope); !errors.Is(err, &problem.Problem{Code: problem.NotReady}) {
		t.Errorf("signature key: %v", err)
	}
	w.moved(0)
	w.want(w.submit(envelope), protocol.ResultPaid)
	w.moved(7800)
}
