package storepage

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
)

// level says how much something matters.
type level uint8

const (
	levelGood level = iota
	levelQuiet
	levelAttention
	levelBad
)

// String is the level's class on the page.
func (l level) String() string {
	return [...]string{"good", "quiet", "attention", "bad"}[l]
}

// When things begin to matter.
const (
	lateAfter        = 3 * time.Minute  // a terminal says how it is every minute
	silentAfter      = 15 * time.Minute // with a shift open
	certificateSoon  = 2                // days: a terminal renews with a third of its certificate's life left, days before
	clockOff         = 30 * time.Second
	anchorAfter      = 26 * time.Hour // the journal's head is lodged with every Z report
	mostGapsTold     = 8
	contradictedLong = 7 * 24 * time.Hour // for how long a contradiction is told after the last one
)

// terminal is what is known of one.
type terminal struct {
	name  protocol.ID
	known bool // has ever said how it is
	ledger.TerminalState
	status protocol.TerminalStatus
	silent time.Duration
	head   settle.HeadState
	anchor ledger.Anchor
	gaps   []gap
	// wrong are the phrases of what is not as it should be, the worst first.
	wrong []finding
}

// gap is Z reports that were not received, both included.
type gap struct{ from, to uint64 }

// finding is a phrase and how much it matters.
type finding struct {
	level  level
	phrase string
}

// level is that of the worst finding.
func (t terminal) level() level {
	worst := levelGood
	for _, w := range t.wrong {
		worst = max(worst, w.level)
	}
	return worst
}

// findTerminals returns a merchant's terminals, those with problems first.
func (s *Server) findTerminals(r ledger.Snapshot, merchant ledger.Account, now time.Time) ([]terminal, error) {
	if err := r.LookAhead(merchant.Terminals); err != nil {
		return nil, err
	}
	list := make([]terminal, 0, len(merchant.Terminals))
	for _, name := range merchant.Terminals {
		t, err := findTerminal(r, name, now)
		if err != nil {
			return nil, err
		}
		t.judge(now)
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b terminal) int { return cmp.Or(int(b.level())-int(a.level()), cmp.Compare(a.name, b.name)) })
	return list, nil
}

func findTerminal(r ledger.Snapshot, name protocol.ID, now time.Time) (t terminal, err error) {
	t.name = name
	t.TerminalState, err = r.TerminalState(name)
	if errors.Is(err, ledger.ErrNotFound) {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	signed, err := protocol.Parse[protocol.TerminalStatus](t.Message)
	if err != nil {
		return t, nil // of a later program; it counts as never heard
	}
	t.known, t.status, t.silent = true, signed.Unverified(), now.Sub(t.Heard.Time())
	anchors, err := settle.AnchorsFor(r, name, t.status)
	if err != nil {
		return t, err
	}
	t.anchor, t.head = anchors.Newest, anchors.Compare(t.status)
	for n := 1; n < len(t.Zs); n++ {
		t.gaps = append(t.gaps, gap{t.Zs[n-1].To + 1, t.Zs[n].From - 1})
	}
	return t, nil
}

// judge finds what is not as it should be.
func (t *terminal) judge(now time.Time) {
	find := func(wrong bool, l level, phrase string) {
		if wrong {
			t.wrong = append(t.wrong, finding{l, phrase})
		}
	}
	if !t.known {
		find(true, levelQuiet, "never")
		return
	}
	s := t.status
	closed := s.Shift == 0
	silent := t.silent > silentAfter
	find(t.head.Contradicts(), levelBad, "contradicts")
	find(!t.head.Contradicts() && t.Contradicted != 0 && now.Sub(t.Contradicted.Time()) < contradictedLong, levelBad, "contradicted")
	find(silent && !closed, levelBad, "silent")
	find(silent && closed, levelQuiet, "off")
	find(!silent && t.silent > lateAfter, levelAttention, "late")
	find(s.CertificateEnd.Time().Before(now), levelBad, "expired")
	find(len(t.gaps) > 0, levelBad, "gaps")
	failed := slices.ContainsFunc(t.Bad, func(d ledger.BadDevice) bool { return d.State == protocol.DeviceFailed })
	find(failed, levelBad, "failed")
	find(len(t.Bad) > 0 && !failed, levelAttention, "attention")
	find(s.Unknown > 0, levelAttention, "unknown")
	find(s.Reversals > 0, levelAttention, "reversals")
	find(s.Unsent > 0, levelAttention, "unsent")
	days := t.days(now)
	find(days >= 0 && days < certificateSoon, levelAttention, "expires")
	find(t.Heard.Time().Sub(s.At.Time()).Abs() > clockOff, levelAttention, "clock")
	find(s.Clock == protocol.ClockUnsynchronised, levelAttention, "unsynchronised")
	find(t.head.Kind == settle.HeadAhead && now.Sub(t.anchor.Received.Time()) > anchorAfter, levelAttention, "unlodged")
	slices.SortStableFunc(t.wrong, func(a, b finding) int { return int(b.level) - int(a.level) })
}

// days are whole ones until the certificate ends; below zero when it has.
func (t terminal) days(now time.Time) int {
	left := t.status.CertificateEnd.Time().Sub(now)
	if left < 0 {
		return -1
	}
	return int(left / (24 * time.Hour))
}
