package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"countersign/app/wallet/trusted"
	"countersign/protocol"
	"countersign/protocol/steps"
)

// flow is one payment in front of the owner, or one look through the camera.
type flow struct {
	phone     *Phone
	cancel    context.CancelFunc
	confirmed chan int // the account

	view    View          // guarded by phone.mu
	request protocol.Hash // guarded by phone.mu; the payment that Showing and Waiting are about
}

// endedFlow is one that only shows how a payment ended.
func endedFlow(p *Phone, v View) *flow { return &flow{phone: p, cancel: func() {}, view: v} }

// run is the payment, in the patent's order (CN103985036A, claim 1).
func (f *flow) run(ctx context.Context) {
	err := f.steps(ctx)
	if err == nil || ctx.Err() != nil {
		return // settled, put aside, or left
	}
	if errors.Is(err, errLookedEnough) || errors.Is(err, errSettled) {
		f.leave() // unless how it was settled is shown here
		return
	}
	reason := reasonOf(err)
	f.phone.Log.InfoContext(ctx, "stopped", "reason", string(reason), "error", err.Error())
	var skew *trusted.SkewError
	errors.As(err, &skew)
	f.update(func(v *View) {
		v.Stage, v.Ending, v.Reason, v.Decided = Ended, Stopped, reason, f.phone.Now()
		if skew != nil {
			v.Ahead = skew.Ahead
		}
	})
}

// steps runs steps 4 to 7.
func (f *flow) steps(ctx context.Context) error {
	offer, again, err := f.look(ctx) // steps 4 and 5
	if err != nil {
		return err
	}
	if again != nil {
		f.show(ctx, again)
		return nil
	}
	for {
		account, err := f.confirm(ctx, offer)
		if err != nil {
			return err
		}
		m, err := f.pay(ctx, offer, account) // steps 6 and 11
		var trouble *sensorTrouble
		switch {
		case errors.As(err, &trouble) && ctx.Err() == nil:
			// The shop's sensor can take the finger as well, if the owner likes.
			f.phone.Log.InfoContext(ctx, "finger not taken", "sale", offer.Request.String(), "reason", string(trouble.reason), "error", err.Error())
			f.update(func(v *View) { v.ShopSensor = true; v.notice(trouble.reason) })
		case err != nil:
			return err
		default:
			f.show(ctx, m) // step 7
			return nil
		}
	}
}

// errCamera says that the camera cannot be read at all.
var errCamera = errors.New("read codes")

// errLookedEnough is why a look ends when nothing came.
var errLookedEnough = errors.New("nothing came before the camera")

// errSettled is why a look ends that found the receipt of a pending payment.
var errSettled = errors.New("a pending payment was settled")

// look is steps 4 and 5: the camera reads codes until one is a request, of which
// the trusted side says what may be offered. A code that is none of ours, or
// damaged, is named and changes nothing. While something is pending its receipt
// is looked for as well; and the request of a pending payment brings that back.
func (f *flow) look(ctx context.Context) (trusted.Offer, *minded, error) {
	looking, stop := context.WithTimeout(ctx, f.phone.LookFor)
	defer stop()
	began, refused := f.phone.Now(), ""
	for {
		text, err := f.phone.Codes.Scan(looking, func(text string) bool { return text != refused })
		if err != nil {
			if looking.Err() != nil && ctx.Err() == nil {
				return trusted.Offer{}, nil, errLookedEnough
			}
			return trusted.Offer{}, nil, fmt.Errorf("%w: %w", errCamera, err)
		}
		read := f.phone.Now()
		if strings.HasPrefix(text, protocol.PrefixOutcome) {
			if f.receipt(ctx, text) {
				return trusted.Offer{}, nil, errSettled
			}
			refused = text
			continue
		}
		offer, err := f.phone.Trusted.Inspect(ctx, text)
		switch reason := reasonOf(err); {
		case err == nil:
			steps.Log(ctx, f.phone.Log, steps.RequestRead, read.Sub(began), "sale", offer.Request.String(), "characters", len(text))
			steps.Log(ctx, f.phone.Log, steps.TerminalVerified, f.phone.Now().Sub(read), "sale", offer.Request.String(), "terminal", string(offer.Terminal))
			return offer, nil, nil
		case reason == ReasonNotOurs, reason == ReasonDamaged:
			f.phone.Log.InfoContext(ctx, "code not taken", "reason", string(reason), "error", err.Error())
			refused = text
			f.update(func(v *View) { v.notice(reason) })
		case reason == ReasonAnswered:
			if m := f.phone.mindedOf(offer.Request); m != nil {
				return offer, m, nil
			}
			return offer, nil, err
		default:
			return offer, nil, err
		}
	}
}

