package screens

import (
	"fmt"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
)

// panel is how much of items and bill is shown at a time: with large text, or under a
// banner, less. The rest is turned to; nothing scrolls.
type panel struct{ groups, columns, rows, lines int }

func (k *Kiosk) panel() panel {
	switch {
	case roomy() && len(k.alerts()) == 0 && !k.training():
		return panel{groups: 4, columns: 3, rows: 3, lines: 3}
	case roomy():
		return panel{groups: 4, columns: 3, rows: 2, lines: 3}
	}
	return panel{groups: 3, columns: 2, rows: 2, lines: 2}
}

// itemsPanel is what can be touched, and what has been.
func (k *Kiosk) itemsPanel() (fyne.CanvasObject, []widgets.Control) {
	p := k.panel()
	var controls []widgets.Control
	tabs, more := k.groupTabs(p.groups)
	controls = append(controls, more...)
	grid, more := k.itemGrid(p.columns, p.rows)
	controls = append(controls, more...)
	lines, more := k.billLines(p.lines)
	controls = append(controls, more...)
	rows := func(n int) float32 { return float32(n)*(widgets.Touch+widgets.Grid) - widgets.Grid }
	parts := []part{}
	if tabs != nil {
		parts = append(parts, sized(tabs, widgets.Touch, widgets.Touch), space(widgets.Grid))
	}
	parts = append(parts, grow(grid, rows(p.rows)), space(2*widgets.Grid), sized(lines, rows(p.lines), rows(p.lines)))
	return stack(false, parts...), controls
}

// groupTabs choose a page of items; where there are more than fit, the last tab turns to
// the next ones.
func (k *Kiosk) groupTabs(most int) (fyne.CanvasObject, []widgets.Control) {
	if len(k.Items) < 2 {
		return nil, nil
	}
	var objects []fyne.CanvasObject
	var controls []widgets.Control
	tab := func(id, label string, style widgets.KeyStyle, press func()) {
		key := k.newKey(label, style, press)
		objects, controls = append(objects, key), append(controls, widgets.Control{ID: id, Object: key})
	}
	shown, from := most, 0
	if len(k.Items) > most {
		shown = most - 1
		from = k.group / shown * shown
	}
	for i := from; i < min(from+shown, len(k.Items)); i++ {
		style := widgets.LeaveKey
		if i == k.group {
			style = widgets.PlainKey
		}
		tab(fmt.Sprintf("group.%d", i), k.Items[i].Name, style, func() { k.group = i; k.build() })
	}
	if len(k.Items) > most {
		pages := (len(k.Items) + shown - 1) / shown
		tab("groups", k.book.Say("terminal.action.more", "page", from/shown+1, "pages", pages), widgets.LeaveKey, func() {
			if k.group = from + shown; k.group >= len(k.Items) {
				k.group = 0
			}
			k.build()
		})
	}
	return container.New(cells{columns: most}, objects...), controls
}

// itemGrid is one group's items. A group of more than fit is cut into pages that are
// turned by the last cell.
func (k *Kiosk) itemGrid(across, down int) (fyne.CanvasObject, []widgets.Control) {
	k.group = min(k.group, len(k.Items)-1)
	items, most := k.Items[k.group].Items, across*down
	pages, shown := 1, most
	if len(items) > most {
		shown = most - 1
		pages = (len(items) + shown - 1) / shown
	}
	k.itemPage %= pages
	from := k.itemPage * shown
	var objects []fyne.CanvasObject
	var controls []widgets.Control
	for i := from; i < min(from+shown, len(items)); i++ {
		item := items[i]
		key := k.newKey(item.Name+"\n"+item.Price.Format(k.book.Tag()), widgets.PlainKey, func() { k.addItem(item) })
		objects, controls = append(objects, key), append(controls, widgets.Control{ID: fmt.Sprintf("item.%d", i), Object: key})
	}
	if pages > 1 {
		next := k.newKey(k.book.Say("terminal.action.more", "page", k.itemPage+1, "pages", pages), widgets.LeaveKey, func() { k.itemPage++; k.build() })
		objects, controls = append(objects, next), append(controls, widgets.Control{ID: "items", Object: next})
	}
	return container.New(cells{columns: across, rows: down}, objects...), controls
}

