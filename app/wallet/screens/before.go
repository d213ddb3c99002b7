package screens

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/wallet/trusted"
	"countersign/app/widgets"
)

// top is the row above every screen: what it is about, and the key for the other
// language.
func (h *Handset) top(title string) (fyne.CanvasObject, widgets.Control) {
	language := widgets.NewTouchKey(h.otherLanguage().Name, widgets.PlainKey, h.switchLanguage)
	row := container.NewBorder(nil, nil, nil, language, container.New(halfway{}, leading(title, widgets.SizeLead, widgets.ColorQuiet)))
	return row, widgets.Control{ID: "language", Object: language}
}

// halfway keeps an object's least height in the middle of the room.
type halfway struct{}

// MinSize is the object's.
func (halfway) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

// Layout places the one object.
func (halfway) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	o := objects[0]
	o.Resize(fyne.NewSize(size.Width-widgets.Grid, min(o.MinSize().Height, size.Height)))
	height := min(o.MinSize().Height, size.Height) // which may depend on the width
	o.Resize(fyne.NewSize(size.Width-widgets.Grid, height))
	o.Move(fyne.NewPos(0, (size.Height-height)/2))
}

// listedAccounts is how many accounts the first screen shows; the others are
// counted, and shown where one is chosen.
const listedAccounts = 3

// buildReady is the phone at rest: what is pending, and the accounts.
func (h *Handset) buildReady() {
	v := h.view
	top, language := h.top(h.book.Say("wallet.home.title"))
	controls := []widgets.Control{language}
	var rows []fyne.CanvasObject
	var fill fyne.CanvasObject = gap(1)
	listed := listedAccounts
	if trouble := h.trouble(); trouble != nil {
		rows, listed = append(rows, trouble), 1
	}
	if len(v.Pending) > 0 {
		var choices []widgets.Choice
		for i, p := range v.Pending {
			choices = append(choices, widgets.Choice{
				ID: fmt.Sprintf("pending.%d", i), Title: h.format(p.Amount, p.Currency) + " · " + p.Shop,
				Detail: h.book.Say("wallet.pending.since", "time", clock(p.Since)),
			})
		}
		pending := v.Pending
		list := widgets.NewChoiceList(choices, -1, h.book.Say("wallet.action.page-back"), h.book.Say("wallet.action.page-next"),
			func(i int) { h.do(func() error { return h.intents.Show(pending[i].Request) })() })
		controls = append(controls, list.Controls()...)
		rows, fill = append(rows, warning(h.book.Say("wallet.home.pending"), ""), list), list
	}
	accounts := newStack(nil, leading(h.book.Say("wallet.home.accounts"), widgets.SizeBody, widgets.ColorQuiet))
	if len(v.Accounts) == 0 {
		accounts.Add(leading(h.book.Say("wallet.home.no-accounts"), widgets.SizeBody, widgets.ColorText))
	}
	for _, a := range v.Accounts[:min(len(v.Accounts), listed)] {
		title, detail := h.account(a)
		accounts.Add(panel(widgets.ColorSurface, newStack(nil,
			leading(title, widgets.SizeBody, widgets.ColorText), leading(detail, widgets.SizeCaption, widgets.ColorQuiet))))
	}
	if more := len(v.Accounts) - listed; more > 0 {
		accounts.Add(leading(h.book.Say("wallet.home.more", "count", more), widgets.SizeCaption, widgets.ColorQuiet))
	}
	if rows = append(rows, accounts); len(v.Pending) == 0 {
		rows = append(rows, fill)
	}
	scan := widgets.NewPrimaryAction(h.book.Say("wallet.home.scan"), h.do(h.intents.Scan))
	bottom, card := h.readyActions(atLeast(scan, 0, 88))
	h.stage.Show("ready", newSheet(sheet{top: top, body: newStack(fill, rows...), bottom: bottom}),
		append(append(controls, card...), widgets.Control{ID: "scan", Object: scan})...)
}

// buildLooking is step 4.
func (h *Handset) buildLooking() {
	top, language := h.top(h.book.Say("wallet.scan.title"))
	h.camera = widgets.NewCameraPreview(h.cameraWords())
	words := newStack(nil, h.notice(widgets.Lead(h.book.Say("wallet.scan.text"))))
	if len(h.view.Pending) > 0 {
		words.Add(leading(h.book.Say("wallet.scan.receipt"), widgets.SizeCaption, widgets.ColorQuiet))
	}
	back := widgets.NewLeaveAction(h.book.Say("wallet.action.cancel"), h.do(h.intents.Back))
	h.stage.Show("looking", newSheet(sheet{
		top: top, wide: h.camera, wideShare: 0.5, body: newStack(nil, gap(1), words), bottom: widgets.NewActionBar(back, nil),
	}), language, widgets.Control{ID: "back", Object: back}, widgets.Control{ID: "camera", Object: h.camera})
}

