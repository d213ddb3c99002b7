package purse

import (
	"time"

	"countersign/protocol"
)

// View is what the owner's screen shows of the card.
type View struct {
	// Card says whether there is one; Mark names it, Ending is its number's last four
	// digits.
	Card    bool
	Mark    protocol.CardMark
	Ending  string
	Expires time.Time
	Terms   protocol.PurseTerms
	// Balance is what can be spent, Waiting what settlement last said can be loaded.
	Balance, Waiting protocol.Sum
	// Kept counts deductions that are not settled, Transfers those of them without a receipt.
	Kept, Transfers int
	// Applying and Loading say that an application or a load waits for its answer.
	Applying, Loading bool
	Blocked           bool
	RolledBack        bool
	// Armed is until when the card answers; zero when it does not.
	Armed time.Time
	// Unconfirmed counts the taps since the owner's last word, UnconfirmedSum adds
	// them up.
	Unconfirmed    uint32
	UnconfirmedSum protocol.Sum
}

// View returns how the card stands.
func (p *Purse) View() View {
	p.mu.Lock()
	defer p.mu.Unlock()
	v := View{
		Balance: p.state.balance(), Waiting: p.state.Waiting, Kept: p.chain.unsettled(p.state.Cleared),
		Applying: p.state.Application != nil, Loading: p.pendingLoad() != nil,
		Blocked: p.state.Blocked, RolledBack: p.state.RolledBack,
		Unconfirmed: p.state.Unconfirmed, UnconfirmedSum: p.state.UnconfirmedSum,
	}
	for _, l := range p.chain.links {
		if !l.over() {
			v.Transfers++
		}
	}
	if now := p.o.Clock(); now.Before(p.armed) {
		v.Armed = p.armed
	}
	if p.card != nil {
		terms := p.terms()
		v.Card, v.Mark, v.Ending, v.Expires, v.Terms = true, protocol.MarkOf(terms.Holder.Key), terms.Number.Ending(), terms.Expires.Time(), terms.Purse
	}
	return v
}

// Event is what the ordinary screen may show of what has just happened.
type Event struct {
	Kind     Show
	Amount   protocol.Amount
	Currency protocol.Currency
	// Other is the shop's name, or the last four digits of a transfer's receiver.
	Other string
	// Ending is a receipt's.
	Ending  Ending
	Balance protocol.Sum
}

// Show is an event's kind.
type Show string

// The kinds.
const (
	ShowCard        Show = "card"        // the card came, or was renewed
	ShowPaid        Show = "paid"        // a tap was deducted
	ShowConfirm     Show = "confirm"     // the owner is asked on the trusted screen
	ShowTapAgain    Show = "tap-again"   // the owner has agreed
	ShowFunds       Show = "funds"       // the card does not hold as much
	ShowRefused     Show = "refused"     // the owner or the wallet refused
	ShowRecovered   Show = "recovered"   // a torn tap's result was told again
	ShowNever       Show = "never"       // a torn tap had deducted nothing
	ShowLoaded      Show = "loaded"      //
	ShowTransferred Show = "transferred" //
	ShowReceipt     Show = "receipt"     // a transfer was answered
	ShowState       Show = "state"       // settlement said how the card stands
)

func shows(s protocol.TapStatus) Show {
	switch s {
	case protocol.TapDeducted:
		return ShowPaid
	case protocol.TapConfirm:
		return ShowConfirm
	case protocol.TapFunds:
		return ShowFunds
	}
	return ShowRefused
}
