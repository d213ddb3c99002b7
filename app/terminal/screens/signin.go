package screens

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
	"countersign/protocol"
)

// tilesShown is how many names the sign-in screen has room for; more are turned to.
const tilesShown = 10

// signing is what the sign-in screen knows.
type signing struct {
	who    protocol.ID // chosen by a tile, or keyed; empty: a number is keyed
	number string
	pin    []byte
	busy   bool // the PIN is being compared
	page   int  // of tiles
	// trouble is the key of what was wrong, until how long the name is locked.
	trouble string
	until   time.Time
}

// switchCashier lets somebody else sign in. Whoever is on duty stays until then.
func (k *Kiosk) switchCashier() {
	k.sign.forget()
	k.sign = signing{}
	k.goTo(atSignIn)
}

// forget overwrites the PIN.
func (s *signing) forget() {
	clear(s.pin)
	s.pin = nil
}

// buildSignIn shows who there is at the left and a pad for the PIN at the right.
func (k *Kiosk) buildSignIn() {
	s := &k.sign
	var controls []widgets.Control
	members := k.Staff.Members()
	pad := widgets.NewPINPad(k.book.Say("terminal.amount.backspace"), func(key widgets.Key) { k.touched = k.Now(); k.signKey(key) })
	controls = append(controls, pad.Controls()...)
	k.digit, k.enter = k.signKey, k.signOn
	k.said = widgets.NewParagraph("", widgets.SizeLead, widgets.ColorText, fyne.TextAlignCenter, 480)
	dots := widgets.NewParagraph("", widgets.SizeHeading, widgets.ColorText, fyne.TextAlignCenter, 480)
	k.refresh = func() {
		text, color := k.signWords()
		k.said.SetText(text)
		k.said.SetColor(color)
		dots.SetText(k.signDots())
	}
	right := stack(false, sized(k.said, 96, 48), sized(dots, 72, 48), space(widgets.Grid), grow(yielding(pad, 3*widgets.Touch, 4*widgets.Touch+3*widgets.Grid), 4*widgets.Touch+3*widgets.Grid))

	var body fyne.CanvasObject = container.New(columns{left: 0.25, gap: 0}, gap(1), container.New(columns{left: 0.66, gap: 0}, right, gap(1)))
	if len(members) > 0 {
		tiles, more := k.memberTiles(members)
		controls = append(controls, more...)
		heading := widgets.NewParagraph(k.book.Say("terminal.staff.title"), widgets.SizeHeading, widgets.ColorText, fyne.TextAlignLeading, 560)
		left := stack(false, sized(heading, 0, 40), space(2*widgets.Grid), grow(tiles, 5*widgets.Touch+4*widgets.Grid))
		body = container.New(columns{left: 0.54, gap: 4 * widgets.Grid}, left, right)
	}

	label, leave := k.book.Say("terminal.amount.clear"), k.signClear
	if k.duty().Cashier != "" { // who is on duty goes on
		label, leave = k.book.Say("terminal.action.back"), func() { k.sign.forget(); k.sign = signing{}; k.goTo(atAmount) }
	}
	back := k.newKey(label, widgets.LeaveKey, leave)
	k.escape = leave
	word := "terminal.staff.sign-in"
	if s.who == "" {
		word = "terminal.staff.next"
	}
	on := k.newKey(k.book.Say(word), widgets.PrimaryKey, k.signOn)
	controls = append(controls, widgets.Control{ID: "leave", Object: back}, widgets.Control{ID: "sign-in", Object: on})
	k.refresh()
	k.page("sign-in", body, bar([]*widgets.TouchKey{back}, []*widgets.TouchKey{on}), controls...)
}

// memberTiles are the names that can be touched, two a row.
func (k *Kiosk) memberTiles(members []staff.Member) (fyne.CanvasObject, []widgets.Control) {
	s := &k.sign
	room := tilesShown
	if len(members) > room {
		room -= 2 // for the key that turns
	}
	pages := (len(members) + room - 1) / room
	s.page = min(s.page, pages-1)
	var objects []fyne.CanvasObject
	var controls []widgets.Control
	for i := s.page * room; i < min((s.page+1)*room, len(members)); i++ {
		m := members[i]
		style := widgets.PlainKey
		if m.ID == s.who {
			style = widgets.PrimaryKey
		}
		role := k.book.Say("terminal.staff.role." + string(m.Role))
		tile := k.newKey(string(m.ID)+" · "+role, style, func() { k.choose(m.ID) })
		objects = append(objects, tile)
		controls = append(controls, widgets.Control{ID: fmt.Sprintf("member.%d", i), Object: tile})
	}
	grid := container.New(cells{columns: 2, rows: room / 2, most: 112}, objects...)
	if pages == 1 {
		return grid, controls
	}
	next := k.newKey(k.book.Say("terminal.action.more", "page", s.page+1, "pages", pages), widgets.LeaveKey, func() { s.page = (s.page + 1) % pages; k.build() })
	return stack(false, grow(grid, 4*widgets.Touch+3*widgets.Grid), space(widgets.Grid), sized(next, widgets.Touch, widgets.Touch)),
		append(controls, widgets.Control{ID: "more", Object: next})
}