// cameraWords is what a preview says while it has no picture.
func (h *Handset) cameraWords() string {
	if h.view.CameraLost {
		return h.book.Say("device.camera.missing")
	}
	return h.book.Say("device.camera.name")
}

// longShop is how many characters a shop's name may have to be written large.
const longShop = 20

// buildConfirm is what the owner decides on: shop and amount, both verified, and
// the account.
func (h *Handset) buildConfirm() {
	v := h.view
	top, language := h.top(h.book.Say("wallet.confirm.title"))
	var choices []widgets.Choice
	for i, a := range v.Accounts {
		title, detail := h.account(a)
		choices = append(choices, widgets.Choice{ID: fmt.Sprintf("account.%d", i), Title: title, Detail: detail})
	}
	accounts := v.Accounts
	chosen := slices.IndexFunc(accounts, func(a trusted.Account) bool { return a.Index == v.Chosen })
	list := widgets.NewChoiceList(choices, chosen, h.book.Say("wallet.action.page-back"), h.book.Say("wallet.action.page-next"),
		func(i int) { h.do(func() error { return h.intents.Choose(accounts[i].Index) })() })
	h.countdown = widgets.NewCountdown(Life)
	shop := widgets.SizeHeading
	if utf8.RuneCountInString(v.Shop) > longShop {
		shop = widgets.SizeLead
	}
	rows := []fyne.CanvasObject{
		centred(v.Shop, shop, widgets.ColorText),
		atLeast(widgets.NewAmountDisplay(h.parts(), fyne.TextAlignCenter), 0, 112),
	}
	if len(v.Pending) > 0 {
		rows = append(rows, warning("", h.book.Say("wallet.confirm.pending")))
	}
	rows = append(rows, h.notice(gap(1)), leading(h.book.Say("wallet.confirm.from"), widgets.SizeBody, widgets.ColorQuiet), list, h.countdown)
	back := widgets.NewLeaveAction(h.book.Say("wallet.action.cancel"), h.do(h.intents.Back))
	pay := widgets.NewPrimaryAction(h.book.Say("wallet.action.pay", "amount", h.format(v.Amount, v.Currency)), h.do(h.intents.Confirm))
	h.stage.Show("confirm", newSheet(sheet{top: top, body: newStack(list, rows...), bottom: widgets.NewActionBar(back, pay)}),
		append(list.Controls(), language, widgets.Control{ID: "back", Object: back}, widgets.Control{ID: "pay", Object: pay})...)
}

// buildFinger is step 11 at the phone's own sensor.
func (h *Handset) buildFinger() {
	v := h.view
	top, language := h.top(h.book.Say("wallet.finger.title"))
	h.ring = widgets.NewFingerProgress(240)
	h.ring.SetFraction(v.Finger.Fraction)
	prompt := h.book.Say("wallet.finger.prompt")
	if v.Finger.Touching {
		prompt = h.book.Say("wallet.finger.reading")
	}
	h.countdown = widgets.NewCountdown(Life)
	back := widgets.NewLeaveAction(h.book.Say("wallet.action.cancel"), h.do(h.intents.Back))
	h.stage.Show("finger", newSheet(sheet{top: top, bottom: widgets.NewActionBar(back, nil), body: newStack(nil,
		atLeast(widgets.NewAmountDisplay(h.parts(), fyne.TextAlignCenter), 0, 88),
		centred(v.Shop, widgets.SizeBody, widgets.ColorQuiet),
		gap(widgets.Grid), container.NewCenter(h.ring), gap(widgets.Grid),
		centred(prompt, widgets.SizeLead, widgets.ColorText), h.notice(gap(1)), h.countdown,
	)}), language, widgets.Control{ID: "back", Object: back}, widgets.Control{ID: "finger", Object: h.ring})
}

// buildSigning is step 6: a moment in which the owner has nothing to do.
func (h *Handset) buildSigning() {
	top, language := h.top(h.book.Say("wallet.confirm.title"))
	text := h.book.Say("wallet.signing.text")
	if h.view.WantsPIN {
		text = h.book.Say("wallet.signing.pin")
	}
	if h.view.Finger.Taken {
		text = h.book.Say("wallet.finger.lift")
	}
	h.stage.Show("signing", newSheet(sheet{top: top, body: newStack(nil,
		centred(h.view.Shop, widgets.SizeHeading, widgets.ColorText),
		atLeast(widgets.NewAmountDisplay(h.parts(), fyne.TextAlignCenter), 0, 112), gap(2*widgets.Grid),
		centred(h.book.Say("wallet.signing.title"), widgets.SizeHeading, widgets.ColorText),
		centred(text, widgets.SizeLead, widgets.ColorQuiet),
	)}), language)
}
