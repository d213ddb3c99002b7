package screens

import (
	"context"
	"errors"
	"image"
	"strings"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/welcome"
	"countersign/app/widgets"
)

// codeKeys are what an enrolment code is written with: base 32, and its beginning.
var codeKeys = [...]string{"1234567:", "qwertyuiop", "asdfghjkl", "zxcvbnm"}

// codePage asks for the enrolment code: from the camera, a hand imager, or keys.
type codePage struct {
	*Guide
	text    string
	trouble string
	typing  bool // the keyboard is on the screen, not the camera
	seen    bool // a picture came
	camera  *widgets.CameraPreview
	field   *widgets.Paragraph
	next    *widgets.TouchKey
	stop    context.CancelFunc // of looking for codes
}

func newCodePage(g *Guide) *codePage {
	p := &codePage{Guide: g, text: g.Wizard.Code(), typing: g.Codes == nil, stop: func() {}}
	if g.Codes == nil {
		return p
	}
	ctx, stop := context.WithCancel(g.life)
	p.stop = stop
	shown := func(do func()) {
		g.stage.Do(func() {
			if g.page == p && ctx.Err() == nil {
				do()
			}
		})
	}
	g.running.Go(func() {
		g.Codes(ctx, func(frame *image.RGBA, outline []image.Point) { shown(func() { p.frame(frame, outline) }) },
			func(text string) { shown(func() { p.found(text) }) })
	})
	return p
}

func (p *codePage) left() { p.stop() }

func (p *codePage) build() view {
	v := view{name: "welcome-code", leave: p.leaving()}
	p.camera = nil
	p.field = said("", widgets.SizeBody, widgets.ColorText)
	p.next = p.going(p.book.Say("welcome.action.next"), p.goNext, true)
	v.primary = p.next
	p.update()
	ask := "welcome.code.show"
	if p.typing {
		ask = "welcome.code.type"
	}
	var note fyne.CanvasObject = middle(asked(p.book.Say(ask)))
	if p.trouble != "" {
		note = p.Guide.trouble(p.trouble)
	}
	written := panel(modest(p.field))
	if p.typing {
		board, controls := p.keyboard(codeKeys[:], true, p.typed, p.erased)
		v.controls = controls
		clear := widgets.NewTouchKey(p.book.Say("welcome.action.clear"), widgets.PlainKey, func() { p.text = ""; p.changed() })
		v.others = []widgets.Control{{ID: "clear", Object: clear}}
		v.body = down(widgets.Grid, fixed(note, 128), fixed(written, 136), share(board, 1))
	} else {
		p.camera = widgets.NewCameraPreview(p.book.Say("welcome.code.hold"))
		v.body = across(2*widgets.Grid, share(p.camera, 1), share(down(2*widgets.Grid, share(note, 1), share(written, 1)), 1))
	}
	if p.Codes != nil {
		words := "welcome.action.type"
		if p.typing {
			words = "welcome.action.camera"
		}
		v.others = append(v.others, widgets.Control{ID: "other", Object: widgets.NewTouchKey(p.book.Say(words), widgets.PlainKey, p.switchWay)})
	}
	return v
}

// update shows what was typed, in groups of four that can be compared with paper.
func (p *codePage) update() {
	var b strings.Builder
	for i, r := range p.text {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	p.field.SetText(b.String() + "|")
	if p.text == "" {
		p.next.Disable()
	} else {
		p.next.Enable()
	}
}

func (p *codePage) switchWay() {
	p.typing = !p.typing
	p.show()
}

func (p *codePage) frame(frame *image.RGBA, outline []image.Point) {
	if p.camera == nil {
		return
	}
	p.seen = true
	p.camera.SetFrame(frame)
	if len(outline) == 4 {
		p.camera.SetFound([4]image.Point(outline))
	} else {
		p.camera.ClearFound()
	}
}

// found takes a code that was read, and goes on with it.
func (p *codePage) found(text string) {
	if welcome.IsCode(text) {
		p.text, p.trouble = welcome.Tidy(text), ""
		p.goNext()
	}
}

// typed takes a character: a person's, or one of a hand-held reader that types.
func (p *codePage) typed(r rune) {
	if r > '~' || len(p.text) >= welcome.MaxCode {
		return
	}
	p.text += welcome.Tidy(string(r))
	p.changed()
}

func (p *codePage) erased() {
	p.text = shorter(p.text)
	p.changed()
}

func (p *codePage) changed() {
	if p.trouble != "" {
		p.trouble = ""
		p.show()
		return
	}
	p.update() // the page stays: readers type quickly
}

func (p *codePage) goNext() {
	switch err := p.Wizard.TellCode(p.text); {
	case errors.Is(err, welcome.ErrStep):
	case err != nil:
		p.trouble = welcome.TroubleOf(err).Phrase
		p.text = "" // most were read wrongly or are for something else: the next is read anew
		p.show()
	default:
		p.goOn()
	}
}
