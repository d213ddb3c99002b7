package visit_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"countersign/app/enrol/capture"
	"countersign/app/enrol/visit"
	"countersign/devices/fingerprint"
	"countersign/protocol"
)

// world is an office and a sensor that do what a test tells them, and the views
// that were shown.
type world struct {
	t     *testing.T
	desk  *visit.Desk
	views chan visit.View
	last  visit.View

	mu     sync.Mutex
	orders []string
	agreed []capture.Agreement
	fail   error      // of the next call of the office
	reads  chan error // what the reader answers, one a read; nil is a finger
	lifts  chan error // what waiting for a lifted finger answers
}

func (w *world) failing() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.fail
	w.fail = nil
	return err
}

// Enrol reads two fingers, as much as the test needs of capture.Best.
func (w *world) Enrol(ctx context.Context, reader capture.Reader, officer capture.Officer, wallet protocol.ID, agreed capture.Agreement) (string, error) {
	w.mu.Lock()
	w.agreed = append(w.agreed, agreed)
	w.mu.Unlock()
	if err := w.failing(); err != nil {
		return "", err
	}
	for n := 1; n <= 2; {
		if err := officer.Ready(ctx, n); err != nil {
			return "", err
		}
		_, _, _, err := reader.Read(ctx, officer.Progress)
		switch {
		case errors.Is(err, fingerprint.ErrFinger):
			officer.Unclear(fingerprint.AdviceOn(err), 2)
		case err != nil:
			return "", err
		default:
			n++
		}
	}
	return "CS1E:" + string(wallet), nil
}

func (w *world) Order(_ context.Context, kind protocol.OrderKind, wallet protocol.ID, officer, reason string) (string, error) {
	w.mu.Lock()
	w.orders = append(w.orders, map[protocol.OrderKind]string{protocol.OrderErase: "erase ", protocol.OrderNoPrint: "no print "}[kind]+
		string(wallet)+" by "+officer+": "+reason)
	w.mu.Unlock()
	return "CS1E:none", w.failing()
}

func (w *world) Read(ctx context.Context, report func(fingerprint.Progress)) ([]byte, string, time.Time, error) {
	report(fingerprint.Progress{Stage: fingerprint.WaitingForFinger, Total: 100})
	select {
	case err := <-w.reads:
		if err == nil {
			for n := range 101 {
				report(fingerprint.Progress{Stage: fingerprint.Reading, Received: n, Total: 100})
			}
			report(fingerprint.Progress{Stage: fingerprint.Done, Received: 100, Total: 100})
		}
		return nil, "", time.Time{}, err
	case <-ctx.Done():
		return nil, "", time.Time{}, ctx.Err()
	}
}

func (w *world) WaitLifted(ctx context.Context) error {
	select {
	case err := <-w.lifts:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, views: make(chan visit.View, 4096), reads: make(chan error, 16), lifts: make(chan error, 16)}
	w.desk = visit.New(visit.Config{
		Office: w, Reader: w, Show: func(v visit.View) { w.views <- v },
		Clock:  func() time.Time { return time.Unix(1_800_000_000, 0) },
		Reason: func(error) visit.Reason { return visit.ReasonUnexpected },
	})
	ctx, cancel := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() { w.desk.Run(ctx) })
	t.Cleanup(func() { cancel(); serving.Wait() })
	return w
}

func (w *world) until(what string, here func(visit.View) bool) visit.View {
	w.t.Helper()
	within := time.After(30 * time.Second)
	for !here(w.last) {
		select {
		case w.last = <-w.views:
		case <-within:
			w.t.Fatalf("no %s; the desk shows %+v", what, w.last)
		}
	}
	return w.last
}

func (w *world) at(s visit.Stage) visit.View {
	w.t.Helper()
	return w.until("stage", func(v visit.View) bool { return v.Stage == s })
}

// agree comes as far as the first capture.
func (w *world) agree() {
	w.t.Helper()
	w.at(visit.Home)
	w.desk.Begin(" Officer 7 ", "W-0001")
	w.at(visit.Choosing)
	w.desk.Choose(7)
	w.at(visit.Consenting)
	w.desk.Agree("1/en", "what was read")
	w.at(visit.Taking)
}

