package screens

import (
	"bytes"
	"context"

	"countersign/app/terminal/office"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
	"countersign/protocol"
)

// pinPage asks for a PIN: the present one where it is one's own, then twice for the new one.
type pinPage struct {
	*Office
	pinAsk
	heading string
	id      protocol.ID
	asksOld bool
	old     pinEntry
	first   pinEntry
	set     func(ctx context.Context, old, pin []byte) error
	done    func()
}

func (p *pinPage) name() string  { return "pin" }
func (p *pinPage) title() string { return p.heading }
func (p *pinPage) left()         { p.old.wipe(); p.first.wipe(); p.pinAsk.left() }

func (p *pinPage) build() view {
	asks := "office.pin.choose"
	switch {
	case p.asksOld && p.old == nil:
		asks = "office.pin.present"
	case p.first != nil:
		asks = "office.pin.repeat"
	}
	note := p.note(p.book.Say(asks), p.book.Say("office.working"), widgets.SizeLead)
	pad := p.pad()
	v := view{controls: pad.Controls(), stay: p.doing}
	v.body = centred(down(widgets.Grid, fix(middle(note), scaled(88)), fix(p.pin.dots(), 56), fill(pad)), 560, 1000)
	v.primary = enabled(primary(p.book.Say("office.action.next"), p.next), p.complete())
	return v
}

func (p *pinPage) next() {
	switch {
	case p.asksOld && p.old == nil:
		p.old = p.pin.take()
		p.refresh()
	case p.first == nil:
		if err := staff.CheckPIN(p.pin, p.id); err != nil {
			p.refuse(office.Trouble(err))
			return
		}
		p.first = p.pin.take()
		p.refresh()
	case !bytes.Equal(p.first, p.pin):
		p.first.wipe()
		p.refuse("office.pin.differ")
	default:
		p.first.wipe()
		p.save(p.old.take(), p.pin.take())
	}
}

func (p *pinPage) save(old, pin []byte) {
	p.use()
	act(p.Office, p, only(func(ctx context.Context) error { return p.set(ctx, old, pin) }), func(_ nothing, err error) {
		if p.used(p, err) {
			p.done()
		}
	})
}
