package screens

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/wallet/client"
	"countersign/app/wallet/client/tapping"
	"countersign/app/wallet/trusted/purse"
	"countersign/app/widgets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// CardIntents are what the owner can ask of the virtual card.
type CardIntents interface {
	ApplyCard(account int) error
	LoadCard(amount protocol.Amount, waiting bool) error
	TransferCard(to protocol.CardNumber, amount protocol.Amount) error
	RefreshCard() error
	// ShowNumber has the secure screen show the card's number.
	ShowNumber() error
	// TrustClock has the secure screen ask whether the clock is right.
	TrustClock() error
	Tap() error
	Lift() error
	DismissCard() error
}

// cardPage is which of the card's pages is open.
type cardPage string

const (
	noPage       cardPage = ""
	cardHome     cardPage = "card"
	loadAmount   cardPage = "card-load"
	transferTo   cardPage = "card-number"
	transferSome cardPage = "card-transfer"
)

// cards is what the window shows of the virtual card.
type cards struct {
	view      tapping.View
	page      cardPage
	entry     money.Entry
	number    string // the other card's, as far as it was keyed
	amount    *widgets.AmountDisplay
	countdown *widgets.Countdown
}

// ShowCard shows what the card is doing. It may be called from any goroutine and
// returns at once.
func (h *Handset) ShowCard(v tapping.View) {
	h.stage.Do(func() {
		h.cards.view = v
		if h.key() != h.shown {
			h.build()
		}
	})
}

// key is what a screen depends on where it shows the card.
func (c *cards) key() string { return fmt.Sprintf("%s %s %+v", c.page, c.number, c.view) }

// tick moves the countdown.
func (h *Handset) tickCard() {
	if h.cards.countdown != nil {
		h.cards.countdown.SetRemaining(h.cards.view.Until.Sub(h.now()), tapping.HeldFor)
	}
}

func (h *Handset) openCard(page cardPage) func() {
	return func() {
		h.cards.page = page
		h.build()
	}
}

// cardKey is the key on the first screen that opens the card, or nil where there can
// be none.
func (h *Handset) cardKey() *widgets.TouchKey {
	v := h.cards.view
	if !v.Known && !v.Radio {
		return nil
	}
	label := h.book.Say("wallet.card.none")
	if v.Card.Card {
		label = h.book.Say("wallet.card.open", "amount", h.cardMoney(int64(v.Card.Balance)))
	}
	return widgets.NewTouchKey(label, widgets.PlainKey, h.openCard(cardHome))
}

// readyActions are the first screen's actions: the card above the scan.
func (h *Handset) readyActions(scan fyne.CanvasObject) (fyne.CanvasObject, []widgets.Control) {
	card := h.cardKey()
	if card == nil {
		return scan, nil
	}
	return newStack(nil, atLeast(card, 0, 72), scan), []widgets.Control{{ID: "card", Object: card}}
}

// cardMoney writes an amount of the card's.
func (h *Handset) cardMoney(minor int64) string { return h.cardAmount(minor).Format(h.book.Tag()) }

func (h *Handset) cardAmount(minor int64) money.Amount {
	return money.Amount{Minor: minor, Currency: money.Currency(h.cards.view.Card.Terms.Currency)}
}

// buildCard makes one of the card's screens, if one is open and no payment is in
// front.
func (h *Handset) buildCard() bool {
	h.cards.amount, h.cards.countdown = nil, nil
	if h.cards.page == noPage || h.view.Stage != client.Ready {
		return false
	}
	switch v := h.cards.view; {
	case v.Stage == tapping.Resting && h.cards.page == loadAmount, v.Stage == tapping.Resting && h.cards.page == transferSome:
		h.buildCardAmount()
	case v.Stage == tapping.Resting && h.cards.page == transferTo:
		h.buildCardNumber()
	case v.Stage == tapping.Resting:
		h.buildCardHome()
	case v.Stage == tapping.Working, v.Stage == tapping.Unlocking:
		h.buildCardWorking()
	case v.Stage == tapping.Held:
		h.buildCardHeld()
	default:
		h.buildCardResult()
	}
	return true
}

