// Package narration tells the steps of a sale, from the programs' logs, to
// whoever watches the demonstration: each of the fifteen steps of CN103985036A
// once, in their order, with how long it took and who did it; and S1 to S9 of
// CN103942678A for every phone in the terminal's field.
//
// The terminal and settlement both log the steps between them; a step is told
// from the log of the party that does it. Two programs' lines come by two pipes,
// and a phone with a sensor of its own takes the finger early, so that a step
// waits here until those before it were told. When a sale ends early, End tells
// what waits.
package narration

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"countersign/app/demo/chronicle"
	"countersign/protocol"
	"countersign/protocol/steps"
)

// doers are the parties that do each step, as package steps says.
var doers = [...][]string{
	steps.AmountKeyed:      {"terminal"},
	steps.RequestShown:     {"terminal"},
	steps.RequestRead:      {"wallet"},
	steps.TerminalVerified: {"wallet"},
	steps.PaymentSealed:    {"wallet"},
	steps.PaymentShown:     {"wallet"},
	steps.PaymentRead:      {"terminal"},
	steps.PaymentOpened:    {"terminal"},
	steps.ScrambleSpent:    {"terminal"},
	steps.FingerTaken:      {"terminal", "wallet"},
	steps.SealedToServer:   {"terminal"},
	steps.Submitted:        {"terminal"},
	steps.Verified:         {"settlement"},
	steps.Answered:         {"settlement"},
}

// refused is what step 15 is when settlement refuses.
const refused = "outcome answered, no money moved"

// Step is a step that was told.
type Step struct {
	Step  steps.Step
	Took  time.Duration
	Party string
	// Refused says that settlement answered, and moved nothing (step 15).
	Refused bool
}

// Narrator tells one sale after the other. It is not for concurrent use.
type Narrator struct {
	out      io.Writer
	language string

	certified Step   // step 1, as far as it was heard of
	enrolled  *Step  // the same, once it was told
	number    uint64 // the terminal's, of the sale that is told; 0 before the first
	sale      string // as package steps names it, once it is known
	waiting   map[steps.Step]Step
	told      []Step
	taps      taps
}

// New returns a narrator that writes to out, in English or, with "zh", in
// Chinese. What cannot be written is lost.
func New(out io.Writer, language string) *Narrator {
	return &Narrator{out: out, language: language, waiting: map[steps.Step]Step{}}
}

// Enrolled tells step 1, which comes before every sale: who was certified, by the
// authority's log, and how long that took it for all of them together; and S1 if the
// wallet has applied for a virtual card and loaded it.
func (n *Narrator) Enrolled() {
	n.enrolled = &n.certified
	n.tell(*n.enrolled)
	if n.taps.loads > 0 {
		n.tellTap(TapStep{Step: steps.TapLoaded, Party: tapDoers[steps.TapLoaded]})
	}
}

// Hear takes an event and tells what it is the time for.
func (n *Narrator) Hear(e chronicle.Event) {
	if e.Entry == nil {
		return
	}
	if e.Entry.Tap != 0 {
		n.hearTap(e)
		return
	}
	if e.Entry.Step == 0 {
		n.refusal(e)
		return
	}
	s := Step{Step: steps.Step(e.Entry.Step), Took: e.Entry.Took, Party: e.Party}
	s.Refused = s.Step == steps.Answered && e.Entry.Text("result") != protocol.ResultPaid.String()
	if s.Step == steps.Enrolled && e.Party == "authority" {
		n.certified.Step, n.certified.Took = s.Step, n.certified.Took+s.Took
		n.certified.Party = strings.TrimPrefix(n.certified.Party+", "+e.Entry.Text("role"), ", ")
		return
	}
	if s.Step < steps.AmountKeyed || s.Step > steps.Answered || !slices.Contains(doers[s.Step], e.Party) {
		return
	}
	if e.Party == "terminal" && s.Step == steps.AmountKeyed && e.Entry.Number != n.number {
		n.next(e.Entry.Number)
	}
	if e.Party == "terminal" && s.Step == steps.RequestShown && e.Entry.Number == n.number {
		n.sale = e.Entry.Sale
	}
	// Step 2 has no request yet; all others belong to one.
	if s.Step != steps.AmountKeyed && e.Entry.Sale != n.sale {
		return
	}
	if _, twice := n.waiting[s.Step]; twice || n.last() >= s.Step {
		return // another try
	}
	n.waiting[s.Step] = s
	for {
		next, ready := n.waiting[n.last()+1]
		if !ready {
			return
		}
		n.pass(next)
	}
}

// refusal tells what a party's log says instead of a step.
func (n *Narrator) refusal(e chronicle.Event) {
	reason := e.Entry.Text("reason")
	if reason == "" {
		reason = e.Entry.Text("ending")
	}
	if e.Party == "terminal" && e.Entry.Message == "code refused" {
		delete(n.waiting, steps.PaymentRead) // that was not this sale's payment
	}
	switch e.Party + ": " + e.Entry.Message {
	case "terminal: code refused", "terminal: sale ended here", "wallet: stopped":
		n.Note(e.Party + ": " + e.Entry.Message + ": " + reason)
	case "terminal: outcome unknown":
		n.Note(e.Party + ": " + e.Entry.Message)
	case "settlement: refused":
		n.Note(e.Party + ": " + e.Entry.Message + ": " + e.Entry.Text("result"))
	default:
		n.tapRefusal(e)
	}
}

// next begins to tell another sale.
func (n *Narrator) next(number uint64) {
	n.End()
	n.number, n.sale, n.told = number, "", nil
	if n.enrolled != nil {
		n.told = append(n.told, *n.enrolled)
	}
}

// End tells the steps that still wait for others, which did not happen.
func (n *Narrator) End() {
	for s := n.last() + 1; s <= steps.Answered; s++ {
		if waits, ok := n.waiting[s]; ok {
			n.pass(waits)
		}
	}
	n.endTaps()
}

// Told are the steps of the present sale that were told, in that order; step 1
// is the first where it is known.
func (n *Narrator) Told() []Step { return slices.Clone(n.told) }

// last is the last step that was told; step 1 lies behind every sale.
func (n *Narrator) last() steps.Step {
	if len(n.told) == 0 {
		return steps.Enrolled
	}
	return n.told[len(n.told)-1].Step
}

func (n *Narrator) pass(s Step) {
	delete(n.waiting, s.Step)
	n.told = append(n.told, s)
	n.tell(s)
}

func (n *Narrator) tell(s Step) {
	what := s.Step.What()
	switch {
	case s.Refused && n.language == "zh":
		what = refusedChinese
	case s.Refused:
		what = refused
	case n.language == "zh":
		what = chinese[s.Step]
	}
	fmt.Fprintf(n.out, "%2d  %s %9s   %s\n", s.Step, pad(what, 58), milliseconds(s.Took), s.Party)
}

// Note tells something else that happened, between the steps.
func (n *Narrator) Note(text string) { fmt.Fprintf(n.out, "    · %s\n", text) }

func milliseconds(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	if ms >= 100 {
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.1f ms", ms)
}

// pad fills a text up to a width; a Chinese character is two wide.
func pad(text string, width int) string {
	for _, r := range text {
		width--
		if r >= 0x2e80 {
			width--
		}
	}
	return text + strings.Repeat(" ", max(0, width))
}
