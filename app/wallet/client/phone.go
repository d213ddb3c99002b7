package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"countersign/app/wallet/trusted"
	"countersign/protocol"
)

// Errors of the owner's intents. A screen that shows the newest View meets them
// only when something happened at the same moment.
var (
	ErrBusy    = errors.New("the phone is in the middle of something")
	ErrNothing = errors.New("there is nothing to do that to")
	ErrSigning = errors.New("the payment is being signed")
	ErrClosed  = errors.New("the phone is closed")
)

// Phone is what the owner holds: at most one payment in front, and those put
// aside. Its methods are safe for concurrent use and return at once.
type Phone struct {
	Settings
	Ports

	ctx     context.Context
	stop    context.CancelFunc
	running sync.WaitGroup

	mu         sync.Mutex
	closed     bool
	front      *flow // nil when ready
	minded     map[protocol.Hash]*minded
	ended      []View // how payments ended while the screen was taken
	accounts   []trusted.Account
	last       int // the account that was paid from last
	cameraLost bool
	trusted    TrustedState
}

// Open starts a phone and takes up every payment that is pending (guarantee 1).
// Close ends it.
func Open(ctx context.Context, settings Settings, ports Ports) (*Phone, error) {
	pending, err := ports.Trusted.Pending(ctx)
	if err != nil {
		return nil, fmt.Errorf("read pending payments: %w", err)
	}
	accounts, err := ports.Trusted.Accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	p := &Phone{Settings: settings, Ports: ports, accounts: accounts, last: -1, minded: map[protocol.Hash]*minded{}}
	p.ctx, p.stop = context.WithCancel(context.WithoutCancel(ctx))
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range pending {
		p.mindLocked(&minded{payment: Payment{one.Request, one.Shop, one.Amount, one.Currency, one.Since}}, 0)
	}
	p.showLocked()
	return p, nil
}

// Close ends what is in front and waits until nothing runs any more. What is
// pending stays so, in the secure unit, for the next start.
func (p *Phone) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.stop()
	p.running.Wait()
}

// Scan starts the camera: for a shop's code, or for the receipt of a pending
// payment.
func (p *Phone) Scan() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.front != nil {
		return ErrBusy
	}
	return p.beginLocked(&flow{view: View{Stage: Looking}}, (*flow).run)
}

// Show takes a pending payment up again: its code, if it is still good, and the
// search for its receipt.
func (p *Phone) Show(request protocol.Hash) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.minded[request]
	switch {
	case p.front != nil:
		return ErrBusy
	case m == nil:
		return ErrNothing
	}
	m.askNow()
	f := &flow{request: request}
	f.view.present(m, Waiting, "")
	return p.beginLocked(f, func(f *flow, ctx context.Context) { f.show(ctx, m) })
}

func (p *Phone) beginLocked(f *flow, run func(*flow, context.Context)) error {
	if p.closed {
		return ErrClosed
	}
	ctx, cancel := context.WithCancel(p.ctx)
	f.phone, f.cancel, f.confirmed = p, cancel, make(chan int, 1)
	f.view.Chosen = -1
	p.front = f
	p.showLocked()
	p.running.Go(func() {
		defer cancel()
		run(f, ctx)
	})
	return nil
}

// Choose takes the account to pay from, by its index, while Confirm is shown.
func (p *Phone) Choose(account int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.front == nil || p.front.view.Stage != Confirm {
		return ErrNothing
	}
	if !slices.ContainsFunc(p.front.view.Accounts, func(a trusted.Account) bool { return a.Index == account }) {
		return trusted.ErrNoAccount
	}
	p.front.view.Chosen = account
	p.showLocked()
	return nil
}

// Confirm pays what is shown, from the chosen account.
func (p *Phone) Confirm() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.front == nil || p.front.view.Stage != Confirm {
		return ErrNothing
	}
	f := p.front
	f.confirmed <- f.view.Chosen // empty: only Confirm fills it, and is left here
	f.view.Stage = Signing
	if p.Trusted.HasSensor() && !f.view.ShopSensor && !f.view.WantsPIN {
		f.view.Stage = Finger
	}
	p.showLocked()
	return nil
}

