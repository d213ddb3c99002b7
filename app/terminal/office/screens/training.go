package screens

import (
	"strings"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/office"
	"countersign/app/widgets"
)

// trainingPage says what training means, and asks once whether to begin it.
type trainingPage struct {
	*Office
	doing   bool
	trouble string
}

func (p *trainingPage) name() string  { return "training" }
func (p *trainingPage) title() string { return p.book.Say("office.menu.training") }
func (p *trainingPage) busy() bool    { return p.doing }

func (p *trainingPage) build() view {
	var what []string
	for _, of := range []string{"made-up", "meanwhile", "end"} {
		what = append(what, p.book.Say("office.training."+of))
	}
	parts := []part{share(space(), 1), fix(centred(widgets.NewOutcomeMark(widgets.Attention, 96), 96, 96), 96),
		fix(middle(words(p.book.Say("office.training.title"), widgets.SizeHeading, widgets.ColorText, fyne.TextAlignCenter)), scaled(72)),
		share(words(strings.Join(what, "\n"), widgets.SizeLead, widgets.ColorText, fyne.TextAlignCenter), 8)}
	if p.trouble != "" {
		parts = append(parts, fix(notice(widgets.Attention, p.trouble, ""), widgets.Touch))
	}
	return view{
		body:    centred(down(widgets.Grid, parts...), 960, 1000),
		primary: enabled(primary(p.book.Say("office.training.begin"), p.begin), !p.doing),
		stay:    p.doing,
	}
}

// begin ends this window; it stays as it is until then.
func (p *trainingPage) begin() {
	if p.doing {
		return
	}
	p.doing, p.trouble = true, ""
	act(p.Office, p, only(p.intents.BeginTraining), func(_ nothing, err error) {
		if err == nil {
			return
		}
		p.doing, p.trouble = false, p.book.Say(office.Trouble(err))
		if p.top() == p {
			p.refresh()
		}
	})
	p.refresh()
}
