package screens

import (
	"context"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/office"
	"countersign/app/widgets"
	"countersign/assets"
)

// settingsPage is what may be set at the till.
type settingsPage struct {
	*Office
	doing   bool
	trouble string
}

func (p *settingsPage) name() string  { return "settings" }
func (p *settingsPage) title() string { return p.book.Say("office.menu.settings") }

func (p *settingsPage) busy() bool { return p.doing }

func (p *settingsPage) build() view {
	var v view
	now := p.Preferences()
	var cells []fyne.CanvasObject
	for _, s := range []struct {
		id  string
		on  bool
		set func(*office.Preferences, bool)
	}{
		{"sounds", now.Sounds, func(q *office.Preferences, on bool) { q.Sounds = on }},
		{"speech", now.Speech, func(q *office.Preferences, on bool) { q.Speech = on }},
		{"large", now.Large, func(q *office.Preferences, on bool) { q.Large = on }},
		{"contrast", now.HighContrast, func(q *office.Preferences, on bool) { q.HighContrast = on }},
		{"light", now.Light, func(q *office.Preferences, on bool) { q.Light = on }},
		{"long-waits", now.LongWaits, func(q *office.Preferences, on bool) { q.LongWaits = on }},
	} {
		label, state := p.book.Say("office.setting."+s.id), p.book.Say("office.setting.off")
		meaning := widgets.Quiet
		if s.on {
			state, meaning = p.book.Say("office.setting.on"), widgets.Good
		}
		c := newPressable(label+": "+state, padded(across(2*widgets.Grid,
			share(two(body(label), quiet(p.book.Say("office.setting-about."+s.id))), 4),
			fix(dot(meaning), 28), share(middle(body(state)), 0.8)), widgets.Grid, 0), func() {
			p.change(func(q *office.Preferences) { s.set(q, !s.on) })
		})
		cells = append(cells, c)
		v.controls = append(v.controls, widgets.Control{ID: "setting." + s.id, Object: c})
	}
	var ids, names []string
	chosen := 0
	for i, l := range assets.Languages() {
		ids, names = append(ids, "language."+l.Tag), append(names, l.Name)
		if l.Tag == p.book.Tag() {
			chosen = i
		}
	}
	languages, controls := switcher(ids, names, chosen, func(i int) {
		p.change(func(q *office.Preferences) { q.Language = assets.Languages()[i].Tag })
	})
	v.controls = append(v.controls, controls...)
	parts := []part{share(evenly(2, cells...), 3.2), fix(middle(words(p.book.Say("office.setting.language"), widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignLeading)), scaled(36)),
		fix(languages, 80)}
	if p.trouble != "" {
		parts = append(parts, fix(notice(widgets.Attention, p.trouble, ""), widgets.Touch))
	} else {
		parts = append(parts, share(space(), 0.4))
	}
	v.body = down(widgets.Grid, parts...)
	return v
}

// change keeps one change; what is shown follows when it is in force.
func (p *settingsPage) change(change func(*office.Preferences)) {
	if p.doing {
		return
	}
	next := p.Preferences()
	change(&next)
	p.doing, p.trouble = true, ""
	act(p.Office, p, only(func(ctx context.Context) error { return p.intents.Prefer(ctx, next) }), func(_ nothing, err error) {
		p.doing = false
		if err != nil {
			p.trouble = p.book.Say(office.Trouble(err))
		}
		if p.top() == p {
			p.refresh()
		}
	})
}