// billLines are the last lines of the bill, each with a key for one less and one more.
func (k *Kiosk) billLines(most int) (fyne.CanvasObject, []widgets.Control) {
	var objects []fyne.CanvasObject
	var controls []widgets.Control
	lines, shown := k.bill.lines, most
	if len(lines) > most {
		shown = most - 1
	}
	k.first = min(max(k.first, 0), max(len(lines)-shown, 0))
	for n := k.first; n < min(k.first+shown, len(lines)); n++ {
		row, more := k.billLine(n, lines[n])
		objects, controls = append(objects, row), append(controls, more...)
	}
	if len(lines) > most {
		label := k.book.Say("terminal.items.lines", "from", k.first+1, "to", k.first+shown, "count", len(lines))
		next := k.newKey(label, widgets.LeaveKey, func() {
			if k.first += shown; k.first >= len(lines) {
				k.first = 0
			}
			k.build()
		})
		objects, controls = append(objects, next), append(controls, widgets.Control{ID: "lines", Object: next})
	}
	return container.New(cells{columns: 1, rows: most}, objects...), controls
}

func (k *Kiosk) billLine(n int, l sale.Item) (fyne.CanvasObject, []widgets.Control) {
	lang := k.book.Tag()
	less := k.newKey("−", widgets.LeaveKey, func() { k.changeLine(n, -1) })
	more := k.newKey("+", widgets.PlainKey, func() { k.changeLine(n, 1) })
	what := widgets.NewParagraph(strconv.FormatInt(l.Quantity, 10)+" × "+l.Text, widgets.SizeBody, widgets.ColorText, fyne.TextAlignLeading, 240)
	sum := widgets.NewParagraph(k.of(int64(l.Sum())).Format(lang), widgets.SizeBody, widgets.ColorText, fyne.TextAlignTrailing, 140)
	words := container.New(columns{left: 0.56, gap: widgets.Grid}, middle(what), middle(sum))
	row := container.NewBorder(nil, nil, container.NewHBox(yielding(less, widgets.Touch, widgets.Touch), gap(widgets.Grid)),
		container.NewHBox(gap(widgets.Grid), yielding(more, widgets.Touch, widgets.Touch)), words)
	return row, []widgets.Control{{ID: fmt.Sprintf("less.%d", n), Object: less}, {ID: fmt.Sprintf("more.%d", n), Object: more}}
}

// addItem puts an item on the bill. What was keyed beside it is money, not a number of
// items, and stays.
func (k *Kiosk) addItem(i Item) {
	next, err := k.bill.add(sale.Item{Text: i.Name, Quantity: 1, Each: amountOf(i.Price), Tax: i.Tax}, k.keyedMinor())
	k.bill, k.trouble = next, k.sayTrouble(err)
	for n, l := range k.bill.lines {
		if l.Text == i.Name { // so that it is seen
			k.first = n - k.panel().lines + 1
			break
		}
	}
	k.build()
}

// keepKeyed makes a line of what was keyed, so that another price can be.
func (k *Kiosk) keepKeyed() {
	minor := k.keyedMinor()
	if len(k.Items) == 0 || minor == 0 {
		return
	}
	next, err := k.bill.add(sale.Item{Text: k.book.Say("terminal.items.keyed"), Quantity: 1, Each: amountOf(k.of(minor)), Tax: k.KeyedTax}, 0)
	if err == nil {
		k.entry = k.entry.Clear()
	}
	k.bill, k.trouble, k.first = next, k.sayTrouble(err), len(next.lines)
	k.build()
}

// changeLine makes a line of the bill more or less.
func (k *Kiosk) changeLine(n int, by int64) {
	next, err := k.bill.change(n, by, k.keyedMinor())
	k.bill, k.trouble = next, k.sayTrouble(err)
	k.build()
}