// buildCardHome is the card at rest: what it holds, what can be done with it, and
// what was.
func (h *Handset) buildCardHome() {
	v := h.cards.view
	top, language := h.top(h.book.Say("wallet.card.title"))
	back := widgets.NewLeaveAction(h.book.Say("wallet.action.back"), h.openCard(noPage))
	if !v.Card.Card {
		h.buildNoCard(top, language, back)
		return
	}
	number := widgets.NewTouchKey(h.book.Say("wallet.card.show"), widgets.PlainKey, h.do(h.intents.ShowNumber))
	controls := []widgets.Control{language, {ID: "back", Object: back}, {ID: "number", Object: number}}
	rows := []fyne.CanvasObject{
		atLeast(widgets.NewAmountDisplay(h.cardAmount(int64(v.Card.Balance)).Parts(h.book.Tag()), fyne.TextAlignCenter), 0, 104),
		container.New(amountRight{}, leading(h.book.Say("wallet.card.ending", "last", v.Card.Ending, "date", v.Card.Expires.Local().Format("2006-01")), widgets.SizeBody, widgets.ColorQuiet),
			atLeast(number, 0, 64)),
	}
	if v.Card.Blocked {
		rows = append(rows, warning(h.book.Notice("wallet.card.error.blocked")))
	} else if v.Card.RolledBack {
		rows = append(rows, warning(h.book.Notice("wallet.card.error.rolled-back")))
	} else if v.Notice != tapping.ReasonNone {
		rows = append(rows, warning(h.cardReason(v.Notice)))
		controls = append(controls, widgets.Control{ID: fmt.Sprintf("notice.%d", v.Notices), Object: rows[len(rows)-1]})
	}
	load := widgets.NewTouchKey(h.book.Say("wallet.card.load"), widgets.PlainKey, h.enterAmount(loadAmount))
	give := widgets.NewTouchKey(h.book.Say("wallet.card.transfer"), widgets.PlainKey, func() { h.cards.number = ""; h.openCard(transferTo)() })
	both := container.NewGridWithColumns(2, atLeast(load, 0, 64), atLeast(give, 0, 64))
	controls = append(controls, widgets.Control{ID: "load", Object: load}, widgets.Control{ID: "transfer", Object: give})
	rows = append(rows, both)
	if waiting := int64(v.Card.Waiting); waiting > 0 {
		take := widgets.NewTouchKey(h.book.Say("wallet.card.waiting", "amount", h.cardMoney(waiting)), widgets.PlainKey, h.do(func() error {
			return h.intents.LoadCard(protocol.Amount(waiting), true)
		}))
		rows = append(rows, take)
		controls = append(controls, widgets.Control{ID: "take", Object: take})
	}
	history := h.cardHistory(max(min(historyRows, historyRows+1-(len(rows)-3)*rowsGivenUp), 1))
	rows = append(rows, gap(1), history)
	action, does := h.cardAction()
	if action != nil {
		controls = append(controls, widgets.Control{ID: does, Object: action})
	}
	h.stage.Show("card", newSheet(sheet{top: top, body: newStack(history, rows...), bottom: widgets.NewActionBar(back, action)}), controls...)
}

// cardAction is what is done next with the card: another one in the place of one that is
// of no more use, a word about the clock, or a tap. It is nil where nothing is.
func (h *Handset) cardAction() (key *widgets.TouchKey, id string) {
	switch v := h.cards.view; {
	case v.Card.Blocked || v.Card.RolledBack:
		if len(h.view.Accounts) == 0 {
			return nil, ""
		}
		account := h.view.Accounts[0].Index
		return widgets.NewPrimaryAction(h.book.Say("wallet.card.replace"), h.do(func() error { return h.intents.ApplyCard(account) })), "replace"
	case v.Notice == tapping.ReasonClock:
		return widgets.NewPrimaryAction(h.book.Say("wallet.card.clock"), h.do(h.intents.TrustClock)), "clock"
	case v.Radio:
		return widgets.NewPrimaryAction(h.book.Say("wallet.card.tap"), h.do(h.intents.Tap)), "tap"
	}
	return nil, ""
}

