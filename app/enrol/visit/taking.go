package visit

import (
	"context"
	"errors"
	"time"

	"countersign/app/enrol/capture"
	"countersign/devices/fingerprint"
)

// again is how often a sensor that is away is looked for.
const again = 300 * time.Millisecond

// take takes the finger.
func (d *Desk) take(agreed capture.Agreement) {
	v := d.view
	d.show(func(v *View) { v.Stage, v.Capture, v.Prompt, v.TriesLeft = Taking, 1, Lift, capture.Tries })
	d.begin(func(ctx context.Context, report func(func(*Desk))) {
		p := &person{report: func(change func(*View)) { report(func(d *Desk) { d.show(change) }) }}
		code, err := d.Office.Enrol(ctx, patient{d.Reader, p}, p.with(d.Reader), v.Wallet, agreed)
		report(func(d *Desk) {
			if err != nil {
				d.refuse(err, Taking)
				return
			}
			d.coded(code, false)
		})
	})
}

// person is the owner at the sensor, as capture sees the officer.
type person struct {
	report func(func(*View))
	reader patient
	tenth  int // of the picture, that was reported last
}

func (p *person) with(r Reader) *person {
	p.reader = patient{r, p}
	return p
}

// Ready waits until the finger was lifted.
func (p *person) Ready(ctx context.Context, n int) error {
	p.tenth = -1
	p.report(func(v *View) { v.Capture, v.Prompt, v.Fraction = n, Lift, 0 })
	if err := p.reader.lifted(ctx); err != nil {
		return err
	}
	p.report(func(v *View) { v.Prompt = Place })
	return nil
}

// Progress moves the ring, in steps that can be seen.
func (p *person) Progress(now fingerprint.Progress) {
	fraction := 0.0
	if now.Total > 0 {
		fraction = min(float64(now.Received)/float64(now.Total), 1)
	}
	step := int(now.Stage)*1000 + now.Picture*100 + int(fraction*50)
	if step == p.tenth {
		return
	}
	p.tenth = step
	prompt := map[fingerprint.Stage]Prompt{fingerprint.WaitingForFinger: Place, fingerprint.Reading: Hold, fingerprint.Done: Good}[now.Stage]
	p.report(func(v *View) {
		v.Prompt, v.Fraction = prompt, fraction
		if now.Advice != "" {
			v.Advice = now.Advice
		}
		if prompt == Good {
			v.Advice, v.TriesLeft = "", capture.Tries
		}
	})
}

// Unclear says what to do better.
func (p *person) Unclear(advice fingerprint.Advice, triesLeft int) {
	p.report(func(v *View) { v.Advice, v.TriesLeft, v.Fraction = advice, triesLeft, 0 })
}

// Mismatch begins the captures anew.
func (p *person) Mismatch() {
	p.report(func(v *View) { v.Mismatch, v.Capture, v.Advice, v.TriesLeft = v.Mismatch+1, 1, "", capture.Tries })
}

// patient is a reader that waits for a sensor which was pulled out.
type patient struct {
	reader Reader
	person *person
}

// Read implements capture.Reader.
func (r patient) Read(ctx context.Context, report func(fingerprint.Progress)) (template []byte, sensor string, at time.Time, err error) {
	err = r.insist(ctx, func() (err error) {
		template, sensor, at, err = r.reader.Read(ctx, report)
		return err
	})
	return template, sensor, at, err
}

func (r patient) lifted(ctx context.Context) error {
	return r.insist(ctx, func() error { return r.reader.WaitLifted(ctx) })
}

// insist does something until the sensor is there.
func (r patient) insist(ctx context.Context, do func() error) error {
	away := false
	for {
		err := do()
		if err == nil || !gone(err) {
			if away && err == nil {
				r.person.report(func(v *View) { v.Advice = "" })
			}
			return err
		}
		away, r.person.tenth = true, -1
		advice := adviceOn(err)
		r.person.report(func(v *View) { v.Prompt, v.Fraction, v.Advice = Plug, 0, advice })
		wait := time.NewTimer(again)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		}
	}
}

// gone says whether the sensor may come back by itself, or by somebody's hand.
func gone(err error) bool {
	for _, kind := range []error{fingerprint.ErrMissing, fingerprint.ErrUnplugged, fingerprint.ErrBusy, fingerprint.ErrSilent, fingerprint.ErrGarbled} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

func adviceOn(err error) fingerprint.Advice { return fingerprint.AdviceOn(err) }
