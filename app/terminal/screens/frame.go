package screens

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/protocol/money"
)

// Device is a part of the terminal for the row of marks.
type Device struct {
	ID string
	// Word is the key of the phrase that names what is wrong; empty when all is
	// well.
	Word string
	// Bad says that no sale is possible without it.
	Bad bool
}

func (d Device) meaning() widgets.Meaning {
	switch {
	case d.Word == "":
		return widgets.Quiet
	case d.Bad:
		return widgets.Refusal
	}
	return widgets.Attention
}

// newKey makes a key that counts as a touch.
func (k *Kiosk) newKey(label string, style widgets.KeyStyle, press func()) *widgets.TouchKey {
	return widgets.NewTouchKey(label, style, func() {
		k.touched = k.Now()
		press()
	})
}

// page puts a body under the quiet row of shop, devices and language, and over
// the actions. What stood in the focus stays there if it is still on the screen.
func (k *Kiosk) page(name string, body, actions fyne.CanvasObject, controls ...widgets.Control) {
	focused := k.focusedControl()
	k.row = widgets.NewStatusRow()
	k.row.SetStatuses(k.marks()...)
	k.rowHolds = middle(capped(k.row, 1.25))
	language := k.newKey(k.otherLanguage().Name, widgets.PlainKey, k.switchLanguage)
	controls = append(controls, widgets.Control{ID: "language", Object: language})
	keys := []fyne.CanvasObject{gap(widgets.Grid)}
	people, more := k.peopleKeys(name)
	keys, controls = append(keys, people...), append(controls, more...)
	keys = append(keys, yielding(language, 120, widgets.Touch))
	shop := widgets.NewParagraph(k.Shop, widgets.SizeLead, widgets.ColorQuiet, fyne.TextAlignLeading, 560)
	share := float32(0.5)
	if len(people) > 0 {
		share = 0.38
	}
	top := container.NewBorder(nil, nil, nil, container.NewHBox(keys...),
		container.New(columns{left: share, gap: widgets.Grid}, yielding(shop, 96, widgets.Touch), k.rowHolds))
	above := []fyne.CanvasObject{}
	if band, more := k.trainingBand(); band != nil {
		above, controls = append(above, band), append(controls, more...)
	}
	above = append(above, top)
	for _, b := range []func() (fyne.CanvasObject, []widgets.Control){k.interruption, k.banner} {
		if box, more := b(); box != nil {
			above, controls = append(above, box), append(controls, more...)
		}
	}
	if acts, more := k.actKeys(); acts != nil {
		actions, controls = container.NewVBox(acts, actions), append(controls, more...)
	}
	k.controls = make(map[string]fyne.CanvasObject, len(controls))
	for _, c := range controls {
		k.controls[c.ID] = c.Object
	}
	k.stage.SetLanguage(k.book.Tag())
	same := name == k.stage.Screen()
	k.whole = widgets.NewPage(container.New(snug{}, above...), body, actions)
	k.stage.Show(name, k.whole, controls...)
	if o, is := k.controls[focused].(fyne.Focusable); same && is {
		k.stage.Window().Canvas().Focus(o)
	}
}

// snug lays objects one below the other, each as high as it needs at the width it
// gets, without room between.
type snug struct{}

// Layout places them.
func (snug) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		o.Resize(fyne.NewSize(size.Width, o.MinSize().Height))
		height := o.MinSize().Height
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, height))
		y += height
	}
}

// MinSize is what all need.
func (snug) MinSize(objects []fyne.CanvasObject) (size fyne.Size) {
	for _, o := range objects {
		least := o.MinSize()
		size.Width = max(size.Width, least.Width)
		size.Height += least.Height
	}
	return size
}

// focusedControl is the control that the keyboard has chosen, if any.
func (k *Kiosk) focusedControl() string {
	if focused := k.stage.Window().Canvas().Focused(); focused != nil {
		for id, o := range k.controls {
			if f, is := o.(fyne.Focusable); is && f == focused {
				return id
			}
		}
	}
	return ""
}

// refreshStatus shows other marks. They may take another number of lines, for which the
// rest of the screen makes room.
func (k *Kiosk) refreshStatus() {
	if k.row == nil {
		return
	}
	before := k.row.MinSize().Height
	k.row.SetStatuses(k.marks()...)
	k.rowHolds.Refresh()
	if k.row.MinSize().Height != before {
		k.whole.Refresh()
	}
}