// choose takes a name; its PIN is keyed next.
func (k *Kiosk) choose(id protocol.ID) {
	if k.sign.busy {
		return
	}
	k.sign.forget()
	page := k.sign.page
	k.sign = signing{who: id, page: page}
	k.build()
}

// signKey takes a digit of the PIN, or of the number of whoever has not touched a name.
func (k *Kiosk) signKey(key widgets.Key) {
	s := &k.sign
	switch {
	case s.busy || key == widgets.KeyDoubleZero:
		return
	case s.who == "" && key == widgets.KeyBackspace:
		s.number = s.number[:max(len(s.number)-1, 0)]
	case s.who == "":
		if len(s.number) < 16 {
			s.number += fmt.Sprint(int(key))
		}
	case key == widgets.KeyBackspace:
		s.pin = s.pin[:max(len(s.pin)-1, 0)]
	case len(s.pin) < staff.MaxPIN:
		s.pin = append(s.pin, byte('0'+int(key)))
	}
	if s.trouble != "" && s.trouble != "terminal.staff.locked" {
		s.trouble = ""
	}
	k.refresh()
}

func (k *Kiosk) signClear() {
	if k.sign.busy {
		return
	}
	k.sign.forget()
	k.sign = signing{page: k.sign.page}
	k.build()
}

// signOn hands name and PIN to the staff's desk, once both are keyed.
func (k *Kiosk) signOn() {
	s := &k.sign
	switch {
	case s.busy:
		return
	case s.who == "" && s.number == "":
		s.trouble = "terminal.staff.who-first"
	case s.who == "":
		s.who, s.trouble = protocol.ID(s.number), ""
		k.build()
		return
	case len(s.pin) < staff.MinPIN:
		s.trouble = "terminal.staff.pin-short"
	default:
		pin := s.pin
		s.pin, s.busy, s.trouble = nil, true, ""
		k.refresh()
		k.Staff.SignIn(s.who, pin, func(err error) { k.stage.Do(func() { k.signedIn(err) }) })
		return
	}
	k.refresh()
}

// signedIn shows what came of it.
func (k *Kiosk) signedIn(err error) {
	k.touched = k.Now()
	page := k.sign.page
	who := k.sign.who
	k.sign.forget()
	k.sign = signing{page: page}
	var locked *staff.LockedError
	switch {
	case err == nil:
		k.goToIfIdle(atAmount)
		return
	case errors.As(err, &locked):
		k.sign.who, k.sign.trouble, k.sign.until = who, "terminal.staff.locked", locked.Until
	case errors.Is(err, staff.ErrRefused):
		k.sign.who, k.sign.trouble = who, "terminal.staff.wrong"
	default:
		k.sign.who, k.sign.trouble = who, "terminal.staff.no-desk"
	}
	k.goToIfIdle(k.at)
}

// goToIfIdle goes on between sales; a sale that has come in front meanwhile stays there.
func (k *Kiosk) goToIfIdle(p place) {
	k.at = p
	if k.view.Stage == sale.Idle {
		k.build()
	}
}

// signWords say what to do, or what was wrong.
func (k *Kiosk) signWords() (string, fyne.ThemeColorName) {
	s := &k.sign
	switch {
	case s.busy:
		return k.book.Say("terminal.staff.checking"), widgets.ColorText
	case s.trouble == "terminal.staff.locked":
		left := s.until.Sub(k.Now())
		return k.book.Say(s.trouble, "time", s.until.Local().Format("15:04"), "left", k.sayWait(left)), widgets.ColorAttentionText
	case s.trouble == "terminal.staff.pin-short":
		return k.book.Say(s.trouble, "digits", staff.MinPIN), widgets.ColorAttentionText
	case s.trouble != "":
		return k.book.Say(s.trouble), widgets.ColorAttentionText
	case s.who == "" && s.number != "":
		return k.book.Say("terminal.staff.number"), widgets.ColorText
	case s.who == "" && len(k.Staff.Members()) == 0:
		return k.book.Say("terminal.staff.number"), widgets.ColorText
	case s.who == "":
		return k.book.Say("terminal.staff.choose"), widgets.ColorText
	}
	return k.book.Say("terminal.staff.pin", "name", string(s.who)), widgets.ColorText
}

// sayWait writes a time to wait in whole minutes, and in seconds below two.
func (k *Kiosk) sayWait(d time.Duration) string {
	seconds := max(int64((d+time.Second-1)/time.Second), 0)
	if seconds >= 120 {
		return k.book.Say("terminal.staff.minutes", "count", (seconds+59)/60)
	}
	return k.book.Say("terminal.staff.seconds", "count", seconds)
}

// signDots are one for each digit of the PIN; a number is seen.
func (k *Kiosk) signDots() string {
	if k.sign.who == "" {
		return k.sign.number
	}
	return strings.TrimSpace(strings.Repeat("● ", len(k.sign.pin)))
}

// tickLocked counts down how long a name is locked.
func (k *Kiosk) tickLocked() {
	if k.sign.trouble != "terminal.staff.locked" || k.refresh == nil || k.view.Stage != sale.Idle || k.place() != atSignIn {
		return
	}
	if !k.Now().Before(k.sign.until) {
		k.sign.trouble = ""
	}
	k.refresh()
}
