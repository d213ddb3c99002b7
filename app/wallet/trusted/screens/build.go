package screens

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"countersign/app/wallet/trusted"
	"countersign/app/widgets"
)

// measure is the width of text on a phone, in Fyne's units, until it has been
// laid out.
const measure = 420

// frameWidth is that of the golden frame, sides of the pictures of marks.
const (
	frameWidth   = widgets.Grid
	smallPicture = 72
	largePicture = 200
)

func centred(text string, size fyne.ThemeSizeName, color fyne.ThemeColorName) *widgets.Paragraph {
	return widgets.NewParagraph(text, size, color, fyne.TextAlignCenter, measure)
}

func leading(text string, size fyne.ThemeSizeName, color fyne.ThemeColorName) *widgets.Paragraph {
	return widgets.NewParagraph(text, size, color, fyne.TextAlignLeading, measure)
}

// show puts a screen into the frame, under the banner.
func (s *Screen) show(name string, body, bottom fyne.CanvasObject, controls ...widgets.Control) {
	theme := fyne.CurrentApp().Settings().Theme()
	gold := canvas.NewRectangle(theme.Color(colorFrame, 0))
	ground := canvas.NewRectangle(theme.Color(widgets.ColorGround, 0))
	banner := canvas.NewText(s.book.Say("trusted.banner"), theme.Color(widgets.ColorGround, 0))
	banner.TextSize, banner.TextStyle, banner.Alignment = theme.Size(widgets.SizeBody), fyne.TextStyle{Bold: true}, fyne.TextAlignCenter
	page := container.New(inset{2 * widgets.Grid}, container.New(column{body}, body, bottom))
	inside := container.New(inset{frameWidth}, container.New(under{banner}, banner, ground, page))
	s.stage.SetLanguage(s.book.Tag())
	s.stage.Show(name, container.NewStack(gold, inside), controls...)
}

// under puts the banner on top and ground and page below it.
type under struct{ banner fyne.CanvasObject }

// MinSize is banner and page.
func (u under) MinSize(objects []fyne.CanvasObject) fyne.Size {
	top, page := u.banner.MinSize(), objects[2].MinSize()
	return fyne.NewSize(max(top.Width, page.Width), top.Height+page.Height)
}

// Layout places them.
func (u under) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	height := u.banner.MinSize().Height
	u.banner.Resize(fyne.NewSize(size.Width, height))
	for _, o := range objects[1:] {
		o.Move(fyne.NewPos(0, height))
		o.Resize(fyne.NewSize(size.Width, size.Height-height))
	}
}

// mark is the owner's, with what it is good for; before one was chosen there is
// none.
func (s *Screen) mark(m trusted.Mark) fyne.CanvasObject {
	if m == (trusted.Mark{}) {
		return gap(1)
	}
	words := container.New(column{}, leading(m.Phrase, widgets.SizeLead, widgets.ColorText),
		leading(s.book.Say("trusted.mark.check"), widgets.SizeCaption, widgets.ColorQuiet))
	return container.New(beside{}, newPicture(m.Picture, smallPicture), words)
}

// matter is what is paid, or sent to another card, or what else the PIN is for, or nothing.
func (s *Screen) matter() []fyne.CanvasObject {
	switch s.prompt.Purpose {
	case trusted.ToReplace:
		return s.givesWay()
	case trusted.ToTrustClock:
		heading, text := s.book.Notice("trusted.clock", "time", s.now().Local().Format("2006-01-02 15:04"))
		return []fyne.CanvasObject{centred(heading, widgets.SizeLead, widgets.ColorText), centred(text, widgets.SizeBody, widgets.ColorText)}
	}
	whom := s.prompt.Shop
	if s.prompt.Purpose == trusted.ToTransfer {
		whom = s.book.Say("trusted.transfer.to", "last", s.prompt.Receiver)
	}
	if whom == "" {
		return nil
	}
	return []fyne.CanvasObject{
		centred(whom, widgets.SizeLead, widgets.ColorText),
		widgets.NewAmountDisplay(s.parts(), fyne.TextAlignCenter),
	}
}

// givesWay is the card that another is to take the place of, and what becomes of the
// money on it.
func (s *Screen) givesWay() []fyne.CanvasObject {
	heading, text := s.book.Notice("trusted.replace")
	rows := []fyne.CanvasObject{centred(heading, widgets.SizeLead, widgets.ColorText)}
	if s.prompt.Ending != "" {
		rows = append(rows, centred(s.book.Say("trusted.replace.card", "last", s.prompt.Ending), widgets.SizeBody, widgets.ColorText))
	}
	return append(rows, centred(text, widgets.SizeBody, widgets.ColorQuiet))
}

// asks is what the owner is asked to key, a phrase each.
var asks = map[trusted.Purpose]string{
	trusted.ToUnlock: "trusted.pin.unlock", trusted.ToPay: "trusted.pin.pay", trusted.ToChange: "trusted.pin.change",
	trusted.ToChoose: "trusted.pin.choose", trusted.ToRepeat: "trusted.pin.repeat", trusted.ToTransfer: "trusted.pin.transfer",
	trusted.ToReplace: "trusted.pin.replace", trusted.ToTrustClock: "trusted.pin.clock",
}