// marks are the devices, and what else there is to know on every screen.
func (k *Kiosk) marks() []widgets.Status {
	var list []widgets.Status
	for _, d := range k.statuses {
		s := widgets.Status{ID: d.ID, Meaning: d.meaning()}
		if d.Word != "" {
			s.Word = k.book.Say(d.Word)
		}
		list = append(list, s)
	}
	if k.view.Unresolved > 0 {
		list = append(list, widgets.Status{ID: "unresolved", Meaning: widgets.Attention,
			Word: k.book.Say("terminal.outcome.unanswered", "count", k.view.Unresolved)})
	}
	if k.printed.trouble {
		list = append(list, widgets.Status{ID: "receipt", Meaning: widgets.Attention, Word: k.book.Say("terminal.print.trouble")})
	}
	return append(list, k.unsent()...)
}

// typedKey serves keyboard and numeric pad: Enter is the screen's primary
// action, Esc leaves it.
func (k *Kiosk) typedKey(e *fyne.KeyEvent) {
	k.touched = k.Now()
	enter := e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter
	if enter && k.wandEntered() {
		return
	}
	k.deliver()
	if k.atPages() {
		k.office.TypedKey(e)
		return
	}
	switch {
	case enter && k.enter != nil:
		k.enter()
	case e.Name == fyne.KeyEscape && k.escape != nil:
		k.escape()
	case e.Name == fyne.KeyBackspace && k.digit != nil:
		k.digit(widgets.KeyBackspace)
	}
}

// typedRune takes digits, unless a wand types.
func (k *Kiosk) typedRune(r rune) {
	k.touched = k.Now()
	heard, first := k.wand.rune(r, k.Now())
	if first {
		k.before = entries{k.entry, k.tender.given, k.tip.entry, k.counted}
	}
	if first || heard == forWand || r < '0' || r > '9' {
		k.deliver() // what was typed before was no code on goods
	}
	if heard == forWand {
		k.stage.Window().Canvas().Unfocus() // a space of the code would press what the keyboard has chosen
		return
	}
	if k.atPages() && r >= '0' && r <= '9' {
		k.hold(r)
		return
	}
	if k.atPages() {
		k.office.TypedRune(r)
		return
	}
	if key, ok := widgets.KeyOf(r); ok && k.digit != nil {
		k.digit(key)
	} else if k.typed != nil {
		k.typed(r)
	}
}

// atPages says whether the manager's pages take what is typed.
func (k *Kiosk) atPages() bool { return k.at == atOffice && k.view.Stage == sale.Idle }

// hold keeps a digit from the manager's pages until it is known whose it is: a person's, once nothing has followed it for
// longer than a wand takes.
func (k *Kiosk) hold(r rune) {
	k.wand.hold(r, func(over func() bool) {
		k.stage.Do(func() {
			if over() {
				k.deliver()
			}
		})
	})
}

// deliver hands the manager's pages the digits that were kept from them. If they have been left meanwhile, the digits are
// nobody's.
func (k *Kiosk) deliver() {
	for _, r := range k.wand.release() {
		if k.atPages() {
			k.office.TypedRune(r)
		}
	}
}

// entries are all amounts that can be keyed.
type entries struct{ amount, given, tip, counted money.Entry }

// wandEntered ends what a wand has typed: a payment code goes to the till, a code on
// goods to the bill. Neither is an amount, nor its Enter somebody's answer. It says
// whether Enter was the wand's.
func (k *Kiosk) wandEntered() bool {
	code, goods := k.wand.enter(k.Now())
	if code != "" {
		if k.Wand != nil {
			k.Wand(code)
		}
		return true
	}
	between := k.view.Stage == sale.Idle
	switch {
	case goods == "":
		return false
	case between && k.at == atOffice: // the pages have seen nothing of it, and its Enter is nobody's word
		k.wand.drop()
		return true
	case between && k.place() == atSignIn: // some type a long PIN as fast
		return false
	}
	k.entry, k.tender.given, k.tip.entry, k.counted = k.before.amount, k.before.given, k.before.tip, k.before.counted
	if k.trouble = ""; between && k.place() == atAmount {
		k.refreshEntry()
		k.addGoods(goods)
	} else if between {
		k.build()
	}
	return true
}
