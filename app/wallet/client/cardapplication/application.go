// Package cardapplication is what the wallet's client application says over the radio
// (CN103942678A, steps S2, S3, S5 and S7): it answers a terminal that selects it by
// name, hands the virtual card number that it holds to the trusted application, with
// what the terminal asks, and returns what that has sealed and signed.
//
// Guarantees:
//
//  1. To another name than its own, and while the trusted application does not
//     answer taps (locked, not armed), it says 6A82 and nothing else (step S3).
//  2. It learns nothing: the card number that it holds is sealed to the trusted
//     application, commands are for that to parse, answers are sealed to the terminal.
//  3. Every command is answered, within Options.Patience: with 6F00 when the trusted
//     application is late or gone. What it may have deducted meanwhile is the
//     terminal's to recover.
//  4. Data stands beside 9000 only. After every other word the terminal begins again
//     with SELECT, but for one that names no command of ours.
//
// It knows no reader and no radio: whatever carries APDUs calls [Application.Handle].
package cardapplication

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"time"

	"countersign/protocol"
	"countersign/protocol/iso7816"
	"countersign/protocol/steps"
)

// Trusted is the trusted application, as commands to it go (step S5). A status word
// other than 9000 has no answer beside it. An error says that it was not reached, or
// that what it said was not understood; whether it has done what it was told is then
// unknown.
type Trusted interface {
	// Select begins a tap and returns the nonce; 6A82 when the card does not answer now.
	Select(ctx context.Context) (nonce protocol.Code, sw iso7816.Status, err error)
	// Get, Pay and Recover carry the data of the terminal's commands. card is the virtual
	// card number that the client holds, sealed to the trusted application.
	Get(ctx context.Context, card, command []byte) (answer []byte, sw iso7816.Status, err error)
	Pay(ctx context.Context, command []byte) (answer []byte, sw iso7816.Status, err error)
	Recover(ctx context.Context, command []byte) (answer []byte, sw iso7816.Status, err error)
	// Forget ends the tap: the phone was taken out of the field.
	Forget(ctx context.Context) error
}

// Options are what an Application works with.
type Options struct {
	Trusted Trusted
	// Card returns the virtual card number that the client holds (step S1), sealed; empty
	// where there is none, and then no SELECT is answered.
	Card func() []byte
	// Log is told the steps; nil is none.
	Log *slog.Logger
	// Patience is how long the trusted application may take for one command; 400 ms
	// unless set: a phone that is longer in coming is taken away.
	Patience time.Duration
}

// Application is the card's side of the radio. It serves one APDU at a time; calls wait
// for one another.
type Application struct {
	o       Options
	mu      sync.Mutex
	session *iso7816.Session
	tapped  bool // a tap was begun and not forgotten
}

// New returns an application that was not selected.
func New(o Options) *Application {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Patience <= 0 {
		o.Patience = 400 * time.Millisecond
	}
	a := &Application{o: o}
	a.session = iso7816.NewSession(a.carryOut)
	return a
}

// Handle answers one command APDU, whatever it is: 2 to iso7816.MaxResponseBytes bytes.
func (a *Application) Handle(ctx context.Context, apdu []byte) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.session.Handle(ctx, apdu)
}

// Reset says that the field is gone, or was just found: whatever was begun is over.
func (a *Application) Reset(ctx context.Context) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.session.Reset()
	a.forget(ctx)
}

// forget ends the tap at the trusted side.
func (a *Application) forget(ctx context.Context) {
	if !a.tapped {
		return
	}
	a.tapped = false
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.o.Patience)
	defer cancel()
	if err := a.o.Trusted.Forget(ctx); err != nil {
		a.o.Log.WarnContext(ctx, "trusted application was not told that the tap is over", "err", err)
	}
}

