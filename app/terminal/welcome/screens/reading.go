package screens

import (
	"context"
	"errors"
	"image"
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/welcome"
	"countersign/app/widgets"
)

// subject is what a reading page asks for.
type subject struct {
	name     string   // of the screen
	aim      string   // phrase: to show it to the camera; empty where no camera serves
	key      string   // phrase: to type it
	rows     []string // of keys on the screen
	upper    bool     // they are capitals, and can be small letters where switches
	switches bool
	most     int    // characters
	long     bool   // takes more than a line
	text     string // to begin with
	byKeys   bool   // begins with the keys, not with the camera
	forgets  bool   // what was refused is forgotten

	is   func(text string) bool                       // what a camera is to look for
	tidy func(text string) string                     // what is kept of what was read or typed
	tell func(ctx context.Context, text string) error // and go on
}

// readingPage asks for what is on paper or on another screen: from the camera, a hand
// imager, or keys.
type readingPage struct {
	*Guide
	about   subject
	text    string
	trouble string
	typing  bool // the keyboard is on the screen, not the camera
	seen    bool // a picture came
	camera  *widgets.CameraPreview
	field   *widgets.Paragraph
	next    *widgets.TouchKey
	stop    context.CancelFunc // of looking; nil: nothing looks
}

func newReadingPage(g *Guide, about subject) *readingPage {
	p := &readingPage{Guide: g, about: about, text: about.text, typing: about.byKeys}
	if g.Codes == nil || about.aim == "" {
		p.typing = true
	}
	p.look()
	return p
}

// look has the camera and a hand imager look from when the camera was on the screen first;
// an imager that types is heard always.
func (p *readingPage) look() {
	if p.typing || p.stop != nil {
		return
	}
	ctx, stop := context.WithCancel(p.life)
	p.stop = stop
	shown := func(do func()) {
		p.stage.Do(func() {
			if p.page == page(p) && ctx.Err() == nil {
				do()
			}
		})
	}
	p.running.Go(func() {
		p.Codes(ctx, p.about.is, func(frame *image.RGBA, outline []image.Point) { shown(func() { p.frame(frame, outline) }) },
			func(text string) { shown(func() { p.found(text) }) })
	})
}

func (p *readingPage) left() {
	if p.stop != nil {
		p.stop()
	}
}

func (p *readingPage) build() view {
	v := view{name: p.about.name}
	if p.Wizard.CanGoBack() {
		v.leave = p.leaving()
	}
	p.camera = nil
	size, room := widgets.SizeLead, float32(88)
	if p.about.long {
		size, room = widgets.SizeBody, 104
	}
	p.field = said("", size, widgets.ColorText)
	p.next = p.going(p.book.Say("welcome.action.next"), p.goNext, true)
	v.primary = p.next
	p.update()
	ask := p.about.aim
	if p.typing {
		ask = p.about.key
	}
	var note fyne.CanvasObject = middle(asked(p.book.Say(ask)))
	if p.trouble != "" {
		note = p.Guide.trouble(p.trouble)
	}
	if p.typing {
		written := panel(middle(p.field))
		if p.about.long {
			written = panel(modest(p.field))
		}
		board, controls := p.keyboard(p.about.rows, p.about.upper, p.typed, p.erased)
		v.controls = controls
		v.others = p.keyKeys()
		v.body = down(widgets.Grid, fixed(note, 216-room), fixed(written, room), share(board, 1))
	} else {
		p.camera = widgets.NewCameraPreview(p.book.Say("welcome.code.hold"))
		v.body = across(2*widgets.Grid, share(p.camera, 1), share(down(2*widgets.Grid, share(note, 1), share(panel(modest(p.field)), 1)), 1))
	}
	if p.Codes != nil && p.about.aim != "" {
		words := "welcome.action.type"
		if p.typing {
			words = "welcome.action.camera"
		}
		v.others = append(v.others, widgets.Control{ID: "other", Object: widgets.NewTouchKey(p.book.Say(words), widgets.PlainKey, p.switchWay)})
	}
	return v
}

// keyKeys are what the keyboard needs besides its rows.
func (p *readingPage) keyKeys() []widgets.Control {
	clear := widgets.NewTouchKey(p.book.Say("welcome.action.clear"), widgets.PlainKey, func() { p.text = ""; p.changed() })
	keys := []widgets.Control{{ID: "clear", Object: clear}}
	if p.about.switches {
		capitals := widgets.NewTouchKey(p.book.Say("welcome.action.capitals"), widgets.PlainKey, func() { p.about.upper = !p.about.upper; p.show() })
		keys = append(keys, widgets.Control{ID: "capitals", Object: capitals})
	}
	return keys
}

// update shows what was typed, long texts in groups of four that can be compared with paper.
func (p *readingPage) update() {
	text := p.text
	if p.about.long {
		var b strings.Builder
		for i, r := range p.text {
			if i > 0 && i%4 == 0 {
				b.WriteByte(' ')
			}
			b.WriteRune(r)
		}
		text = b.String()
	}
	p.field.SetText(text + "|")
	if p.text == "" {
		p.next.Disable()
	} else {
		p.next.Enable()
	}
}

func (p *readingPage) switchWay() {
	p.typing = !p.typing
	p.look()
	p.show()
}

func (p *readingPage) frame(frame *image.RGBA, outline []image.Point) {
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

// found takes what was read, and goes on with it.
func (p *readingPage) found(text string) {
	if p.about.is(text) {
		p.text, p.trouble = p.about.tidy(text), ""
		p.goNext()
	}
}

// typed takes a character: a person's, or one of a hand-held reader that types.
func (p *readingPage) typed(r rune) {
	if utf8.RuneCountInString(p.text) >= p.about.most {
		return
	}
	p.text += p.about.tidy(string(r))
	p.changed()
}

func (p *readingPage) erased() {
	p.text = shorter(p.text)
	p.changed()
}

func (p *readingPage) changed() {
	if p.trouble != "" {
		p.trouble = ""
		p.show()
		return
	}
	p.update() // the page stays: readers type quickly
}

func (p *readingPage) goNext() {
	switch err := p.about.tell(p.life, p.text); {
	case errors.Is(err, welcome.ErrStep): // it was pressed twice
	case err != nil:
		p.trouble = welcome.TroubleOf(err).Phrase
		if p.about.forgets {
			p.text = ""
		}
		p.show()
	default:
		p.goOn()
	}
}

// shorter is a text without its last character.
func shorter(text string) string {
	_, size := utf8.DecodeLastRuneInString(text)
	return text[:len(text)-size]
}
