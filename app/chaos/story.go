package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/app/program/victim"
	"countersign/devices/contactless/virtualcard"
	"countersign/protocol"
)

// story is what happens at a stall when nothing else goes wrong: a sale by tap, whole
// or torn at PAY by a phone that leaves then.
type story struct {
	name string
	// tear is when the phone leaves around PAY, if it does.
	tear virtualcard.Cut
	// give has the cashier give the torn tap up; the same phone pays the next sale.
	give bool
	// large is an amount that the owner confirms on the phone, then taps again.
	large bool
}

func stories() []story {
	return []story{
		{name: "a tap"},
		{name: "torn after it was deducted", tear: virtualcard.Unanswered},
		{name: "torn before it was deducted", tear: virtualcard.Unheard},
		{name: "given up after it was deducted", tear: virtualcard.Unanswered, give: true},
		{name: "given up before it was deducted", tear: virtualcard.Unheard, give: true},
		{name: "confirmed by the owner", large: true},
	}
}

// Who may be killed.
const (
	theTerminal    = "terminal"
	theClient      = "wallet's client"
	theTrusted     = "trusted application"
	theEnvironment = "hardware environment"
	theSettlement  = "settlement"
)

// mishap is what else goes wrong in a story: the phone leaves once more, or a process
// is killed. The zero mishap is none.
type mishap struct {
	// visit counts the stays in the field, from 1, the one that is torn by the story
	// apart; the phone leaves then around an APDU.
	visit int
	cut   visit
	what  string // the APDU, for reports
	// who is killed at a point when it is come to for the n-th time. The hardware
	// environment, which has none, is killed while the client stands still at a point of its.
	who, point string
	n          int
}

func (m mishap) String() string {
	switch {
	case m.who != "":
		return fmt.Sprintf("%s killed at %s (%d)", m.who, m.point, m.n)
	case m.visit > 0:
		return fmt.Sprintf("stay %d, APDU %d (%s) %s", m.visit, m.cut.APDU, m.what, cutNames[m.cut.Cut])
	}
	return "nothing else"
}

var cutNames = map[virtualcard.Cut]string{
	virtualcard.Unheard: "unheard", virtualcard.Unanswered: "unanswered", virtualcard.Within: "cut within its answer", virtualcard.After: "the last one answered",
}

// told is what was seen of a story.
type told struct {
	visits  [][]string                // the APDUs of each stay, the torn one apart
	reached map[string]map[string]int // points, by who came to them
}

// errNotReached says that a mishap did not happen where it was to.
type errNotReached struct{ m mishap }

func (e errNotReached) Error() string { return "not reached: " + e.m.String() }

// mostTellings bounds how often a story is told until it comes to its mishap.
const mostTellings = 5

// strike tells a story until its mishap happens in it. A telling may go past one: a phone
// that the service did not see is held once more, and what follows is counted otherwise.
func (s *stall) strike(ctx context.Context, e errand) error {
	var past errNotReached
	for range mostTellings {
		_, err := s.tell(ctx, e.story, e.mishap)
		if !errors.As(err, &past) {
			return err
		}
		s.market.past.Add(1)
		if e.burn() {
			s.burnt = append(s.burnt, time.Now())
		}
	}
	return fmt.Errorf("%s, %d times: %w", e.name, mostTellings, past)
}

// mostTurns is more than any story takes.
const mostTurns = 14

// telling is a story under way.
type telling struct {
	*stall
	story
	mishap
	told
	struck bool // the mishap has happened
	torn   bool // the story has torn its tap
	given  bool // and the cashier has given it up
	paid   bool
}

// tell plays a story with a mishap to its end: nothing is in front of the terminal
// any more, and settlement has heard of all.
func (s *stall) tell(ctx context.Context, st story, m mishap) (told, error) {
	t := &telling{stall: s, story: st, mishap: m}
	err := t.play(ctx)
	if err == nil && m != (mishap{}) && !t.struck {
		err = errNotReached{m}
	}
	if err != nil {
		return t.told, fmt.Errorf("%s, %v: %w", st.name, m, err)
	}
	return t.told, s.topUp(ctx)
}

func (t *telling) play(ctx context.Context) error {
	if _, err := t.takeReached(ctx); err != nil {
		return err
	}
	if err := t.arm(ctx); err != nil {
		return err
	}
	for range mostTurns {
		if err := t.revive(ctx); err != nil {
			return err
		}
		over, err := t.turn(ctx)
		if err != nil {
			return err
		}
		if over {
			t.reached, err = t.takeReached(ctx)
			if err == nil {
				err = t.disarm(ctx)
			}
			return err
		}
	}
	return fmt.Errorf("it does not come to an end: it shows %+v\n%s", t.shows, t.tails())
}