// carryOut is the session's handler.
func (a *Application) carryOut(ctx context.Context, c iso7816.Command) iso7816.Response {
	ctx, cancel := context.WithTimeout(ctx, a.o.Patience)
	defer cancel()
	if c.CLA == 0 && c.INS == iso7816.InsSelect {
		return a.chosen(ctx, c)
	}
	switch {
	case c.CLA != protocol.TapClass:
		return iso7816.Response{SW: iso7816.ClassNotSupported}
	case c.INS != protocol.TapInsGet && c.INS != protocol.TapInsPay && c.INS != protocol.TapInsRecover:
		return iso7816.Response{SW: iso7816.InstructionUnknown}
	case c.P1 != 0 || c.P2 != 0:
		return iso7816.Response{SW: iso7816.WrongParameters}
	}
	return a.handOver(ctx, c)
}

// chosen answers SELECT (steps S2 and S3).
func (a *Application) chosen(ctx context.Context, c iso7816.Command) iso7816.Response {
	began := time.Now()
	if c.P1 != 0x04 || c.P2 != 0x00 || !bytes.Equal(c.Data, protocol.TapApplication()) || len(a.o.Card()) == 0 {
		a.forget(ctx)
		return iso7816.Response{SW: iso7816.NotFound}
	}
	a.tapped = true // also when it is not answered: it may have been begun
	nonce, sw, err := a.o.Trusted.Select(ctx)
	switch {
	case err != nil:
		a.o.Log.WarnContext(ctx, "trusted application did not answer SELECT", "err", err)
		return iso7816.Response{SW: iso7816.NotFound}
	case sw != iso7816.OK:
		a.tapped = false
		return iso7816.Response{SW: iso7816.NotFound}
	}
	steps.LogTap(ctx, a.o.Log, steps.TapMatched, time.Since(began))
	return iso7816.Response{Data: protocol.EncodeTapSelection(nonce), SW: iso7816.OK}
}

// handOver passes a command to the trusted application and its answer back (steps S5
// and S7, and S9 for PAY).
func (a *Application) handOver(ctx context.Context, c iso7816.Command) iso7816.Response {
	began := time.Now()
	var answer []byte
	var sw iso7816.Status
	var err error
	step := steps.TapReturned
	switch c.INS {
	case protocol.TapInsGet:
		steps.LogTap(ctx, a.o.Log, steps.TapHanded, 0, "bytes", len(c.Data))
		answer, sw, err = a.o.Trusted.Get(ctx, a.o.Card(), c.Data)
	case protocol.TapInsPay:
		step = steps.TapPaid
		answer, sw, err = a.o.Trusted.Pay(ctx, c.Data)
	default:
		answer, sw, err = a.o.Trusted.Recover(ctx, c.Data)
	}
	switch {
	case err != nil:
		a.o.Log.WarnContext(ctx, "trusted application did not answer", "instruction", int(c.INS), "err", err)
		return iso7816.Response{SW: iso7816.NoDiagnosis}
	case !sayable(sw), sw == iso7816.OK && (len(answer) == 0 || len(answer) > iso7816.MaxMessage):
		a.o.Log.WarnContext(ctx, "trusted application's answer is none", "instruction", int(c.INS), "status", sw.String(), "bytes", len(answer))
		return iso7816.Response{SW: iso7816.NoDiagnosis}
	case sw != iso7816.OK:
		return iso7816.Response{SW: sw}
	}
	if c.INS != protocol.TapInsRecover {
		steps.LogTap(ctx, a.o.Log, step, time.Since(began), "bytes", len(answer))
	}
	return iso7816.Response{Data: answer, SW: iso7816.OK}
}

// sayable says whether a terminal is told a status word as it is.
func sayable(sw iso7816.Status) bool {
	switch sw {
	case iso7816.OK, iso7816.WrongData, iso7816.SecurityNotSatisfied, iso7816.ConditionsNotSatisfied, iso7816.NotFound, iso7816.NoDiagnosis:
		return true
	}
	return false
}
