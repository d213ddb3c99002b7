package storepage

import (
	"cmp"
	"slices"

	"countersign/app/settlement/takings"
	"countersign/protocol"
)

// view is a page in a language: what the template writes, nothing to be decided.
type view struct {
	*book
	Shop, Reference, User string
	Languages             []languageLink
	Updated, Zone         string
	Level                 string // of the worst on the page
	Summary               []note
	Unresolved            []unresolvedRow
	More                  bool
	Periods               []periodCard
	Rails, ByTerminal     []sumRow
	Chart                 chart
	Terminals             []terminalCard
	Quiet                 bool // no problems at all
}

type languageLink struct {
	Tag, Name string
	Current   bool
}

// note is a line with a level.
type note struct{ Level, Text string }

type unresolvedRow struct{ What, Hint, Terminal, Amount, Reference, Since, Ago string }

type periodCard struct{ Name, Net, Sales, Back string }

type sumRow struct {
	Name  string
	Cells []sumCell
}

type sumCell struct{ Period, Net, Count string }

// fact is a word and what there is to say under it.
type fact struct{ Name, Value, Level string }

type terminalCard struct {
	Name, Level, Word string
	Notes             []note
	Facts             []fact
}

// show writes facts in a language.
func (f facts) show(b *book, user string) view {
	v := view{book: b, Shop: f.merchant.Name, Reference: f.merchant.ID.Number(), User: user, More: f.more,
		Updated: f.now.Format("15:04:05"), Zone: f.now.Format("MST")}
	if v.Shop == "" {
		v.Shop = v.Reference
	}
	for _, tag := range languages() {
		v.Languages = append(v.Languages, languageLink{tag, map[string]string{"en": "English", "zh": "中文", "de": "Deutsch"}[tag], tag == b.Tag})
	}
	worst := v.summarise(f)
	v.Level, v.Quiet = worst.String(), worst < levelAttention
	for _, u := range f.unresolved {
		row := unresolvedRow{What: b.Say("unresolved." + u.kind), Hint: b.Say("unresolved." + u.kind + ".hint"), Terminal: string(u.terminal),
			Amount: b.Money(int64(u.amount), f.merchant.Currency), Since: b.Time(u.since.Time(), f.now), Ago: b.Say("ago", b.For(f.now.Sub(u.since.Time())))}
		if u.reference != 0 {
			row.Reference = b.Say("number", u.reference)
		}
		v.Unresolved = append(v.Unresolved, row)
	}
	v.takings(f)
	for _, t := range f.terminals {
		v.Terminals = append(v.Terminals, t.show(b, f.now))
	}
	return v
}

// sumTable is a table of sums: the id of its heading, the names of its columns.
type sumTable struct {
	ID    string
	Names []string
	Rows  []sumRow
}

// Table makes one.
func (v view) Table(id string, rows []sumRow) sumTable {
	t := sumTable{ID: id, Rows: rows}
	for _, p := range v.Periods {
		t.Names = append(t.Names, p.Name)
	}
	return t
}

// Troubled are the terminals that somebody should look at, Untroubled the others.
func (v view) Troubled() []terminalCard { return v.terminals(true) }

// Untroubled is the rest of Troubled.
func (v view) Untroubled() []terminalCard { return v.terminals(false) }

func (v view) terminals(troubled bool) (some []terminalCard) {
	for _, t := range v.Terminals {
		if (t.Level == levelBad.String() || t.Level == levelAttention.String()) == troubled {
			some = append(some, t)
		}
	}
	return some
}

// Columns are the names of a terminal's facts.
func (v view) Columns() (names []string) {
	for _, name := range factNames() {
		names = append(names, v.Say("fact."+name))
	}
	return names
}

// factNames are the facts of a terminal, in the order in which they are shown.
func factNames() []string {
	return []string{"heard", "shift", "last-sale", "sales", "devices", "journal", "z", "certificate", "version"}
}

// summarise says first what is wrong, in one line each.
func (v *view) summarise(f facts) level {
	worst := levelGood
	say := func(l level, key string, count int) {
		if count > 0 {
			worst = max(worst, l)
			v.Summary = append(v.Summary, note{l.String(), v.Say(key, count)})
		}
	}
	counts := map[string]int{}
	for _, t := range f.terminals {
		for _, w := range t.wrong {
			counts[w.phrase]++
		}
		counts["sales-unknown"] += int(t.status.Unknown)
		counts["sales-reversals"] += int(t.status.Reversals)
		counts["sales-unsent"] += int(t.status.Unsent)
	}
	kinds := map[string]int{}
	for _, u := range f.unresolved {
		kinds[u.kind]++
	}
	say(levelBad, "sum.contradicts", counts["contradicts"]+counts["contradicted"])
	say(levelBad, "sum.gaps", counts["gaps"])
	say(levelBad, "sum.silent", counts["silent"])
	say(levelBad, "sum.failed", counts["failed"])
	say(levelBad, "sum.expired", counts["expired"])
	for _, kind := range kindsOfUnresolved {
		say(levelAttention, "sum."+kind, kinds[kind])
	}
	say(levelAttention, "sum.sales-unknown", counts["sales-unknown"])
	say(levelAttention, "sum.sales-reversals", counts["sales-reversals"])
	say(levelAttention, "sum.sales-unsent", counts["sales-unsent"])
	say(levelAttention, "sum.attention", counts["attention"])
	say(levelAttention, "sum.expires", counts["expires"])
	say(levelAttention, "sum.clock", counts["clock"]+counts["unsynchronised"])
	say(levelAttention, "sum.unlodged", counts["unlodged"])
	say(levelAttention, "sum.late", counts["late"])
	return worst
}

// takings writes the sums.
func (v *view) takings(f facts) {
	currency := f.merchant.Currency
	sales := func(count int) string {
		if count == 1 {
			return v.Say("sale", v.Number(1))
		}
		return v.Say("sales", v.Number(int64(count)))
	}
	cell := func(p period, s takings.Sums) sumCell {
		return sumCell{v.Say("period." + p.key), v.Money(s.Net(), currency), sales(s.PaidCount)}
	}
	rails := map[takings.Rail]*sumRow{}
	names := []protocol.ID{}
	for _, p := range f.periods {
		card := periodCard{Name: v.Say("period." + p.key), Net: v.Money(p.all.Net(), currency), Sales: sales(p.all.PaidCount)}
		if back := p.all.Refunded + p.all.Reversed; back != 0 {
			card.Back = v.Say("back", v.Money(back, currency), v.Number(int64(p.all.RefundedCount+p.all.ReversedCount)))
		}
		v.Periods = append(v.Periods, card)
		for _, rail := range []takings.Rail{takings.RailScan, takings.RailTap} {
			if rails[rail] == nil {
				rails[rail] = &sumRow{Name: v.Say("rail." + rail.String())}
			}
			rails[rail].Cells = append(rails[rail].Cells, cell(p, p.rails[rail]))
		}
		for name := range p.terminals {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	v.Rails = []sumRow{*rails[takings.RailScan], *rails[takings.RailTap]}
	slices.SortFunc(names, func(a, b protocol.ID) int {
		return cmp.Or(cmp.Compare(f.periods[3].terminals[b].Net(), f.periods[3].terminals[a].Net()), cmp.Compare(a, b))
	})
	for _, name := range names {
		row := sumRow{Name: string(name)}
		for _, p := range f.periods {
			row.Cells = append(row.Cells, cell(p, p.terminals[name]))
		}
		v.ByTerminal = append(v.ByTerminal, row)
	}
	v.Chart = draw(v.book, f)
}
