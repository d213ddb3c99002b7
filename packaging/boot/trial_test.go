package main

import (
	"errors"
	"image"
	"image/color"
	"strings"
	"testing"
)

func TestCheckPrintsTAP(t *testing.T) {
	var out strings.Builder
	trial := &trial{out: &out}
	trial.check("one", func() error { return nil })
	trial.check("two", func() error { return errors.New("first line\nsecond") })
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "ok 1 - one # ") || !strings.HasPrefix(lines[1], "not ok 2 - two # ") ||
		lines[2] != "# first line" || lines[3] != "# second" {
		t.Errorf("%q", lines)
	}
	if trial.count != 2 || trial.failed != 1 {
		t.Errorf("%d checks, %d failed", trial.count, trial.failed)
	}
}

func TestPictures(t *testing.T) {
	one, other := image.NewRGBA(image.Rect(0, 0, 10, 10)), image.NewRGBA(image.Rect(0, 0, 10, 10))
	if colours(one) != 1 || alike(one, other) != 1 {
		t.Errorf("%d colours, %v alike", colours(one), alike(one, other))
	}
	other.Set(3, 4, color.White)
	if colours(other) != 2 || alike(one, other) != 0.99 {
		t.Errorf("%d colours, %v alike", colours(other), alike(one, other))
	}
	if alike(one, image.NewRGBA(image.Rect(0, 0, 9, 10))) != 0 {
		t.Error("pictures of two sizes are alike")
	}
}

// What a customer may press is a list of names that the emulator knows.
func TestChords(t *testing.T) {
	for _, group := range chords {
		for _, chord := range group.keys {
			for name := range strings.SplitSeq(chord, "-") {
				if name == "" || strings.ToLower(name) != name {
					t.Errorf("%s: %q", group.what, chord)
				}
			}
		}
	}
}
