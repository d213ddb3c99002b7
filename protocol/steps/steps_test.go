package steps

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"time"
)

func TestEveryStepIsNamed(t *testing.T) {
	seen := map[string]Step{}
	for s := Enrolled; s <= Answered; s++ {
		what := s.What()
		if what == "" || what == "unknown step" {
			t.Errorf("step %d has no words", s)
		}
		if other, twice := seen[what]; twice {
			t.Errorf("steps %d and %d are called the same", other, s)
		}
		seen[what] = s
	}
	for _, s := range []Step{-1, 0, 16} {
		if s.What() != "unknown step" {
			t.Errorf("step %d is %q", s, s.What())
		}
	}
}

func TestEveryTapStepIsNamed(t *testing.T) {
	seen := map[string]TapStep{}
	for s := TapLoaded; s <= TapPaid; s++ {
		what := s.What()
		if other, twice := seen[what]; twice || what == "" || what == "unknown step" {
			t.Errorf("%v is called %q, as %v is", s, what, other)
		}
		seen[what] = s
	}
	if TapPaid.String() != "S9" || TapStep(0).What() != "unknown step" || TapStep(10).What() != "unknown step" {
		t.Error("steps begin with S1 and end with S9")
	}
}

func TestLog(t *testing.T) {
	var out bytes.Buffer
	Log(t.Context(), slog.New(slog.NewJSONHandler(&out, nil)), PaymentOpened, 1500*time.Microsecond, "sale", "ab12")
	var line struct {
		Step int     `json:"step"`
		MS   float64 `json:"ms"`
		Sale string  `json:"sale"`
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if line.Step != 9 || line.MS != 1.5 || line.Sale != "ab12" {
		t.Errorf("have %+v from %s", line, out.Bytes())
	}
}
