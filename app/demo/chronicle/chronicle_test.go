package chronicle

import (
	"context"
	"errors"
	"image"
	"log/slog"
	"testing"
	"time"

	"countersign/protocol/steps"
)

// logger is a party's log, as the programs have it.
func logger(c *Chronicle, party string) *slog.Logger {
	return slog.New(slog.NewJSONHandler(writer(func(line []byte) { c.Logged(party, line) }), nil))
}

type writer func([]byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }

func TestEntries(t *testing.T) {
	c := New(time.Now)
	steps.Log(t.Context(), logger(c, "terminal"), steps.Answered, 1900*time.Microsecond,
		"sale", "01234567", "number", uint64(7), "ending", "paid", "settlement", uint64(1)<<63)
	logger(c, "settlement").Info("refused", "step", 14, "sale", "01234567", "result", "funds")
	for _, junk := range []string{"", "panic: oh", `{"msg":"no time"}`, `{"time":"2026-01-02T03:04:05Z"}`, `[]`, `null`, `7`} {
		c.Logged("wallet", []byte(junk))
		c.Announced("wallet", []byte(junk))
	}
	if n := c.Len(); n != 2 {
		t.Fatalf("%d events", n)
	}
	e, after, err := c.Wait(t.Context(), 0, Step("terminal", 15))
	if err != nil || after != 1 || e.Entry.Took != 1900*time.Microsecond || e.Entry.Sale != "01234567" || e.Entry.Number != 7 {
		t.Errorf("%+v, %d, %v", e.Entry, after, err)
	}
	if got := e.Entry.Text("settlement"); got != "9223372036854775808" {
		t.Errorf("reference %s", got)
	}
	if e, _, _ = c.Wait(t.Context(), 1, Said("settlement", "refused", "result", "funds")); e.Entry.Step != 0 {
		t.Error("an entry about a step is not the step")
	}
	if _, found := c.Find(0, c.Len(), Said("settlement", "refused", "result", "finger")); found {
		t.Error("found what was not said")
	}
}

func TestScreens(t *testing.T) {
	c := New(time.Now)
	c.Announced("terminal", []byte(`{"screen":"amount","language":"en","window":[1280,800],"targets":{"key.7":[24,300,120,96]}}`))
	c.Announced("wallet", []byte(`{"screen":"home","targets":{}}`))
	c.Announced("wallet", []byte(`{"trusted":{"screen":"trusted-pin","targets":{"key.1":[1,2,3,4]}}}`))
	s := c.Now("terminal")
	if s == nil || s.Name != "amount" || s.Window != image.Pt(1280, 800) || s.Targets["key.7"] != image.Rect(24, 300, 144, 396) {
		t.Fatalf("%+v", s)
	}
	if !s.Has("key.7") || s.Has("charge") || c.Now("desk") != nil {
		t.Error("controls or parties that are not there")
	}
	c.Announced("terminal", []byte(`{"screen":"present","targets":{"cancel":[1,1,9,9],"notice.2":[1,20,9,9]}}`))
	if got := c.Now("terminal").Notice(); got != "notice.2" || s.Notice() != "" {
		t.Errorf("notice %q, %q", got, s.Notice())
	}
	if _, found := c.Find(0, 2, WithControl("terminal", "charge", "amount")); found {
		t.Error("found a control that cannot be seen")
	}
}

// A wait ends with the event, and with the context's cause.
func TestWait(t *testing.T) {
	c := New(time.Now)
	got := make(chan error, 1)
	go func() {
		_, _, err := c.Wait(t.Context(), 0, OnScreen("wallet", "outcome"))
		got <- err
	}()
	for range 100 {
		c.Announced("terminal", []byte(`{"screen":"amount"}`))
	}
	c.Announced("wallet", []byte(`{"screen":"outcome"}`))
	if err := <-got; err != nil {
		t.Fatal(err)
	}
	cause := errors.New("the terminal died")
	ctx, end := context.WithCancelCause(t.Context())
	end(cause)
	if _, _, err := c.Wait(ctx, c.Len(), OnScreen("wallet", "outcome")); !errors.Is(err, cause) {
		t.Errorf("%v", err)
	}
}

// Nothing that a program writes breaks the reading of it.
func FuzzLine(f *testing.F) {
	f.Add([]byte(`{"time":"2026-01-02T03:04:05.6Z","level":"INFO","msg":"step","step":3,"ms":1.9,"sale":"0a"}`))
	f.Add([]byte(`{"time":"2026-01-02T03:04:05Z","msg":"step","step":"x","ms":null,"number":-1}`))
	f.Add([]byte(`{"trusted":{"screen":"trusted-pin","targets":{}},"screen":null}`))
	f.Add([]byte(`{"screen":"amount","window":[1280,800],"targets":{"a":[1,2,3,4]}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		c := New(time.Now)
		c.Logged("a", line)
		c.Announced("a", line)
		for from := 0; from < c.Len(); {
			e, after, err := c.Wait(t.Context(), from, func(Event) bool { return true })
			if err != nil || (e.Entry == nil) == (e.Screen == nil) {
				t.Fatalf("%+v, %v", e, err)
			}
			from = after
		}
	})
}