// Back leaves what is in front. Nothing was paid before Showing; from then on the
// payment is put aside and stays pending.
func (p *Phone) Back() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.front == nil:
		return ErrNothing
	case p.front.view.Stage == Signing:
		return ErrSigning
	}
	p.leaveLocked()
	return nil
}

// Dismiss takes what has ended off the screen.
func (p *Phone) Dismiss() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.front == nil || p.front.view.Stage != Ended {
		return ErrNothing
	}
	p.leaveLocked()
	return nil
}

// Ask has settlement asked at once about the payment in front.
func (p *Phone) Ask() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.front == nil || p.minded[p.front.request] == nil {
		return ErrNothing
	}
	p.minded[p.front.request].askNow()
	return nil
}

// SetCamera tells whether the camera works, for the View.
func (p *Phone) SetCamera(works bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cameraLost == works {
		p.cameraLost = !works
		p.showLocked()
	}
}

// SetTrusted tells whether the trusted application serves. When it does again,
// what it remembers is taken up (guarantee 1): a payment may have been signed just
// before it ended.
func (p *Phone) SetTrusted(state TrustedState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.trusted == state {
		return
	}
	p.trusted = state
	if state == TrustedServing && !p.closed {
		p.running.Go(p.recover)
	}
	p.showLocked()
}

// recover takes up the pending payments that nobody minds, and the accounts.
func (p *Phone) recover() {
	pending, err := p.Trusted.Pending(p.ctx)
	if err != nil {
		if p.ctx.Err() == nil {
			p.Log.WarnContext(p.ctx, "pending payments not read", "error", err.Error())
		}
		return
	}
	p.mu.Lock()
	for _, one := range pending {
		if p.minded[one.Request] == nil {
			p.mindLocked(&minded{payment: Payment{one.Request, one.Shop, one.Amount, one.Currency, one.Since}}, 0)
		}
	}
	p.showLocked()
	p.mu.Unlock()
	p.refreshAccounts()
}

// leaveLocked goes on to what ended meanwhile, or to Ready.
func (p *Phone) leaveLocked() {
	p.front.cancel()
	p.front = nil
	if len(p.ended) > 0 {
		p.front = endedFlow(p, p.ended[0])
		p.ended = p.ended[1:]
	} else if !p.closed {
		p.running.Go(p.refreshAccounts) // they may have been added to meanwhile
	}
	p.showLocked()
}

func (p *Phone) refreshAccounts() {
	accounts, err := p.Trusted.Accounts(p.ctx)
	if err != nil {
		if p.ctx.Err() == nil {
			p.Log.WarnContext(p.ctx, "accounts not read", "error", err.Error())
		}
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.accounts, accounts) {
		p.accounts = accounts
		p.showLocked()
	}
}

// View returns what there is to show now.
func (p *Phone) View() View {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.viewLocked()
}

func (p *Phone) viewLocked() View {
	v := View{Stage: Ready, Chosen: -1}
	var front protocol.Hash
	if p.front != nil {
		v, front = p.front.view, p.front.request
		if m := p.minded[front]; m != nil {
			v.Unreachable = m.unreachable
		}
	}
	if v.Accounts == nil {
		v.Accounts = p.accounts
	}
	for request, m := range p.minded {
		if request != front {
			v.Pending = append(v.Pending, m.payment)
		}
	}
	slices.SortFunc(v.Pending, func(a, b Payment) int {
		return cmp.Or(a.Since.Compare(b.Since), slices.Compare(a.Request[:], b.Request[:]))
	})
	v.CameraLost, v.OwnSensor, v.Trusted = p.cameraLost, p.Trusted.HasSensor(), p.trusted
	return v
}

// showLocked publishes the view.
func (p *Phone) showLocked() { p.Ports.Show(p.viewLocked()) }
