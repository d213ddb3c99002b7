package screens

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"countersign/app/wallet/client"
	"countersign/app/wallet/client/tapping"
	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/commands"
	"countersign/app/wallet/trusted/purse"
	"countersign/app/widgets"
	"countersign/app/widgets/golden"
	"countersign/protocol"
)

// cardOwner notes what is asked of the card.
type cardOwner struct {
	*owner
	did []string
}

func (o *cardOwner) note(what string) error { o.did = append(o.did, what); return nil }
func (o *cardOwner) ApplyCard(int) error    { return o.note("apply") }
func (o *cardOwner) Tap() error             { return o.note("tap") }
func (o *cardOwner) Lift() error            { return o.note("lift") }
func (o *cardOwner) DismissCard() error     { return o.note("dismiss") }
func (o *cardOwner) RefreshCard() error     { return o.note("refresh") }
func (o *cardOwner) ShowNumber() error      { return o.note("number") }
func (o *cardOwner) TrustClock() error      { return o.note("clock") }
func (o *cardOwner) LoadCard(amount protocol.Amount, waiting bool) error {
	return o.note("load " + time.Duration(amount).String() + map[bool]string{true: " waiting"}[waiting])
}
func (o *cardOwner) TransferCard(to protocol.CardNumber, amount protocol.Amount) error {
	return o.note("transfer " + string(to) + " " + time.Duration(amount).String())
}

// cardState is one state of the card's pages.
type cardState struct {
	page cardPage
	view tapping.View
}

// cardStates are all that there can be, by name.
func cardStates() map[string]cardState {
	entry := func(kind purse.Kind, amount protocol.Amount, other string, ending purse.Ending) purse.Entry {
		return purse.Entry{Kind: kind, Amount: amount, Other: other, At: protocol.At(now), Ending: ending}
	}
	card := commands.CardView{View: purse.View{
		Card: true, Ending: "4685", Expires: now.AddDate(1, 0, 0), Balance: 32200,
		Terms: protocol.PurseTerms{Currency: 156, Ceiling: 100000, ConfirmAbove: 20000},
	}, History: []purse.Entry{
		entry(purse.Paid, 7800, "Corner Café", ""), entry(purse.Transferred, 1000, "0042", purse.Returned), entry(purse.Received, 500, "", ""),
		entry(purse.Paid, 99900, "The Very Long Named Shop of Curiosities at the Corner", ""), entry(purse.Loaded, 40000, "", ""),
	}}
	known := tapping.View{Radio: true, Known: true, Card: card}
	with := func(change func(*tapping.View)) tapping.View {
		v := known
		change(&v)
		return v
	}
	states := map[string]cardState{
		"card-none":     {cardHome, tapping.View{Radio: true, Known: true}},
		"card":          {cardHome, known},
		"card-waiting":  {cardHome, with(func(v *tapping.View) { v.Card.Waiting = 1500 })},
		"card-blocked":  {cardHome, with(func(v *tapping.View) { v.Card.Blocked = true })},
		"card-rolled":   {cardHome, with(func(v *tapping.View) { v.Card.RolledBack = true })},
		"card-load":     {loadAmount, known},
		"card-number":   {transferTo, known},
		"card-transfer": {transferSome, known},
		"card-applying": {cardHome, with(func(v *tapping.View) { v.Stage, v.Work = tapping.Working, tapping.Applying })},
		"card-sending":  {cardHome, with(func(v *tapping.View) { v.Stage, v.Work = tapping.Working, tapping.Transferring })},
		"card-showing":  {cardHome, with(func(v *tapping.View) { v.Stage, v.Work = tapping.Working, tapping.Showing })},
		"card-clocking": {cardHome, with(func(v *tapping.View) { v.Stage, v.Work = tapping.Working, tapping.Clocking })},
		"card-unlock":   {cardHome, with(func(v *tapping.View) { v.Stage = tapping.Unlocking })},
		"card-held":     {cardHome, with(func(v *tapping.View) { v.Stage, v.Until = tapping.Held, now.Add(42*time.Second) })},
	}
	for name, result := range map[string]struct {
		stage tapping.Stage
		kind  purse.Show
	}{
		"card-paid": {tapping.Ended, purse.ShowPaid}, "card-funds": {tapping.Ended, purse.ShowFunds}, "card-refused": {tapping.Ended, purse.ShowRefused},
		"card-asked": {tapping.Asked, purse.ShowConfirm}, "card-again": {tapping.Again, purse.ShowTapAgain},
	} {
		states[name] = cardState{cardHome, with(func(v *tapping.View) {
			v.Stage = result.stage
			v.Event = purse.Event{Kind: result.kind, Amount: 7800, Currency: 156, Other: "Corner Café", Balance: 32200}
		})}
	}
	for _, reason := range cardReasons {
		states["card-error-"+string(reason)] = cardState{cardHome, with(func(v *tapping.View) { v.Notice, v.Notices = reason, 1 })}
	}
	return states
}

var cardReasons = []tapping.Reason{
	tapping.ReasonNoPIN, tapping.ReasonLocked, tapping.ReasonDeclined, tapping.ReasonWaits, tapping.ReasonRefused, tapping.ReasonFunds,
	tapping.ReasonCeiling, tapping.ReasonBlocked, tapping.ReasonRolledBack, tapping.ReasonClock, tapping.ReasonExpired, tapping.ReasonListStale,
	tapping.ReasonNumber, tapping.ReasonRadio, tapping.ReasonField, tapping.ReasonTime, tapping.ReasonEnded, tapping.ReasonUnexpected,
}

