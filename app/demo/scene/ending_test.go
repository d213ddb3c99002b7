package scene

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"
	"time"

	"countersign/app/demo/chronicle"
)

// happened is an event as a party's real log brings it.
func happened(t *testing.T, c *chronicle.Chronicle, party, message string, args ...any) chronicle.Event {
	t.Helper()
	var line bytes.Buffer
	slog.New(slog.NewJSONHandler(&line, nil)).Info(message, args...)
	at := c.Len()
	c.Logged(party, line.Bytes())
	e, found := c.Find(at, at+1, func(chronicle.Event) bool { return true })
	if !found {
		t.Fatalf("no event: %s", line.String())
	}
	return e
}

// Whose word an ending is comes from whose log tells it, and at the terminal from
// the reason: settlement's results are settlement's.
func TestEndings(t *testing.T) {
	for _, c := range []struct {
		party, message string
		args           []any
		want           string
	}{
		{"terminal", "step", []any{"step", 15, "ending", "paid", "reason", "", "settlement", uint64(123)}, "sale approved: 123"},
		{"terminal", "step", []any{"step", 15, "ending", "refused", "reason", "finger"}, "sale refused: finger (by settlement)"},
		{"terminal", "step", []any{"step", 15, "ending", "refused", "reason", "funds"}, "sale refused: funds (by settlement)"},
		{"terminal", "step", []any{"step", 15, "ending", "reversed", "reason", "reversed"}, "sale unknown: no answer came in time, the payment was taken back"},
		{"terminal", "sale ended here", []any{"ending", "expired", "reason", "timed-out"}, "sale refused: timed-out (by terminal)"},
		{"terminal", "sale ended here", []any{"ending", "cancelled", "reason", ""}, "sale refused: cancelled (by terminal)"},
		{"wallet", "stopped", []any{"reason", "not-genuine"}, "sale refused: not-genuine (by wallet)"},
	} {
		s := &Stage{Chronicle: chronicle.New(time.Now)}
		e := happened(t, s.Chronicle, c.party, c.message, c.args...)
		if !ended(e) {
			t.Errorf("%s: %s: is no ending", c.party, c.message)
			continue
		}
		if got := s.ending(e).String(); got != c.want {
			t.Errorf("%s: %s %v\n got %s\nwant %s", c.party, c.message, c.args, got, c.want)
		}
		// A wait for something else ends with it.
		var over *endedError
		if _, err := s.wait(t.Context(), "waiting", chronicle.OnScreen(terminal, "finger")); !errors.As(err, &over) || over.ending.String() != c.want {
			t.Errorf("waiting for something else: %v", err)
		}
	}
	c := chronicle.New(time.Now)
	if ended(happened(t, c, "settlement", "step", "step", 15, "result", "paid")) || ended(happened(t, c, "terminal", "step", "step", 13)) {
		t.Error("taken for the terminal's ending")
	}
}

// Only the right party's refusal, for the right reason, is one.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		got Ending
		ok  bool
	}{
		{Ending{Refused, "finger", settlement}, true},
		{Ending{Refused, "finger", terminal}, false},
		{Ending{Refused, "wallet", settlement}, false},
		{Ending{How: Approved, Reason: "1"}, false},
		{Ending{How: Unknown, Reason: "finger"}, false},
	} {
		err := refused("wrong-finger", c.got, settlement, "finger")
		var failure *Failure
		if (err == nil) != c.ok || err != nil && !errors.As(err, &failure) {
			t.Errorf("%s: %v", c.got, err)
		}
	}
}

func TestScenesAreTold(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range append(Scenes(), Sale(), Touch()) {
		if c.Name == "" || c.About == "" || c.Play == nil || c.Finger == "" || seen[c.Name] {
			t.Errorf("%+v", c)
		}
		seen[c.Name] = true
		if found, ok := Named(c.Name); !ok || len(found) != 1 || found[0].Name != c.Name {
			t.Errorf("%s is not found", c.Name)
		}
	}
}
