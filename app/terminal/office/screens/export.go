package screens

import (
	"context"
	"fmt"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/logbook"
	"countersign/app/terminal/office"
	"countersign/app/widgets"
)

// exportPage writes what the log shows into a file.
type exportPage struct {
	*Office
	query   logbook.Query
	count   int
	format  logbook.Format
	folder  int
	doing   bool
	trouble string
}

func (p *exportPage) name() string  { return "export" }
func (p *exportPage) title() string { return p.book.Say("office.export.title") }
func (p *exportPage) busy() bool    { return p.doing }

func (p *exportPage) build() view {
	var v view
	chosen := 0
	formats := []logbook.Format{logbook.CSV, logbook.JSONLines}
	if p.format == logbook.JSONLines {
		chosen = 1
	}
	which, controls := switcher([]string{"csv", "jsonl"}, []string{p.book.Say("office.export.csv"), p.book.Say("office.export.jsonl")}, chosen,
		func(i int) { p.format = formats[i]; p.refresh() })
	v.controls = append(v.controls, controls...)
	parts := []part{fix(middle(lead(p.book.Say("office.export.what", "count", p.book.Number(int64(p.count))))), 64), fix(which, widgets.Touch),
		fix(middle(quiet(p.book.Say("office.export-about."+string(p.format)))), 40),
		fix(middle(words(p.book.Say("office.export.where"), widgets.SizeBody, widgets.ColorQuiet, fyne.TextAlignLeading)), 40)}
	folders := p.sticksFirst()
	p.folder = min(p.folder, max(len(folders)-1, 0))
	var cells []fyne.CanvasObject
	for i, f := range folders[:min(len(folders), 6)] {
		kind, mark := "office.folder.fixed", "folder"
		if f.Removable {
			kind, mark = "office.folder.stick", "stick"
		}
		c := newPressable(f.Name, across(2*widgets.Grid, fix(centred(picture(mark, widgets.ColorText), 36, 36), 40), fill(two(body(f.Name), quiet(p.book.Say(kind))))),
			func() { p.folder = i; p.refresh() }).chosen(i == p.folder)
		cells = append(cells, c)
		v.controls = append(v.controls, widgets.Control{ID: fmt.Sprintf("folder.%d", i), Object: c})
	}
	if len(cells) == 0 {
		parts = append(parts, fill(empty(p.book.Say("office.folder.none"))))
	} else {
		parts = append(parts, fill(evenlyIn(2, 3, cells...)))
	}
	switch {
	case p.doing:
		parts = append(parts, fix(notice(widgets.Quiet, p.book.Say("office.working"), ""), widgets.Touch))
	case p.trouble != "":
		parts = append(parts, fix(notice(widgets.Attention, p.trouble, ""), widgets.Touch))
	}
	v.body = centred(down(widgets.Grid, parts...), 960, 1000)
	v.primary = enabled(primary(p.book.Say("office.export.write"), func() { p.write(folders[p.folder].Path) }), len(folders) > 0 && !p.doing)
	v.stay = p.doing
	return v
}

func (p *exportPage) write(folder string) {
	p.doing, p.trouble = true, ""
	p.refresh()
	act(p.Office, p, func(ctx context.Context) (office.Exported, error) {
		return p.intents.Export(ctx, p.query, p.format, folder)
	},
		func(e office.Exported, err error) {
			p.doing = false
			if err != nil {
				p.trouble = p.book.Say(office.Trouble(err))
			}
			switch {
			case p.top() != p:
			case err != nil:
				p.refresh()
			default:
				p.swap(&endPage{Office: p.Office, meaning: widgets.Good, heading: p.book.Say("office.export.done"),
					text: p.book.Say("office.export.done-text", "count", p.book.Number(int64(e.Rows)), "file", e.File)})
			}
		})
}
