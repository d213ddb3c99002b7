package screens

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/office"
	"countersign/app/terminal/staff"
	"countersign/app/terminal/welcome"
	"countersign/app/widgets"
	"countersign/protocol"
)

// managerPage asks for the first manager: the name, a PIN, and the PIN once more.
type managerPage struct {
	*Guide
	name    string
	upper   bool
	named   bool // the name is whole; its PIN is keyed
	pin     []byte
	first   []byte // what was keyed first
	busy    bool   // the PIN is being hashed
	trouble string
}

func (p *managerPage) left() { p.forget() }

// forget wipes what was keyed.
func (p *managerPage) forget() {
	clear(p.pin[:cap(p.pin)])
	clear(p.first[:cap(p.first)])
	p.pin, p.first = nil, nil
}

func (p *managerPage) build() view {
	if !p.named {
		return p.buildName()
	}
	v := view{name: "welcome-pin"}
	ask := "welcome.manager.pin"
	switch {
	case p.busy:
		ask = "welcome.manager.working"
	case p.first != nil:
		v.name, ask = "welcome-pin-again", "welcome.manager.repeat"
	}
	var note fyne.CanvasObject = middle(asked(p.book.Say(ask)))
	if p.trouble != "" {
		note = p.Guide.trouble(p.trouble)
	}
	pad := widgets.NewPINPad(p.book.Say("welcome.action.erase"), p.key)
	v.controls = pad.Controls()
	v.body = down(widgets.Grid, fixed(note, 128), fixed(widgets.NewPINDots(len(p.pin), staff.MinPIN), 48), share(within(pad, 560, 1000), 1))
	v.leave = widgets.NewLeaveAction(p.book.Say("welcome.action.back"), p.backToName)
	v.primary = p.going(p.book.Say("welcome.action.next"), p.next, !p.busy && len(p.pin) >= staff.MinPIN)
	if p.busy {
		v.leave.Disable()
	}
	return v
}

func (p *managerPage) buildName() view {
	v := view{name: "welcome-manager"}
	if p.Wizard.CanGoBack() {
		v.leave = p.leaving()
	}
	board, controls := p.keyboard(office.Letters(p.book.Tag()), p.upper, p.typed, p.erased)
	v.controls = controls
	var note fyne.CanvasObject = middle(asked(p.book.Say("welcome.manager.name")))
	if p.trouble != "" {
		note = p.Guide.trouble(p.trouble)
	}
	v.body = down(widgets.Grid, fixed(note, 128), fixed(panel(middle(field(p.name))), 88), share(board, 1))
	capitals := widgets.NewTouchKey(p.book.Say("welcome.action.capitals"), widgets.PlainKey, func() { p.upper = !p.upper; p.show() })
	v.others = []widgets.Control{{ID: "capitals", Object: capitals}}
	v.primary = p.going(p.book.Say("welcome.action.next"), p.next, p.name != "")
	return v
}

func (p *managerPage) typed(r rune) {
	if p.named {
		if k, is := widgets.KeyOf(r); is {
			p.key(k)
		}
		return
	}
	if !unicode.IsGraphic(r) || unicode.IsSpace(r) || len(p.name)+len(string(r)) > 16 {
		return
	}
	p.name, p.upper, p.trouble = p.name+string(r), false, ""
	p.show()
}

func (p *managerPage) erased() {
	if p.named {
		p.key(widgets.KeyBackspace)
		return
	}
	p.name, p.trouble = shorter(p.name), ""
	p.show()
}

// key takes a key of the PIN.
func (p *managerPage) key(k widgets.Key) {
	switch {
	case p.busy:
		return
	case k == widgets.KeyBackspace && len(p.pin) > 0:
		p.pin[len(p.pin)-1] = 0
		p.pin = p.pin[:len(p.pin)-1]
	case k >= 0 && k <= 9 && len(p.pin) < staff.MaxPIN:
		if p.pin == nil {
			p.pin = make([]byte, 0, staff.MaxPIN) // so that it is never copied
		}
		p.pin = append(p.pin, '0'+byte(k))
	default:
		return
	}
	p.trouble = ""
	p.show()
}

func (p *managerPage) backToName() {
	p.forget()
	p.named, p.trouble = false, ""
	p.show()
}

// refuse says what was wrong; the PIN is keyed from the beginning.
func (p *managerPage) refuse(trouble string) {
	p.forget()
	p.trouble = trouble
	p.show()
}

func (p *managerPage) next() {
	switch {
	case p.busy:
	case !p.named:
		p.named = strings.TrimSpace(p.name) != ""
		p.trouble = ""
		p.show()
	case p.first == nil:
		if err := staff.CheckPIN(p.pin, protocol.ID(p.name)); err != nil {
			p.refuse("welcome.trouble.pin")
			return
		}
		p.first, p.pin = p.pin, nil
		p.show()
	case !bytes.Equal(p.first, p.pin):
		p.refuse("welcome.trouble.pin-differs")
	default:
		p.add()
	}
}

// add adds the manager.
func (p *managerPage) add() {
	pin := bytes.Clone(p.pin)
	p.forget()
	p.busy, p.trouble = true, ""
	p.show()
	id := protocol.ID(p.name)
	p.later(p.life, p, func(ctx context.Context) error {
		defer clear(pin)
		return p.Wizard.AddManager(ctx, id, pin)
	}, func(err error) {
		p.busy = false
		switch {
		case err == nil:
			p.goOn()
		case errors.Is(err, staff.ErrPINPolicy):
			p.refuse("welcome.trouble.pin")
		case errors.Is(err, staff.ErrID):
			p.named = false
			p.refuse("welcome.trouble.name")
		default:
			p.refuse(welcome.TroubleOf(err).Phrase)
		}
	})
}
