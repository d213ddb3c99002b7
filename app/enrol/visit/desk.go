package visit

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/app/enrol/capture"
	"countersign/protocol"
)

// Office is what the desk needs of the authority and its own papers.
type Office interface {
	// Enrol takes the finger with the given reader and officer, and returns the
	// wallet's enrolment code; see capture.Desk.
	Enrol(ctx context.Context, reader capture.Reader, officer capture.Officer, wallet protocol.ID, agreed capture.Agreement) (code string, err error)
	// Order signs what the officer orders and has the authority carry it out. It
	// returns the code for protocol.OrderNoPrint.
	Order(ctx context.Context, kind protocol.OrderKind, wallet protocol.ID, officer, reason string) (code string, err error)
}

// Reader reads fingers and knows when one was lifted; *fingerprint.Reader is one.
type Reader interface {
	capture.Reader
	WaitLifted(ctx context.Context) error
}

// CodeLife is how long an enrolment code may be used, as the authority has it.
const CodeLife = 24 * time.Hour

// Config is what a Desk works with.
type Config struct {
	Office Office
	Reader Reader
	// Reason sorts an error of Office's for the officer; ReasonUnexpected if it
	// does not know.
	Reason func(error) Reason
	// Show is told every change, on the desk's goroutine, and returns at once.
	Show  func(View)
	Clock func() time.Time
	Log   *slog.Logger
}

// Desk is one desk at which one owner after another is served. Run serves; the
// intents may be called from any goroutine and return at once. One that does not
// fit the stage, for example because it comes too late, does nothing.
type Desk struct {
	Config
	intents chan func(*Desk)
	view    View
	ctx     context.Context // of Run
	work    *work           // under way, or nil
}

// work is something that takes time.
type work struct {
	cancel context.CancelFunc
	ended  chan func(*Desk)
}

// New makes a desk; Run has it serve.
func New(c Config) *Desk {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Desk{Config: c, intents: make(chan func(*Desk), 16)}
}

// Run serves until ctx ends, and leaves nothing running.
func (d *Desk) Run(ctx context.Context) {
	d.ctx = ctx
	d.Show(d.view)
	for {
		var ended chan func(*Desk)
		if d.work != nil {
			ended = d.work.ended
		}
		select {
		case intent := <-d.intents:
			intent(d)
		case step, goesOn := <-ended:
			if !goesOn {
				d.stop()
				continue
			}
			step(d)
		case <-ctx.Done():
			d.stop()
			return
		}
	}
}

// hand hands an intent over; a desk that is swamped forgets it.
func (d *Desk) hand(intent func(*Desk)) {
	select {
	case d.intents <- intent:
	default:
	}
}

func (d *Desk) show(change func(v *View)) {
	change(&d.view)
	d.Show(d.view)
}

// begin does work in a goroutine; what it reports is done on the desk's own.
func (d *Desk) begin(do func(ctx context.Context, report func(func(*Desk)))) {
	ctx, cancel := context.WithCancel(d.ctx)
	w := &work{cancel: cancel, ended: make(chan func(*Desk))}
	d.work = w
	report := func(step func(*Desk)) {
		select {
		case w.ended <- step:
		case <-ctx.Done():
		}
	}
	go func() {
		defer close(w.ended)
		do(ctx, report)
	}()
}

// stop ends the work under way and waits for it.
func (d *Desk) stop() {
	if d.work == nil {
		return
	}
	d.work.cancel()
	for range d.work.ended { // what it still reports is of no interest
	}
	d.work = nil
}

// done is the work's last word, if it is still the one that is waited for.
func (d *Desk) done(change func(v *View)) {
	d.stop()
	d.show(change)
}

// walletName says whether a name can be a wallet's.
func walletName(name string) bool {
	return len(name) >= 1 && len(name) <= 16 && strings.IndexFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r))
	}) < 0
}

// Ready says whether officer and wallet are named well enough to begin.
func Ready(officer, wallet string) bool {
	officer = strings.TrimSpace(officer)
	return officer != "" && len(officer) <= 48 && utf8.ValidString(officer) && walletName(strings.TrimSpace(wallet))
}

// Begin begins with an owner's wallet.
func (d *Desk) Begin(officer, wallet string) {
	d.hand(func(d *Desk) {
		if d.view.Stage == Home && Ready(officer, wallet) {
			d.show(func(v *View) {
				*v = View{Stage: Choosing, Officer: strings.TrimSpace(officer), Wallet: protocol.ID(strings.TrimSpace(wallet))}
			})
		}
	})
}

// BeginErasing begins with an owner who wants the template erased.
func (d *Desk) BeginErasing(officer, wallet string) {
	d.hand(func(d *Desk) {
		if d.view.Stage == Home && Ready(officer, wallet) {
			d.show(func(v *View) {
				*v = View{Stage: Erasing, Officer: strings.TrimSpace(officer), Wallet: protocol.ID(strings.TrimSpace(wallet))}
			})
		}
	})
}

