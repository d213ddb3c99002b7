package storepage

import (
	"time"

	"countersign/app/settlement/settle"
)

// show writes what is known of a terminal.
func (t terminal) show(b *book, now time.Time) terminalCard {
	card := terminalCard{Name: string(t.name), Level: t.level().String(), Word: b.Say("terminal.good")}
	for n, w := range t.wrong {
		if n == 0 {
			card.Word = b.Say("terminal." + w.phrase)
		}
		if text := t.explain(b, w.phrase, now); text != "" {
			card.Notes = append(card.Notes, note{w.level.String(), text})
		}
	}
	add := func(name, value string, l level) {
		card.Facts = append(card.Facts, fact{b.Say("fact." + name), value, l.String()})
	}
	if !t.known {
		return card
	}
	s := t.status
	add("heard", b.Say("ago", b.For(t.silent)), levelGood)
	if s.Shift != 0 {
		add("shift", b.Say("shift.open", s.Shift, b.Time(s.ShiftSince.Time(), now)), levelGood)
	} else {
		add("shift", b.Say("shift.closed"), levelQuiet)
	}
	lastSale := b.Say("none")
	if s.LastSale != 0 {
		lastSale = b.Time(s.LastSale.Time(), now)
	}
	add("last-sale", lastSale, levelGood)
	waiting := levelGood
	if s.Unknown+s.Reversals+s.Unsent > 0 {
		waiting = levelAttention
	}
	sales := b.Say("sales.none")
	if s.Open+s.Unknown+s.Reversals+s.Unsent > 0 {
		sales = b.Say("sales.waiting", s.Open, s.Unknown, s.Reversals, s.Unsent)
	}
	add("sales", sales, waiting)
	add("devices", t.devices(b), levelGood)
	add("journal", t.journal(b, now), map[bool]level{true: levelBad}[t.head.Contradicts()])
	z := b.Say("z.none")
	if s.ZNumber != 0 {
		z = b.Say("z.last", s.ZNumber)
	}
	add("z", z, levelGood)
	add("certificate", b.Say("certificate.days", max(t.days(now), 0), b.Date(s.CertificateEnd.Time().In(now.Location()))), levelGood)
	add("version", s.Version, levelGood)
	return card
}

// devices counts those that work.
func (t terminal) devices(b *book) string {
	return b.Say("devices.working", len(t.status.Devices)-len(t.Bad), len(t.status.Devices))
}

// journal says how the head stands to what was lodged.
func (t terminal) journal(b *book, now time.Time) string {
	lodged := b.Time(t.anchor.Received.Time(), now)
	switch t.head.Kind {
	case settle.HeadMatches:
		return b.Say("head.matches", t.status.Sequence, lodged)
	case settle.HeadAhead:
		return b.Say("head.ahead", t.head.By, lodged)
	case settle.HeadOlder:
		return b.Say("head.older", t.head.By, lodged)
	case settle.HeadRewritten:
		return b.Say("head.rewritten", t.status.Sequence)
	case settle.HeadRolledBack:
		return b.Say("head.rolled-back", t.anchor.Sequence, t.status.Sequence)
	}
	return b.Say("head.none", t.head.By)
}

// explain says more of what is wrong.
func (t terminal) explain(b *book, phrase string, now time.Time) string {
	switch phrase {
	case "failed", "attention":
		text := ""
		for _, d := range t.Bad {
			if text != "" {
				text += "; "
			}
			text += b.Say("device.bad", b.Say("device."+d.Kind.String()), b.Say("state."+d.State.String()), b.Time(d.Since.Time(), now))
		}
		return text
	case "gaps":
		return b.Say("explain.gaps", b.gaps(t.gaps))
	case "contradicts":
		return b.Say("explain.contradicts", t.journal(b, now))
	case "contradicted":
		return b.Say("explain.contradicted", b.Time(t.Contradicted.Time(), now))
	case "silent", "late", "off":
		return b.Say("explain.silent", b.Time(t.Heard.Time(), now))
	case "expires", "expired":
		return b.Say("explain.expires", b.Date(t.status.CertificateEnd.Time().In(now.Location())))
	case "clock":
		return b.Say("explain.clock", b.For(t.Heard.Time().Sub(t.status.At.Time()).Abs()))
	case "unlodged":
		return b.Say("explain.unlodged", b.Time(t.anchor.Received.Time(), now))
	}
	return b.Say("explain." + phrase)
}
