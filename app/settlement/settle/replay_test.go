package settle_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/minutiae"
)

// wrong is a capture of somebody else's finger.
func wrong(w *world) protocol.Template { return w.capture(w.finger()) }

// decoded is the minutiae of a template.
func (w *world) decoded(t protocol.Template) []minutiae.Minutia {
	w.t.Helper()
	ms, err := minutiae.Decode(t)
	if err != nil {
		w.t.Fatal(err)
	}
	return ms
}

// turned is a print turned by so many steps of the template's angles, and shifted.
func turned(ms []minutiae.Minutia, steps int, dx, dy float64) []minutiae.Minutia {
	sin, cos := math.Sincos(float64(steps) * 2 * math.Pi / minutiae.AngleSteps)
	var out []minutiae.Minutia
	for _, m := range ms {
		x, y := float64(m.X)-75, float64(m.Y)-90
		// Y goes downwards, angles counter-clockwise.
		m.X, m.Y = uint8(math.Round(75+x*cos+y*sin+dx)), uint8(math.Round(90-x*sin+y*cos+dy))
		m.Angle = uint8((int(m.Angle) + steps + minutiae.AngleSteps) % minutiae.AngleSteps)
		out = append(out, m)
	}
	return out
}

// attacks make another print of a captured one, without a finger.
var attacks = []struct {
	name  string
	forge func(w *world, print protocol.Template) protocol.Template
}{
	{"the same bytes", func(_ *world, p protocol.Template) protocol.Template { return slices.Clone(p) }},
	{"minutiae in another order", func(w *world, p protocol.Template) protocol.Template {
		ms := w.decoded(p)
		slices.Reverse(ms)
		return w.template(ms)
	}},
	{"padded to 60", func(w *world, p protocol.Template) protocol.Template {
		large, err := minutiae.Encode(w.decoded(p), minutiae.Large)
		if err != nil {
			w.t.Fatal(err)
		}
		return protocol.Template(large)
	}},
	{"shifted", func(w *world, p protocol.Template) protocol.Template {
		return w.template(turned(w.decoded(p), 0, 11, 7))
	}},
	{"turned and shifted", func(w *world, p protocol.Template) protocol.Template {
		return w.template(turned(w.decoded(p), 2, 9, 5))
	}},
	{"each point one unit off", func(w *world, p protocol.Template) protocol.Template {
		ms := w.decoded(p)
		for n := range ms { // to the four sides in turn
			if by := uint8(n%2)*2 - 1; n/2%2 == 0 {
				ms[n].X += by
			} else {
				ms[n].Y += by
			}
		}
		return w.template(ms)
	}},
	{"one in ten left out", func(w *world, p protocol.Template) protocol.Template {
		ms := w.decoded(p)
		return w.template(ms[:(len(ms)*9+9)/10])
	}},
}

// Guarantee 6: what was made of an earlier capture counts as that one, whether
// that matched or not.
func TestReplay(t *testing.T) {
	t.Parallel()
	for _, attack := range attacks {
		for name, first := range map[string]struct {
			capture func(*world) protocol.Template
			result  protocol.Result
		}{
			"of an accepted print": {func(w *world) protocol.Template { return w.owner() }, protocol.ResultPaid},
			"of a refused print":   {wrong, protocol.ResultRetryFinger},
		} {
			t.Run(attack.name+" "+name, func(t *testing.T) {
				w := newWorld(t)
				print := first.capture(w)
				w.want(w.submit(fingered(func(*world) protocol.Template { return print })(w)), first.result)
				// Others come between them.
				for range 3 {
					w.want(w.submit(honest()(w)), protocol.ResultPaid)
				}
				have := w.submit(fingered(func(w *world) protocol.Template { return attack.forge(w, print) })(w))
				w.want(have, protocol.ResultFinger)
				if !strings.Contains(w.log.String(), `"msg":"fraud"`) {
					t.Error("not flagged as fraud")
				}
				if events := w.events(); events[len(events)-1].Outcome != ledger.FingerReplayed {
					t.Errorf("noted as %v", events[len(events)-1].Outcome)
				}
			})
		}
	}
}

