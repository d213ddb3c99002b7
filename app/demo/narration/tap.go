package narration

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/app/demo/chronicle"
	"countersign/protocol"
	"countersign/protocol/steps"
)

// tapDoers is the party that does each step of a tap, as package steps says. The last
// is told from the wallet, which deducts; that the terminal verified the result is
// seen by how the sale ends.
var tapDoers = [...]string{
	steps.TapLoaded: "wallet", steps.TapSelected: "terminal", steps.TapMatched: "wallet",
	steps.TapAsked: "terminal", steps.TapHanded: "wallet", steps.TapEncrypted: "wallet",
	steps.TapReturned: "wallet", steps.TapVerified: "terminal", steps.TapPaid: "wallet",
}

// tapWidth is room for the longest step of a tap.
const tapWidth = 68

// undeducted is what step S9 is when nothing was deducted, with why.
const undeducted = "nothing deducted, result returned: "

// TapStep is a step of a tap that was told.
type TapStep struct {
	Step  steps.TapStep
	Took  time.Duration
	Party string
	// Status is what S9 came to: protocol.TapStatus's name.
	Status string

	at time.Time
}

// taps tells the steps S1 to S9 of CN103942678A, phone by phone in the terminal's
// field. Terminal and wallet tell by two pipes, but by one clock: what came by the
// faster pipe waits until those before it were told.
type taps struct {
	waiting []TapStep // by their time
	told    []TapStep // of the present phone in the field
	loads   int       // S1 heard before it is told with step 1
}

// hearTap takes a step of a tap.
func (n *Narrator) hearTap(e chronicle.Event) {
	s := TapStep{Step: steps.TapStep(e.Entry.Tap), Took: e.Entry.Took, Party: e.Party, at: e.Entry.Time}
	if s.Step < steps.TapLoaded || s.Step > steps.TapPaid || tapDoers[s.Step] != e.Party {
		return
	}
	if s.Step == steps.TapPaid {
		if s.Status = e.Entry.Text("status"); s.Status == "" {
			return // the client application has handed on what the trusted one did
		}
	}
	if s.Step == steps.TapLoaded {
		if n.taps.loads++; n.enrolled != nil {
			n.tellTap(s)
		}
		return
	}
	at, _ := slices.BinarySearchFunc(n.taps.waiting, s.at, func(w TapStep, at time.Time) int { return w.at.Compare(at) })
	n.taps.waiting = slices.Insert(n.taps.waiting, at, s)
	n.passTaps()
}

// passTaps tells what it is the time for: the step after the last, or another phone
// in the field, with which the one before is over.
func (n *Narrator) passTaps() {
	t := &n.taps
	for len(t.waiting) > 0 {
		next := slices.IndexFunc(t.waiting, func(s TapStep) bool { return s.Step == steps.TapSelected })
		switch {
		case t.waiting[0].Step == t.last()+1:
			n.passTap(1)
		case next >= 0: // what came before it waits for nothing any more
			n.passTap(next + 1)
		default:
			return
		}
	}
}

// passTap tells the first steps that wait.
func (n *Narrator) passTap(count int) {
	for _, s := range n.taps.waiting[:count] {
		if s.Step == steps.TapSelected {
			n.taps.told = nil
		}
		n.taps.told = append(n.taps.told, s)
		n.tellTap(s)
	}
	n.taps.waiting = slices.Delete(n.taps.waiting, 0, count)
}

// last is the last step that was told; S1 lies behind every tap.
func (t *taps) last() steps.TapStep {
	if len(t.told) == 0 {
		return steps.TapLoaded
	}
	return t.told[len(t.told)-1].Step
}

// Taps are the steps of the present phone in the field that were told, in that
// order.
func (n *Narrator) Taps() []TapStep { return slices.Clone(n.taps.told) }

func (n *Narrator) tellTap(s TapStep) {
	what := s.Step.What()
	nothing := s.Step == steps.TapPaid && s.Status != protocol.TapDeducted.String()
	switch {
	case nothing && n.language == "zh":
		what = undeductedChinese + cmp.Or(statusChinese[s.Status], s.Status)
	case nothing:
		what = undeducted + s.Status
	case n.language == "zh":
		what = tapChinese[s.Step]
	}
	took := ""
	if s.Took > 0 {
		took = milliseconds(s.Took)
	}
	fmt.Fprintf(n.out, "%s  %s %9s   %s\n", s.Step, pad(what, tapWidth), took, s.Party)
}

// tapRefusal tells what a party's log says of a tap instead of a step.
func (n *Narrator) tapRefusal(e chronicle.Event) {
	text := func(names ...string) string {
		said := []string{e.Party, e.Entry.Message}
		for _, name := range names {
			if value := e.Entry.Text(name); value != "" {
				said = append(said, value)
			}
		}
		return strings.Join(said, ": ")
	}
	switch e.Party + ": " + e.Entry.Message {
	case "terminal: tap not taken", "terminal: tap torn", "terminal: torn tap given up", "wallet: tap refused":
		n.endTaps()
		n.Note(text("command", "status", "reason"))
	case "terminal: tap cleared":
		told := "settlement's answer to the tap: "
		if n.language == "zh" {
			told = clearedChinese
		}
		n.Note(told + e.Entry.Text("result"))
	case "wallet: torn tap recovered":
		n.endTaps()
		n.Note(text("status"))
	}
}

// endTaps tells the steps that still wait for others, which did not happen.
func (n *Narrator) endTaps() { n.passTap(len(n.taps.waiting)) }