// showState opens a page of the card as it is in a state.
func showState(t *testing.T, h *Handset, s cardState) {
	t.Helper()
	h.cards.page, h.cards.number, h.shown = s.page, "91560000000", ""
	h.cards.view = s.view
	if s.page == loadAmount || s.page == transferSome {
		h.cards.number = "9156000000004685"
		h.enterAmount(s.page)()
	}
	h.show(client.View{Stage: client.Ready, Accounts: []trusted.Account{{Kind: protocol.AccountPrepaid, Currency: 156, Ending: "6890"}}})
	h.ShowCard(s.view)
}

// Every page of the card fits the window in every language, and no text is made
// smaller than reads well.
func TestGalleryCard(t *testing.T) {
	for _, language := range []string{"en", "zh", "de"} {
		for look, appearance := range looks {
			if !golden.Saving() && look != "" && (look != "-large" || language != "de") {
				continue // German has the longest words
			}
			h, _ := newTestHandset(t, language, appearance)
			for name, state := range cardStates() {
				whole := language + look + "-" + name
				if !golden.Wanted(whole) {
					continue
				}
				showState(t, h, state)
				fits(t, h, whole)
				for _, o := range test.LaidOutObjects(h.stage.Window().Content()) {
					if p, isText := o.(*widgets.Paragraph); isText && o.Visible() && p.Text() != "" && p.FittedSize() < 18 && look != "-large" {
						t.Errorf("%s: %q is made as small as %v", whole, p.Text(), p.FittedSize())
					}
				}
				golden.Look(t, whole, h.stage.Window(), !underRace && (language+look == "en" || name == "card" || name == "card-load" || name == "card-paid"))
			}
		}
	}
}

// Every key on the card's pages does what it says.
func TestCardKeys(t *testing.T) {
	h, who := newTestHandset(t, "en", widgets.Appearance{})
	o := &cardOwner{owner: who}
	h.intents = o
	states := cardStates()
	for _, c := range []struct {
		state string
		keys  []string
		want  []string
		page  cardPage
	}{
		{"card", []string{"tap"}, []string{"tap"}, cardHome},
		{"card", []string{"number"}, []string{"number"}, cardHome},
		{"card", []string{"back"}, nil, noPage},
		{"card", []string{"load", "key.5", "key.00", "do"}, []string{"load 500ns"}, cardHome},
		{"card", []string{"load", "do", "back"}, nil, cardHome},
		{"card", []string{"transfer", "back"}, nil, cardHome},
		{"card-number", []string{"key.0", "key.4", "key.6", "key.8", "key.5", "key.9", "next", "key.7", "do"}, []string{"transfer 9156000000004685 7ns"}, cardHome},
		{"card-number", []string{"key.back", "next"}, nil, transferTo},
		{"card-waiting", []string{"take"}, []string{"load 1.5µs waiting"}, cardHome},
		{"card-none", []string{"apply"}, []string{"apply"}, cardHome},
		{"card-blocked", []string{"replace"}, []string{"apply"}, cardHome},
		{"card-rolled", []string{"replace"}, []string{"apply"}, cardHome},
		{"card-error-clock", []string{"clock"}, []string{"clock"}, cardHome},
		{"card-held", []string{"lift"}, []string{"lift"}, cardHome},
		{"card-unlock", []string{"lift"}, []string{"lift"}, cardHome},
		{"card-paid", []string{"done"}, []string{"dismiss"}, cardHome},
		{"card-again", []string{"again"}, []string{"tap"}, cardHome},
	} {
		o.did = nil
		showState(t, h, states[c.state])
		for _, key := range c.keys {
			target, there := h.stage.Targets()[key]
			if !there {
				t.Errorf("%s has no %s: %v", c.state, key, h.stage.Targets())
				break
			}
			test.TapCanvas(h.stage.Window().Canvas(), fyne.NewPos(float32(target.X+target.Width/2), float32(target.Y+target.Height/2)))
		}
		if !slices.Equal(o.did, c.want) || h.cards.page != c.page {
			t.Errorf("%s %v did %q on page %q, want %q on %q", c.state, c.keys, o.did, h.cards.page, c.want, c.page)
		}
	}
	// The first screen opens it, and there is no such key where there can be no card.
	h.cards.page = noPage
	h.ShowCard(states["card"].view)
	if _, there := h.stage.Targets()["card"]; !there {
		t.Error("the first screen does not open the card")
	}
	h.ShowCard(tapping.View{})
	if _, there := h.stage.Targets()["card"]; there {
		t.Error("a phone without radio and card offers one")
	}
}

// What stops the card has words of its own, and no key to tap with.
func TestCardStopped(t *testing.T) {
	h, _ := newTestHandset(t, "en", widgets.Appearance{})
	for _, name := range []string{"card-blocked", "card-rolled"} {
		showState(t, h, cardStates()[name])
		if _, there := h.stage.Targets()["tap"]; there {
			t.Errorf("%s can be tapped", name)
		}
	}
	seen := map[string]bool{}
	for _, reason := range cardReasons {
		heading, text := h.cardReason(reason)
		if seen[heading+text] && reason != tapping.ReasonEnded || heading == "" || strings.Contains(text, "{") {
			t.Errorf("%s says %q %q", reason, heading, text)
		}
		seen[heading+text] = true
	}
}
