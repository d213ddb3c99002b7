package sale

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"countersign/protocol"
)

// Doing is what the till does about a sale or refund whose outcome it does not
// know.
type Doing string

// What is being done.
const (
	Asking    Doing = "asking"    // settlement is asked how it ended
	Reversing Doing = "reversing" // it is being taken back, until settlement has answered
	Repeating Doing = "repeating" // the refund is sent again, the very same, until it is answered
	Retapping Doing = "retapping" // the same phone is to be held again
	Telling   Doing = "telling"   // ended just before the terminal stopped: perhaps nobody was told
)

// Alert tells a manager of a sale or refund whose outcome is not known. It
// stands until it is resolved, also over restarts, and then says how until
// somebody has seen it.
type Alert struct {
	// Number is the sale's, or the refund's own.
	Number   uint64            `json:"number"`
	Refund   bool              `json:"refund,omitzero"`
	Amount   protocol.Amount   `json:"amount"`
	Currency protocol.Currency `json:"currency"`
	Since    time.Time         `json:"since"`
	Doing    Doing             `json:"doing"`
	// Rail is how it was paid or was to be, where Doing is Telling.
	Rail Rail `json:"rail,omitempty"`
	// Clearing is what settlement has said about a tap that it does not credit, or
	// whose card it has blocked: a protocol.ClearingResult, NotLookedAt or Forked. Such an alert
	// stands until somebody has seen it, also over restarts.
	Clearing string `json:"clearing,omitempty"`
	// Resolved is how it ended; empty while the alert stands.
	Resolved Ending `json:"resolved,omitempty"`
}

// Errors of SeeAlert.
var (
	ErrNoAlert     = errors.New("there is no such alert")
	ErrAlertStands = errors.New("the alert stands until the outcome is known")
)

// SeeAlert takes a resolved alert off the list: somebody has seen how it ended.
func (t *Till) SeeAlert(number uint64) error {
	if e, there := t.owedTap(number); there && e.Event == EventTapUncleared {
		if _, _, err := t.change(t.ctx, number, EventTapUncleared, EventTapSeen, func(*Entry) {}); err != nil {
			return err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch a, there := t.alerts[number]; {
	case !there:
		return ErrNoAlert
	case a.Resolved == "":
		return ErrAlertStands
	}
	delete(t.alerts, number)
	t.showLocked()
	return nil
}

// raise puts an alert up. One that is new is journalled; one that the journal
// left open stands again after a restart.
func (t *Till) raise(ctx context.Context, a Alert, isNew bool) {
	t.mu.Lock()
	t.alerts[a.Number] = a
	t.showLocked()
	t.mu.Unlock()
	if isNew {
		t.note(ctx, EventAlertRaised, a)
	}
}

// tell puts up, after a restart, that a tap was paid, or how a sale by scan has ended, where
// that may never have been on the screen: whoever begins the next sale, or a refund, has had it before his eyes.
func (t *Till) tell(e Entry) {
	if t.Journal.LastNumber() == e.Sale {
		t.raise(t.ctx, Alert{Number: e.Sale, Amount: e.Amount, Currency: e.Currency, Since: e.At, Doing: Telling, Rail: e.Rail(), Resolved: e.Ending}, true)
	}
}

// pursue says what is being done now about what an alert tells of.
func (t *Till) pursue(number uint64, doing Doing) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if a, there := t.alerts[number]; there {
		a.Doing = doing
		t.alerts[number] = a
		t.showLocked()
	}
}

// resolve ends an alert. seen says that the cashier has the ending before his
// eyes, so that the alert need not tell it.
func (t *Till) resolve(ctx context.Context, number uint64, by Ending, seen bool) {
	t.mu.Lock()
	a, there := t.alerts[number]
	if there {
		a.Resolved = by
		t.alerts[number] = a
		if seen {
			delete(t.alerts, number)
		}
		t.showLocked()
	}
	t.mu.Unlock()
	if there {
		t.note(ctx, EventAlertResolved, a)
	}
}

// note journals an alert. It has no sale of its own: the sale's last entry stays
// what the sale is at.
func (t *Till) note(ctx context.Context, e Event, a Alert) {
	duty := t.duty()
	err := t.Journal.Append(context.WithoutCancel(ctx), Entry{
		Event: e, At: t.Now(), Amount: a.Amount, Currency: a.Currency, Shift: duty.Shift, Cashier: duty.Cashier, Alert: &a,
	})
	if err != nil {
		t.Log.ErrorContext(ctx, "alert not journalled", "number", a.Number, "event", string(e), "error", err.Error())
	}
}

// alertsLocked lists the alerts by number.
func (t *Till) alertsLocked() []Alert {
	return slices.SortedFunc(maps.Values(t.alerts), func(a, b Alert) int { return cmp.Compare(a.Number, b.Number) })
}
