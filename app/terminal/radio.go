package main

import (
	"context"
	"strings"
	"sync"
	"time"

	"countersign/app/terminal/adapter"
	"countersign/app/terminal/blocklist"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/screens"
	"countersign/app/terminal/tapreader"
	"countersign/devices/contactless"
	"countersign/protocol"
)

// anyReader is the flag's word for whichever reader there is.
const anyReader = "any"

// openRadio opens the contactless reader, if there is to be one, and what taps are
// verified with.
func (t *terminal) openRadio(ctx context.Context) (err error) {
	way := adapter.Clearing{Client: t.client}
	t.blocked = blocklist.Open(blocklist.Options{
		File: t.blocklistFile(), Fetch: way.Blocklist, Certificate: t.client.SignedUnder,
		Trust: papers{t.papers}.Trust, Now: time.Now, Log: t.log,
	})
	if t.reader == "" {
		return nil
	}
	pattern := t.reader
	if strings.EqualFold(pattern, anyReader) {
		pattern = ""
	}
	t.radio, err = contactless.Open(ctx, contactless.Options{Reader: pattern, Log: t.log})
	return err
}

// taps is what sales by tap need.
func (t *terminal) taps() sale.Taps {
	taps := sale.Taps{
		Clearing: watchful{adapter.Clearing{Client: t.client}, t.blocked}, Blocked: t.blocked.Current,
		Settlement: func() *protocol.Signed[protocol.Certificate] { return t.papers.Current().Settlement },
	}
	if t.radio != nil {
		taps.Cards = tapreader.Field{Reader: t.radio}
	}
	return taps
}

// watchful is clearing, and has the list of blocked cards fetched where settlement's
// answer says that the card was misused: it is on the list by now.
type watchful struct {
	adapter.Clearing
	blocked *blocklist.Keeper
}

// Clear hands a tap in.
func (w watchful) Clear(ctx context.Context, e protocol.Envelope, pay *protocol.Signed[protocol.TapPay]) (sale.ClearingAnswer, error) {
	answer, err := w.Clearing.Clear(ctx, e, pay)
	if err == nil && (answer.Cleared.Forked || answer.Cleared.Result != protocol.ClearingCredited) {
		w.blocked.Hurry()
	}
	return answer, err
}

// field is the contactless reader as the screen sees it.
type field struct{ *contactless.Reader }

// readerMark is the reader in the quiet row of marks.
func readerMark(s contactless.State) screens.Device {
	mark := screens.Device{ID: "reader"}
	switch s.Condition {
	case contactless.ServiceLost:
		mark.Word = "device.reader.service"
	case contactless.NoReader:
		mark.Word = "device.reader.missing"
	}
	return mark
}

// states tells of each change of the reader until the context ends; nobody does
// where there is none.
func (f field) states(ctx context.Context, running *sync.WaitGroup) <-chan contactless.State {
	if f.Reader == nil {
		return nil
	}
	states := make(chan contactless.State)
	running.Go(func() {
		for state := f.State(); ; {
			select {
			case states <- state:
			case <-ctx.Done():
				return
			}
			var err error
			if state, err = f.Changed(ctx, state); err != nil {
				return
			}
		}
	})
	return states
}