func (s *Screen) buildPIN() {
	p := s.prompt
	p.dots = newDots(trusted.DefaultPIN)
	pad := widgets.NewPINPad(s.book.Say("trusted.pin.backspace"), s.press)
	cancel := widgets.NewLeaveAction(s.book.Say("trusted.action.cancel"), s.decline)
	p.enter = widgets.NewPrimaryAction(s.book.Say("trusted.action.enter"), s.enter)
	p.enter.Disable()
	s.countdown = widgets.NewCountdown(answerIn)
	rows := append([]fyne.CanvasObject{s.mark(p.Mark)}, s.matter()...)
	rows = append(rows, centred(s.book.Say(asks[p.Purpose]), widgets.SizeBody, widgets.ColorText))
	controls := append(pad.Controls(), widgets.Control{ID: "cancel", Object: cancel}, widgets.Control{ID: "enter", Object: p.enter})
	if p.Notice != trusted.NoticeNone {
		notice := centred(s.book.Say("trusted.notice."+string(p.Notice)), widgets.SizeBody, widgets.ColorAttentionText)
		rows, controls = append(rows, notice), append(controls, widgets.Control{ID: "notice." + string(p.Notice), Object: notice})
	}
	rows = append(rows, p.dots.object, pad, s.countdown)
	s.show("trusted-"+string(p.Purpose), container.New(column{pad}, rows...), widgets.NewActionBar(cancel, p.enter), controls...)
}

func (s *Screen) buildConfirm() {
	p := s.prompt
	refuse := widgets.NewLeaveAction(s.book.Say("trusted.action.refuse"), s.decline)
	confirm := widgets.NewPrimaryAction(s.book.Say("trusted.action.confirm"), func() { s.done(answer{}) })
	s.countdown = widgets.NewCountdown(answerIn)
	amount := widgets.NewAmountDisplay(s.parts(), fyne.TextAlignCenter)
	body := container.New(column{amount}, s.mark(p.Mark), gap(widgets.Grid),
		centred(s.book.Say("trusted.confirm.title"), widgets.SizeLead, widgets.ColorQuiet),
		centred(p.Shop, widgets.SizeHeading, widgets.ColorText), amount, s.countdown)
	s.show("trusted-confirm", body, widgets.NewActionBar(refuse, confirm),
		widgets.Control{ID: "refuse", Object: refuse}, widgets.Control{ID: "confirm", Object: confirm})
}

// buildNumber is the owner's own card number, to be told to whoever sends money to it.
// It is drawn and nothing else: what is announced has no digit of it.
func (s *Screen) buildNumber() {
	p := s.prompt
	heading, text := s.book.Notice("trusted.number")
	close := widgets.NewPrimaryAction(s.book.Say("trusted.action.close"), func() { s.done(answer{}) })
	s.countdown = widgets.NewCountdown(answerIn)
	space := gap(1)
	rows := []fyne.CanvasObject{s.mark(p.Mark), gap(widgets.Grid), centred(heading, widgets.SizeLead, widgets.ColorQuiet)}
	for pair := range slices.Chunk(slices.Collect(slices.Chunk([]byte(p.Number), 4)), 2) {
		rows = append(rows, centred(string(bytes.Join(pair, []byte("  "))), widgets.SizeHeading, widgets.ColorText))
	}
	rows = append(rows, centred(text, widgets.SizeBody, widgets.ColorQuiet), space, s.countdown)
	s.show("trusted-number", container.New(column{space}, rows...), widgets.NewActionBar(nil, close), widgets.Control{ID: "close", Object: close})
}

func (s *Screen) buildMark() {
	p := s.prompt
	heading, text := s.book.Notice("trusted.mark.choose")
	cancel := widgets.NewLeaveAction(s.book.Say("trusted.action.cancel"), s.decline)
	another := widgets.NewTouchKey(s.book.Say("trusted.action.another"), widgets.PlainKey, func() { p.mark = p.another(); s.buildMark() })
	keep := widgets.NewPrimaryAction(s.book.Say("trusted.action.keep"), func() { s.done(answer{mark: p.mark}) })
	s.countdown = widgets.NewCountdown(answerIn)
	space := gap(1)
	body := container.New(column{space}, centred(heading, widgets.SizeHeading, widgets.ColorText),
		container.NewCenter(newPicture(p.mark.Picture, largePicture)), centred(p.mark.Phrase, widgets.SizeHeading, widgets.ColorText),
		centred(text, widgets.SizeBody, widgets.ColorQuiet), space, s.countdown)
	s.show("trusted-mark", body, widgets.NewActionBar(cancel, keep, another), widgets.Control{ID: "cancel", Object: cancel},
		widgets.Control{ID: "another", Object: another}, widgets.Control{ID: "keep", Object: keep})
}

func (s *Screen) buildLocked() {
	heading, text := s.book.Notice("trusted.locked", "time", clock(s.prompt.Locked))
	close := widgets.NewLeaveAction(s.book.Say("trusted.action.close"), s.decline)
	space := gap(1)
	s.countdown = nil
	body := container.New(column{space}, s.mark(s.prompt.Mark), container.NewCenter(widgets.NewOutcomeMark(widgets.Refusal, 120)),
		centred(heading, widgets.SizeHeading, widgets.ColorRefusalText), centred(text, widgets.SizeLead, widgets.ColorText), space)
	s.show("trusted-locked", body, widgets.NewActionBar(close, nil), widgets.Control{ID: "close", Object: close})
}

// buildNothing is the window when nothing is asked: soon it is hidden.
func (s *Screen) buildNothing() {
	s.countdown = nil
	s.show("trusted-hidden", gap(1), gap(1))
}

// clock writes a time to wait as "1:30".
func clock(wait time.Duration) string {
	seconds := int(math.Ceil(wait.Seconds()))
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}