// turn is the next thing that anybody does.
func (t *telling) turn(ctx context.Context) (over bool, err error) {
	switch t.shows.Stage {
	case "idle":
		if !t.paid {
			return false, t.begin(ctx, t.large)
		}
		err := t.await(ctx, "settlement has heard of all", func() bool { return t.dying != "" || t.shows.Unsent == 0 })
		return t.dying == "", err
	case "ended":
		t.paid = t.paid || t.shows.Ending == "paid" && (t.given || !t.give)
		return false, t.dismiss(ctx)
	case "torn":
		if t.give && !t.given {
			t.given = true
			t.cashier("cancel", nil)
			return false, t.await(ctx, "the tap is given up", func() bool { return t.dying != "" || t.shows.Stage == "ended" })
		}
	}
	return false, t.stay(ctx)
}

// stay is the next stay in the field.
func (t *telling) stay(ctx context.Context) error {
	if t.tear != virtualcard.Stay && !t.torn {
		err := t.tap(ctx, visit{Whole: protocol.TapInsPay, Cut: t.tear})
		t.torn = t.shows.Stage == "torn"
		return err
	}
	v := visit{}
	n := len(t.visits) + 1
	if n == t.mishap.visit {
		v = t.cut
	}
	if t.who == theEnvironment && !t.struck {
		if _, err := t.ask(ctx, "hold", t.point); err != nil {
			return err
		}
	}
	err := t.tap(ctx, v)
	t.visits = append(t.visits, t.apdus)
	if n == t.mishap.visit {
		t.struck = len(t.apdus) == v.APDU
	}
	return err
}

// party is who may be killed at points of its own.
func (t *telling) party() *process {
	return map[string]*process{theTerminal: t.terminal, theClient: t.wallet, theTrusted: t.trusted, theSettlement: t.market.settlement}[t.who]
}

func (t *telling) arm(context.Context) error {
	if p := t.party(); p != nil {
		t.watched = t.who == theSettlement
		p.tell(victim.Order{Do: victim.Arm, Points: []string{t.point}, After: t.mishap.n})
	}
	return nil
}

func (t *telling) disarm(ctx context.Context) error {
	defer func() { t.watched = false }()
	if p := t.party(); p != nil && !t.struck {
		_, err := t.askOf(ctx, p, victim.Disarm, nil)
		return err
	}
	return nil
}

// revive starts whoever has ended again.
func (t *telling) revive(ctx context.Context) error {
	if t.dying == "" {
		return nil
	}
	t.struck = true
	served := t.served
	if err := t.await(ctx, t.who+" has ended", func() bool {
		switch t.who {
		case theTerminal:
			return t.terminal == nil
		case theClient:
			return t.wallet == nil && t.trusted == nil
		case theSettlement:
			return t.market.settlement == nil
		}
		return t.served > served || t.again
	}); err != nil {
		return err
	}
	t.again = false
	var err error
	switch t.who {
	case theTerminal:
		err = t.openTerminal(ctx)
	case theClient:
		t.inside = false
		err = t.openWallet(ctx)
	case theSettlement:
		err = t.market.openSettlement(ctx)
	default:
		err = t.await(ctx, "the trusted application works", func() bool { return t.trusted != nil && t.environment != 0 })
	}
	t.dying = ""
	if err == nil {
		err = t.leave(ctx)
	}
	return err
}

// takeReached asks everybody which points they came to.
func (s *stall) takeReached(ctx context.Context) (map[string]map[string]int, error) {
	all := map[string]map[string]int{}
	for who, p := range map[string]*process{theTerminal: s.terminal, theClient: s.wallet, theTrusted: s.trusted} {
		raw, err := s.askOf(ctx, p, victim.Reached, nil)
		if err != nil {
			return nil, err
		}
		var points map[string]int
		if err := json.Unmarshal(raw, &points); err != nil {
			return nil, err
		}
		all[who] = points
	}
	return all, nil
}

// mishaps are all that may go wrong in a story, as a clean telling of it has shown.
func (t told) mishaps() (list []mishap) {
	for n, apdus := range t.visits {
		for i, what := range apdus {
			for _, cut := range []virtualcard.Cut{virtualcard.Unheard, virtualcard.Unanswered, virtualcard.Within, virtualcard.After} {
				list = append(list, mishap{visit: n + 1, cut: visit{APDU: i + 1, Cut: cut}, what: what})
			}
		}
		if n > 0 {
			continue
		}
		for i := range apdus {
			for _, point := range []string{"client.apdu.heard", "client.apdu.answered"} {
				list = append(list, mishap{who: theEnvironment, point: fmt.Sprintf("%s %d", point, i+1), n: 1})
			}
		}
	}
	for _, who := range []string{theTerminal, theClient, theTrusted} {
		for _, point := range sorted(t.reached[who]) {
			for n := range t.reached[who][point] {
				list = append(list, mishap{who: who, point: point, n: n + 1})
			}
		}
	}
	return list
}

func sorted(points map[string]int) (names []string) {
	for name := range points {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ofTaps says whether a terminal's or a trusted application's point is about taps.
func ofTaps(point string) bool {
	return strings.Contains(point, "tap") || strings.Contains(point, "abandon") || strings.HasPrefix(point, "purse.") || strings.HasPrefix(point, "client.apdu")
}