// Choose names the finger.
func (d *Desk) Choose(finger protocol.Finger) {
	d.hand(func(d *Desk) {
		if d.view.Stage == Choosing && finger >= protocol.RightThumb && finger <= protocol.LeftLittleFinger {
			d.show(func(v *View) { v.Stage, v.Finger = Consenting, finger })
		}
	})
}

// Agree is the owner's word; text is what was shown, name its version and
// language. The captures begin.
func (d *Desk) Agree(name protocol.ID, text string) {
	d.hand(func(d *Desk) {
		if d.view.Stage != Consenting {
			return
		}
		v := d.view
		d.take(capture.Agreement{Text: text, Name: name, At: d.Clock(), Finger: v.Finger, Officer: v.Officer})
	})
}

// NoPrint is the officer's word that there is no readable print; why is asked next.
func (d *Desk) NoPrint() {
	d.hand(func(d *Desk) {
		switch d.view.Stage {
		case Choosing, Consenting, Taking:
		case Refused:
			if d.view.From != Taking {
				return
			}
		default:
			return
		}
		d.stop()
		d.show(func(v *View) { *v = View{Stage: Stating, Officer: v.Officer, Wallet: v.Wallet} })
	})
}

// State gives the reason of an order and carries it out: that there is no
// readable print, or what the owner who wants the template erased asked for. It is
// kept for good; 1 to 200 bytes.
func (d *Desk) State(reason string) {
	reason = strings.TrimSpace(reason)
	d.hand(func(d *Desk) {
		if reason == "" || len(reason) > 200 || !utf8.ValidString(reason) {
			return
		}
		switch d.view.Stage {
		case Stating:
			d.order(protocol.OrderNoPrint, reason)
		case Erasing:
			d.order(protocol.OrderErase, reason)
		}
	})
}

func (d *Desk) order(kind protocol.OrderKind, reason string) {
	v := d.view
	d.show(func(v *View) { v.From, v.Stage = v.Stage, Sending })
	d.begin(func(ctx context.Context, report func(func(*Desk))) {
		code, err := d.Office.Order(ctx, kind, v.Wallet, v.Officer, reason)
		report(func(d *Desk) {
			switch {
			case err != nil:
				d.refuse(err, v.Stage)
			case kind == protocol.OrderErase:
				d.done(func(v *View) { v.Stage = Erased })
			default:
				d.coded(code, true)
			}
		})
	})
}

func (d *Desk) coded(code string, noPrint bool) {
	until := d.Clock().Add(CodeLife)
	d.done(func(v *View) {
		*v = View{Stage: Coded, Officer: v.Officer, Wallet: v.Wallet, Finger: v.Finger, Code: code, Until: until, NoPrint: noPrint}
	})
}

// refuse says why something failed; the officer may go on from a stage.
func (d *Desk) refuse(err error, from Stage) {
	reason := d.Reason(err)
	switch {
	case errors.Is(err, capture.ErrUnclear):
		reason = ReasonUnclear
	case errors.Is(err, capture.ErrMismatch):
		reason = ReasonMismatch
	case errors.Is(err, capture.ErrNoSettlement):
		reason = ReasonSettlement
	}
	advice := adviceOn(err)
	if reason == ReasonUnexpected && advice != "" {
		reason = ReasonSensor
	}
	if reason != ReasonSensor {
		advice = ""
	}
	d.Log.WarnContext(d.ctx, "visit refused", "wallet", string(d.view.Wallet), "reason", string(reason), "error", err.Error())
	d.done(func(v *View) {
		*v = View{Stage: Refused, Officer: v.Officer, Wallet: v.Wallet, Finger: v.Finger, Reason: reason, From: from, Advice: advice}
	})
}

// Retry goes on after a refusal: with the same finger, whose owner agreed anew, or
// with the same order.
func (d *Desk) Retry() {
	d.hand(func(d *Desk) {
		if d.view.Stage != Refused {
			return
		}
		from := d.view.From
		if from == Taking {
			from = Consenting
		}
		d.show(func(v *View) { *v = View{Stage: from, Officer: v.Officer, Wallet: v.Wallet, Finger: v.Finger} })
	})
}

// Back goes one step back; what is under way is given up.
func (d *Desk) Back() {
	d.hand(func(d *Desk) {
		to := map[Stage]Stage{Consenting: Choosing, Taking: Choosing, Refused: Home, Choosing: Home, Stating: Home, Erasing: Home}
		next, may := to[d.view.Stage]
		if !may {
			return
		}
		if d.view.Stage == Refused && d.view.From == Taking {
			next = Choosing // another finger
		}
		d.stop()
		d.show(func(v *View) {
			*v = View{Stage: next, Officer: v.Officer, Wallet: v.Wallet, Finger: v.Finger}
			if next == Home {
				v.Wallet = ""
			}
		})
	})
}

// Finish puts the code away, or ends what ended otherwise: the next owner.
func (d *Desk) Finish() {
	d.hand(func(d *Desk) {
		if s := d.view.Stage; s == Coded || s == Erased || s == Refused {
			d.show(func(v *View) { *v = View{Stage: Home, Officer: v.Officer} })
		}
	})
}
