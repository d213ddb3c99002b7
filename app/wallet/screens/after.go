package screens

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/wallet/client"
	"countersign/app/widgets"
)

// buildShowing is step 7: the payment code as large as the phone is wide, and
// that this payment must not be made again. A small preview helps to hold the
// phone to the shop's receipt afterwards.
func (h *Handset) buildShowing() {
	v := h.view
	top, language := h.top(h.format(v.Amount, v.Currency) + " · " + v.Shop)
	code := widgets.NewExactQR()
	// The client's texts are alphanumeric, so that this cannot fail; if it did, the
	// code would be missing and the payment pending, as the screen says.
	_ = code.SetText(v.Code)
	h.camera = widgets.NewCameraPreview(h.cameraWords())
	h.countdown = widgets.NewCountdown(Life)
	say := fyne.CanvasObject(newStack(nil,
		leading(h.book.Say("wallet.show.text"), widgets.SizeBody, widgets.ColorText),
		leading(h.book.Say("wallet.show.pending"), widgets.SizeBody, widgets.ColorAttentionText)))
	body := newStack(nil, container.New(beside{2 * widgets.Grid}, container.New(small(fyne.NewSize(120, 90)), h.camera), h.notice(say)), h.countdown)
	back := widgets.NewLeaveAction(h.book.Say("wallet.action.back"), h.do(h.intents.Back))
	h.stage.Show("showing", newSheet(sheet{top: top, wide: code, wideShare: 0.55, body: body, bottom: widgets.NewActionBar(back, nil)}),
		language, widgets.Control{ID: "back", Object: back}, widgets.Control{ID: "code", Object: code}, widgets.Control{ID: "camera", Object: h.camera})
}

// buildWaiting is a payment whose code is of no use any more and whose outcome is
// not known.
func (h *Handset) buildWaiting() {
	v := h.view
	top, language := h.top(h.format(v.Amount, v.Currency) + " · " + v.Shop)
	heading, text := h.book.Notice("wallet.pending")
	asking := centred(h.book.Say("wallet.waiting.asking"), widgets.SizeBody, widgets.ColorQuiet)
	if v.Unreachable {
		_, unreachable := h.book.Notice("wallet.error.settlement-unreachable")
		asking = centred(unreachable, widgets.SizeBody, widgets.ColorAttentionText)
	}
	h.camera = widgets.NewCameraPreview(h.cameraWords())
	back := widgets.NewLeaveAction(h.book.Say("wallet.action.back"), h.do(h.intents.Back))
	ask := widgets.NewPrimaryAction(h.book.Say("wallet.action.ask"), h.do(h.intents.Ask))
	h.stage.Show("waiting", newSheet(sheet{top: top, bottom: widgets.NewActionBar(back, ask), body: newStack(h.camera,
		container.NewCenter(widgets.NewOutcomeMark(widgets.Attention, 96)),
		centred(heading, widgets.SizeHeading, widgets.ColorAttentionText),
		centred(text, widgets.SizeBody, widgets.ColorText), h.notice(asking), h.camera,
	)}), language, widgets.Control{ID: "back", Object: back}, widgets.Control{ID: "ask", Object: ask}, widgets.Control{ID: "camera", Object: h.camera})
}

// buildEnded says how it ended, in words, shape and colour. It stays until it is
// dismissed.
func (h *Handset) buildEnded() {
	v := h.view
	top, language := h.top(h.book.Say("wallet.home.title"))
	meaning, heading, text := h.outcome()
	body := newStack(nil, gap(3*widgets.Grid),
		container.NewCenter(widgets.NewOutcomeMark(meaning, 160)),
		centred(heading, widgets.SizeHeading, meaning.WordColor()))
	if v.Amount != 0 {
		body.Add(atLeast(widgets.NewAmountDisplay(h.parts(), fyne.TextAlignCenter), 0, 112))
	}
	if v.Shop != "" && v.Ending != client.Paid { // whose words name it
		body.Add(centred(v.Shop, widgets.SizeLead, widgets.ColorText))
	}
	body.Add(centred(text, widgets.SizeBody, widgets.ColorText))
	if v.Reference != 0 {
		body.Add(centred(h.book.Say("wallet.outcome.decided", "time", clock(v.Decided), "number", fmt.Sprintf("%06d", v.Reference)), widgets.SizeCaption, widgets.ColorQuiet))
	}
	done := widgets.NewPrimaryAction(h.book.Say("wallet.action.done"), h.do(h.intents.Dismiss))
	h.stage.Show("ended", newSheet(sheet{top: top, body: body, bottom: atLeast(done, 0, 88)}), language, widgets.Control{ID: "done", Object: done})
}