// Genuine captures are never taken for one another, however many are kept.
func TestManyGenuineCaptures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sale.Amount = 1
	for range 40 {
		w.want(w.submit(honest()(w)), protocol.ResultPaid)
	}
	w.moved(40)
	err := w.ledger.View(t.Context(), func(s ledger.Snapshot) error {
		head, err := s.Probes("W-0001")
		n := 0
		err2 := s.EachProbeOf("W-0001", func(_ uint8, p ledger.Probe) error {
			if n++; p.Number <= 8 || len(p.Sealed) != 180+12+16 {
				t.Errorf("kept number %d, %d bytes", p.Number, len(p.Sealed))
			}
			return nil
		})
		if head.Number != 40 || n != 32 || err2 != nil {
			t.Errorf("up to %d, %d kept, %v", head.Number, n, err2)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Two copies of one capture handed in at once: the second is compared with the
// first, however close they are.
func TestReplayAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	print := w.owner()
	envelopes := make([]protocol.Envelope, 4)
	for n := range envelopes {
		envelopes[n] = fingered(func(w *world) protocol.Template { return w.template(turned(w.decoded(print), 0, float64(n), 0)) })(w)
	}
	results := w.atOnce(envelopes)
	if results[protocol.ResultPaid] != 1 || results[protocol.ResultFinger] != len(envelopes)-1 {
		t.Errorf("have %v; log:\n%s", results, w.log)
	}
	w.moved(7800)
}

// atOnce hands envelopes in at once and counts their results.
func (w *world) atOnce(envelopes []protocol.Envelope) map[protocol.Result]int {
	w.t.Helper()
	var mutex sync.Mutex
	var wait sync.WaitGroup
	results := map[protocol.Result]int{}
	begin := make(chan struct{})
	for _, e := range envelopes {
		wait.Go(func() {
			<-begin
			raw, err := w.settler.Submit(w.t.Context(), "T-0001", e)
			if err != nil {
				w.t.Error(err)
				return
			}
			o := w.outcome(raw)
			mutex.Lock()
			defer mutex.Unlock()
			results[o.Result]++
		})
	}
	close(begin)
	wait.Wait()
	return results
}

// Prints that cannot be opened, after the key has changed, are none, and say so.
func TestKeptPrintsUnderAnotherKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	print := w.owner()
	w.want(w.submit(fingered(func(*world) protocol.Template { return print })(w)), protocol.ResultPaid)
	w.config.PrintKey = slices.Repeat([]byte{1}, 32)
	var err error
	if w.settler, err = settle.New(w.config); err != nil {
		t.Fatal(err)
	}
	w.want(w.submit(fingered(func(w *world) protocol.Template { return w.template(turned(w.decoded(print), 0, 3, 3)) })(w)), protocol.ResultPaid)
	if !strings.Contains(w.log.String(), "cannot be read") {
		t.Error("nothing was logged")
	}
}

// A kept print is bound to its place and its wallet.
func TestKeptPrintsAreBound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	print := w.owner()
	w.want(w.submit(fingered(func(*world) protocol.Template { return print })(w)), protocol.ResultPaid)
	var sealed []byte
	err := w.ledger.View(t.Context(), func(s ledger.Snapshot) error {
		return s.EachProbeOf("W-0001", func(_ uint8, p ledger.Probe) error { sealed = p.Sealed; return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	// The same bytes under the next number are no print any more, and with the
	// original gone nothing is left to compare with.
	w.update(func(tx ledger.Tx) error {
		if _, err := tx.ForgetProbes("W-0001"); err != nil {
			return err
		}
		return tx.AddProbe("W-0001", 32, ledger.Probe{Number: 3, Sealed: sealed})
	})
	w.want(w.submit(fingered(func(w *world) protocol.Template { return w.template(turned(w.decoded(print), 0, 3, 3)) })(w)), protocol.ResultPaid)
	if !strings.Contains(w.log.String(), "cannot be read") {
		t.Error("a print in another's place was read")
	}
}

// BenchmarkEarlierPrints is what comparing with kept prints adds to a settlement,
// with keys in memory: none are kept, or 32 with as many minutiae as the live one,
// so that none is passed over.
func BenchmarkEarlierPrints(b *testing.B) {
	for _, kept := range []int{0, 32} {
		b.Run(fmt.Sprintf("%d-kept", kept), func(b *testing.B) {
			w := newWorld(b)
			w.sale.Amount = 1
			for range kept {
				w.want(w.submit(honest()(w)), protocol.ResultPaid)
			}
			envelopes := make([]protocol.Envelope, b.N)
			for n := range envelopes {
				envelopes[n] = honest()(w)
			}
			b.ResetTimer()
			for n, e := range envelopes {
				if kept == 0 {
					b.StopTimer()
					w.update(func(tx ledger.Tx) error {
						_, err := tx.ForgetProbes("W-0001")
						return err
					})
					b.StartTimer()
				}
				if _, err := w.settler.Submit(b.Context(), "T-0001", e); err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
}