func TestAVisit(t *testing.T) {
	w := newWorld(t)
	w.agree()
	if v := w.until("lift", func(v visit.View) bool { return v.Prompt == visit.Lift }); v.Capture != 1 {
		t.Errorf("%+v", v)
	}
	w.lifts <- nil
	w.until("place", func(v visit.View) bool { return v.Prompt == visit.Place })
	w.reads <- fingerprint.ErrFinger
	if v := w.until("advice", func(v visit.View) bool { return v.Advice != "" }); v.TriesLeft != 2 || v.Capture != 1 {
		t.Errorf("unclear: %+v", v)
	}
	w.lifts <- nil
	w.reads <- nil
	w.until("half the picture", func(v visit.View) bool { return v.Prompt == visit.Hold && v.Fraction > 0.4 })
	if v := w.until("the first", func(v visit.View) bool { return v.Prompt == visit.Good }); v.Advice != "" || v.TriesLeft != capture.Tries {
		t.Errorf("good: %+v", v)
	}
	if v := w.until("second capture", func(v visit.View) bool { return v.Capture == 2 }); v.Prompt != visit.Lift || v.Fraction != 0 {
		t.Errorf("%+v", v)
	}
	w.lifts <- fingerprint.ErrUnplugged
	if v := w.until("plug", func(v visit.View) bool { return v.Prompt == visit.Plug }); v.Advice != fingerprint.PlugIn || v.Capture != 2 {
		t.Errorf("%+v", v)
	}
	w.lifts <- fingerprint.ErrMissing
	w.lifts <- nil
	w.until("place", func(v visit.View) bool { return v.Prompt == visit.Place })
	w.reads <- nil
	v := w.at(visit.Coded)
	if v.Code != "CS1E:W-0001" || v.Wallet != "W-0001" || v.Officer != "Officer 7" || v.Until.Unix() != 1_800_000_000+86400 {
		t.Errorf("%+v", v)
	}
	if a := w.agreed[0]; a.Text != "what was read" || a.Name != "1/en" || a.Finger != 7 || a.Officer != "Officer 7" || a.At.Unix() != 1_800_000_000 {
		t.Errorf("agreed to %+v", a)
	}
	w.desk.Back() // is no way out of a code
	w.desk.Finish()
	if v := w.at(visit.Home); v.Code != "" || v.Wallet != "" {
		t.Errorf("%+v", v)
	}
}

// Whatever fails, the officer is told and can go on.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		reason visit.Reason
		advice fingerprint.Advice
	}{
		"unclear":       {capture.ErrUnclear, visit.ReasonUnclear, ""},
		"mismatch":      {capture.ErrMismatch, visit.ReasonMismatch, ""},
		"no settlement": {capture.ErrNoSettlement, visit.ReasonSettlement, ""},
		"broken sensor": {fingerprint.ErrPassword, visit.ReasonSensor, fingerprint.SetPassword},
		"unexpected":    {errors.New("the moon"), visit.ReasonUnexpected, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.fail = c.err
			w.agree()
			if v := w.at(visit.Refused); v.Reason != c.reason || v.Advice != c.advice || v.From != visit.Taking || v.Finger != 7 {
				t.Errorf("%+v", v)
			}
			w.desk.Retry() // the owner agrees anew
			w.at(visit.Consenting)
			w.desk.Back()
			w.at(visit.Choosing)
		})
	}
}

// What does not fit the stage does nothing, and whoever leaves leaves nothing
// running.
func TestIntentsThatDoNotFit(t *testing.T) {
	w := newWorld(t)
	w.at(visit.Home)
	w.desk.Agree("1/en", "text")
	w.desk.Choose(2)
	w.desk.State("reason")
	w.desk.Retry()
	w.desk.Finish()
	w.desk.NoPrint()
	w.desk.Begin("", "W-0001")
	w.desk.Begin("Officer 7", "")
	w.desk.Begin("Officer 7", "W 0001")
	w.agree() // the first that is heard
	w.desk.Finish()
	w.desk.Back()
	w.at(visit.Choosing)
	w.desk.Choose(11)
	w.desk.Choose(1)
	w.at(visit.Consenting)
	w.desk.Agree("1/en", "text")
	w.at(visit.Taking)
	w.desk.NoPrint()
	w.at(visit.Stating)
	if len(w.orders) != 0 {
		t.Errorf("ordered %q", w.orders)
	}
	w.fail = errors.New("the network")
	w.desk.State("skin too worn")
	if v := w.at(visit.Refused); v.From != visit.Stating {
		t.Errorf("%+v", v)
	}
	w.desk.NoPrint() // is no way out of it
	w.desk.Retry()
	w.at(visit.Stating)
	w.desk.State(" skin too worn ")
	if v := w.at(visit.Coded); !v.NoPrint || v.Code != "CS1E:none" {
		t.Errorf("%+v", v)
	}
	w.desk.Finish()
	w.at(visit.Home)
	w.desk.BeginErasing("Officer 7", "W-0001")
	w.at(visit.Erasing)
	w.desk.State("by letter")
	w.at(visit.Erased)
	w.desk.Finish()
	w.at(visit.Home)
	want := "no print W-0001 by Officer 7: skin too worn"
	if len(w.orders) != 3 || w.orders[0] != want || w.orders[1] != want || w.orders[2] != "erase W-0001 by Officer 7: by letter" {
		t.Errorf("ordered %q", w.orders)
	}
}