// buildNoCard is before there is a card.
func (h *Handset) buildNoCard(top fyne.CanvasObject, language widgets.Control, back *widgets.TouchKey) {
	controls := []widgets.Control{language, {ID: "back", Object: back}}
	rows := []fyne.CanvasObject{leading(h.book.Say("wallet.card.about"), widgets.SizeLead, widgets.ColorText)}
	if v := h.cards.view; v.Notice != tapping.ReasonNone {
		rows = append(rows, warning(h.cardReason(v.Notice)))
	}
	var apply *widgets.TouchKey
	if len(h.view.Accounts) > 0 {
		account := h.view.Accounts[0]
		title, _ := h.account(account)
		rows = append(rows, leading(h.book.Say("wallet.card.from", "account", title), widgets.SizeBody, widgets.ColorQuiet))
		apply = widgets.NewPrimaryAction(h.book.Say("wallet.card.apply"), h.do(func() error { return h.intents.ApplyCard(account.Index) }))
		controls = append(controls, widgets.Control{ID: "apply", Object: apply})
	} else {
		rows = append(rows, leading(h.book.Say("wallet.home.no-accounts"), widgets.SizeBody, widgets.ColorQuiet))
	}
	h.stage.Show("card-none", newSheet(sheet{top: top, body: newStack(nil, rows...), bottom: widgets.NewActionBar(back, apply)}), controls...)
}

// historyRows is how much of the history there is room for, with most of another row to
// spare, and rowsGivenUp how much of that goes for each thing more that is said above it.
const historyRows, rowsGivenUp = 4, 2

// cardHistory lists what was done with the card, newest first.
func (h *Handset) cardHistory(most int) *fyne.Container {
	rows := newStack(nil, leading(h.book.Say("wallet.card.history"), widgets.SizeBody, widgets.ColorQuiet))
	entries := h.cards.view.Card.History
	if len(entries) == 0 {
		rows.Add(leading(h.book.Say("wallet.card.no-history"), widgets.SizeBody, widgets.ColorText))
	}
	for _, e := range entries[:min(len(entries), most)] {
		sign, color := "−", widgets.ColorText
		if e.Kind == purse.Loaded || e.Kind == purse.Received {
			sign, color = "+", widgets.ColorGoText
		}
		var other []any
		if e.Other != "" {
			other = []any{"other", e.Other}
		}
		what := h.book.Say("wallet.card.entry."+string(e.Kind), other...)
		if e.Ending == purse.Returned || e.Ending == purse.Conflict {
			what += " · " + h.book.Say("wallet.card.ending."+string(e.Ending))
		}
		amount := widgets.NewParagraph(sign+h.cardMoney(int64(e.Amount)), widgets.SizeBody, color, fyne.TextAlignTrailing, 150)
		left := newStack(nil, leading(what, widgets.SizeBody, widgets.ColorText), leading(e.At.Time().Local().Format("01-02 15:04"), widgets.SizeCaption, widgets.ColorQuiet))
		rows.Add(container.New(amountRight{}, left, amount))
	}
	return rows
}

// amountRight gives the first object what the second, at the right, leaves.
type amountRight struct{}

const amountColumn = 150

// MinSize is both side by side.
func (amountRight) MinSize(objects []fyne.CanvasObject) fyne.Size {
	left := objects[0].MinSize()
	return fyne.NewSize(left.Width, max(left.Height, objects[1].MinSize().Height))
}

// Layout places the two.
func (amountRight) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := size.Width - amountColumn - widgets.Grid
	objects[0].Resize(fyne.NewSize(width, size.Height))
	height := min(objects[0].MinSize().Height, size.Height) // what wraps knows its height only once it knows its width
	objects[0].Resize(fyne.NewSize(width, height))
	objects[0].Move(fyne.NewPos(0, (size.Height-height)/2))
	objects[1].Move(fyne.NewPos(size.Width-amountColumn, 0))
	objects[1].Resize(fyne.NewSize(amountColumn, size.Height))
}