// confirm shows shop and amount and waits for the owner, as long as the request
// lives.
func (f *flow) confirm(ctx context.Context, offer trusted.Offer) (account int, err error) {
	all, err := f.phone.Trusted.Accounts(ctx)
	if err != nil {
		return 0, err
	}
	var accounts []trusted.Account
	for _, a := range all {
		if a.Currency == offer.Currency {
			accounts = append(accounts, a)
		}
	}
	if len(accounts) == 0 {
		f.update(func(v *View) { v.Currency = offer.Currency })
		return 0, fmt.Errorf("%w in currency %d", trusted.ErrNoAccount, offer.Currency)
	}
	f.update(func(v *View) {
		v.Stage, v.Accounts = Confirm, accounts
		v.Shop, v.Amount, v.Currency, v.Until = offer.Shop, offer.Amount, offer.Currency, offer.Until
		v.WantsPIN = offer.WantsPIN
		v.Chosen = f.phone.preferredLocked(accounts, v.Chosen)
		if !v.ShopSensor {
			v.Notice = ReasonNone // of the look
		}
	})
	timer := time.NewTimer(offer.Until.Sub(f.phone.Now()))
	defer timer.Stop()
	select {
	case account := <-f.confirmed:
		return account, nil
	case <-timer.C:
		return 0, protocol.ErrRequestExpired
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// preferredLocked is the account that is chosen until the owner chooses: the one
// chosen already, the one paid from last, or the first.
func (p *Phone) preferredLocked(accounts []trusted.Account, chosen int) int {
	for _, want := range []int{chosen, p.last} {
		for _, a := range accounts {
			if a.Index == want {
				return want
			}
		}
	}
	return accounts[0].Index
}

// show is step 7: the payment code, until settlement's outcome is known, from
// the shop's receipt or from settlement itself, or until the owner puts it
// aside. When the code is of no use any more it is taken away.
func (f *flow) show(ctx context.Context, m *minded) {
	good := m.until.Add(f.phone.CodeFor)
	if m.code != "" && f.phone.Now().Before(good) {
		f.present(m, Showing, m.code)
		showing, stop := context.WithTimeout(ctx, good.Sub(f.phone.Now()))
		f.watch(showing)
		stop()
	}
	if ctx.Err() == nil {
		f.present(m, Waiting, "")
		f.watch(ctx)
	}
}

// present puts a pending payment before the owner, or how it ended if that has
// become known just now.
func (f *flow) present(m *minded, stage Stage, code string) {
	f.phone.mu.Lock()
	defer f.phone.mu.Unlock()
	switch {
	case f.phone.front != f || f.view.Stage == Ended:
	case f.phone.minded[m.payment.Request] != m:
		f.phone.leaveLocked()
	default:
		f.request = m.payment.Request
		f.view.present(m, stage, code)
		f.phone.showLocked()
		if stage == Showing && !m.shown { // a step of the sale is logged once
			m.shown = true
			steps.Log(f.phone.ctx, f.phone.Log, steps.PaymentShown, f.phone.Now().Sub(m.made), "sale", m.payment.Request.String(), "characters", len(code))
		}
	}
}

func (v *View) present(m *minded, stage Stage, code string) {
	v.Stage, v.Code, v.Until, v.Notice, v.TriesLeft = stage, code, m.until, ReasonNone, 0
	v.Shop, v.Amount, v.Currency = m.payment.Shop, m.payment.Amount, m.payment.Currency
}

// watch looks for the receipt until the context ends. Whatever else comes before
// the camera, such as the terminal's own code, means nothing here.
func (f *flow) watch(ctx context.Context) {
	refused := ""
	for ctx.Err() == nil {
		text, err := f.phone.Codes.Scan(ctx, func(text string) bool {
			return text != refused && strings.HasPrefix(text, protocol.PrefixOutcome)
		})
		if err != nil {
			if ctx.Err() == nil {
				f.phone.Log.WarnContext(ctx, "receipts cannot be read", "error", err.Error())
				<-ctx.Done() // settlement is asked all the same
			}
			return
		}
		f.receipt(ctx, text) // if it is this payment's, the context ends
		refused = text
	}
}

// receipt hands a receipt to the trusted side and reports whether it settled a
// payment. One that does not is named to the owner: what is pending stays so.
func (f *flow) receipt(ctx context.Context, text string) bool {
	signed, err := protocol.ParseOutcomeText(text)
	if err != nil {
		f.update(func(v *View) { v.notice(ReasonDamaged) })
		return false
	}
	about := signed.Unverified().Request
	f.phone.mu.Lock()
	looking := f.request == (protocol.Hash{})
	if looking && f.phone.minded[about] != nil {
		f.request = about // so that it ends here, not behind the camera
	}
	f.phone.mu.Unlock()
	err = f.phone.settle(ctx, signed)
	if err == nil {
		return true
	}
	f.phone.mu.Lock()
	if looking {
		f.request = protocol.Hash{}
	}
	f.phone.mu.Unlock()
	if errors.Is(err, errNotFinal) || ctx.Err() != nil {
		return false
	}
	reason := reasonOfReceipt(err)
	f.phone.Log.WarnContext(ctx, "receipt not taken", "sale", about.String(), "reason", string(reason), "error", err.Error())
	f.update(func(v *View) { v.notice(reason) })
	return false
}

// update changes what is shown, unless the owner has left.
func (f *flow) update(change func(*View)) {
	f.phone.mu.Lock()
	defer f.phone.mu.Unlock()
	if f.phone.front == f && f.view.Stage != Ended {
		change(&f.view)
		f.phone.showLocked()
	}
}

func (v *View) notice(r Reason) { v.Notice = r; v.Notices++ }

// leave goes back to Ready, unless the owner has done so.
func (f *flow) leave() {
	f.phone.mu.Lock()
	defer f.phone.mu.Unlock()
	if f.phone.front == f && f.view.Stage != Ended {
		f.phone.leaveLocked()
	}
}
