package main

import (
	"context"
	"encoding/json"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/app/accuracy/prints"
)

const madeUpPrints = "../../devices/fingerprint/testdata/prints"

func clock() func() time.Time {
	now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	return func() time.Time { now = now.Add(time.Millisecond); return now }
}

// copyPrints copies two impressions each of some made-up fingers into folders of a
// collection, changed a little when they are to be taken for prints that nobody knows.
func copyPrints(t *testing.T, to string, changed bool, fingers ...string) {
	t.Helper()
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, finger := range fingers {
		for _, impression := range []string{"_1.png", "_2.png"} {
			p, err := prints.Read(filepath.Join(madeUpPrints, finger+impression))
			if err != nil {
				t.Fatal(err)
			}
			picture := p.Gray.SubImage(image.Rect(40, 60, 300, 360))
			if !changed {
				picture = p.Gray
			}
			f, err := os.Create(filepath.Join(to, finger+impression))
			if err != nil {
				t.Fatal(err)
			}
			if err := png.Encode(f, picture); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func measureIn(t *testing.T, args ...string) (said, out string) {
	t.Helper()
	out = t.TempDir()
	var b strings.Builder
	if err := command(context.Background(), append([]string{"--out", out, "--jobs", "1"}, args...), &b, clock()); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, b.String())
	}
	return b.String(), out
}

func needExtractor(t *testing.T) {
	t.Helper()
	if len(extractors()) == 0 {
		t.Fatal("this build has no extractor")
	}
}

func TestNotMeasuredWithoutData(t *testing.T) {
	said, out := measureIn(t)
	if !strings.Contains(said, "not measured") {
		t.Errorf("said %q", said)
	}
	if left, _ := os.ReadDir(out); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

// Made-up prints are measured, and no threshold comes from them: neither from those
// that the project knows, nor from those that are marked or said to be made up.
func TestMadeUpPrintsGiveNoThreshold(t *testing.T) {
	needExtractor(t)
	known, marked, told := t.TempDir(), t.TempDir(), t.TempDir()
	copyPrints(t, known, false, "101", "102")
	copyPrints(t, filepath.Join(marked, "a"), true, "101", "102")
	if err := os.WriteFile(filepath.Join(marked, prints.Marker), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	copyPrints(t, filepath.Join(told, "a"), true, "101", "102")
	for name, args := range map[string][]string{
		"known": {"--data", known}, "marked": {"--data", marked},
		"told": {"--data", told, "--made-up", "a"},
	} {
		said, out := measureIn(t, args...)
		for _, want := range []string{"made up", "native", "compact 60", "compact 40", "  none: "} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: %q is missing in\n%s", name, want, said)
			}
		}
		if _, err := os.Stat(filepath.Join(out, "thresholds.json")); !os.IsNotExist(err) {
			t.Errorf("%s: thresholds were written (%v)", name, err)
		}
		if _, err := prints.Read(filepath.Join(out, "det.png")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestThresholdsSayWhatTheyRestOn(t *testing.T) {
	needExtractor(t)
	data := t.TempDir()
	copyPrints(t, filepath.Join(data, "x", "a"), true, "101", "102", "103")
	copyPrints(t, filepath.Join(data, "x", "b"), true, "104", "105")
	copyPrints(t, filepath.Join(data, "x", "c"), false, "101", "102")
	said, out := measureIn(t, "--data", filepath.Join(data, "x"), "--dpi", "b=510")
	if !strings.Contains(said, "taken for 510 dpi") || !strings.Contains(said, "14 prints of 7 fingers in 3 data bases") {
		t.Errorf("said\n%s", said)
	}
	text, err := os.ReadFile(filepath.Join(out, "thresholds.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file thresholdsFile
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if file.Set != "x" || !strings.HasPrefix(file.Date, "2026-05-04T03:") || len(file.Bases) != 3 || !file.Bases[2].MadeUp || file.Bases[1].MadeUp {
		t.Errorf("wrote %+v", file)
	}
	for _, m := range file.Measured {
		// Of a and b: 3 + 2 genuine, 12 + 4 impostor.
		if m.Genuine != 5 || m.Impostor != 16 {
			t.Errorf("%s: %d genuine, %d impostor", m.Template, m.Genuine, m.Impostor)
		}
		for _, threshold := range m.Thresholds {
			if threshold.Threshold != nil || !strings.Contains(threshold.Remark, "too few") {
				t.Errorf("%s: a threshold from 16 impostors: %v", m.Template, threshold)
			}
		}
	}
}

func TestCache(t *testing.T) {
	needExtractor(t)
	data := t.TempDir()
	copyPrints(t, data, true, "101")
	cache := t.TempDir()
	first, _ := measureIn(t, "--data", data, "--cache", cache)
	second, _ := measureIn(t, "--data", data, "--cache", cache)
	if strings.Contains(first, "from the cache") || !strings.Contains(second, "from the cache") {
		t.Errorf("first\n%s\nsecond\n%s", first, second)
	}
	err := command(context.Background(), []string{"--data", data, "--cache", "testdata/cache"}, &strings.Builder{}, clock())
	if err == nil || !strings.Contains(err.Error(), "outside") {
		t.Errorf("a cache in the project: %v", err)
	}
}

func TestMistakesAreTold(t *testing.T) {
	empty := t.TempDir()
	for _, args := range [][]string{
		{"--data", empty}, {"--data", filepath.Join(empty, "none")}, {"--dpi", "7"}, {"--dpi", "a=x"},
		{"--extractors", "nobody"}, {"more"},
	} {
		if err := command(context.Background(), append(args, "--out", empty), &strings.Builder{}, clock()); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
