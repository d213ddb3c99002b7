package extraction

import (
	"bytes"
	"context"
	"errors"
	"image"
	"math"
	"testing"

	"countersign/devices/fingerprint/extraction/ridges"
	"countersign/protocol/minutiae"
)

func TestFromRidges(t *testing.T) {
	got := fromRidges([]ridges.Minutia{
		{X: 100, Y: 200, Angle: math.Pi / 2, Kind: ridges.Ending, Reliability: 0.5},
		{X: 100.4, Y: 200.3, Angle: -0.01, Kind: ridges.Fork, Reliability: 0.9}, // more reliable, same place
		{X: 10, Y: 20, Angle: -math.Pi / 2, Kind: ridges.Ending, Reliability: 0.1},
		{X: 30, Y: 20, Angle: math.Pi, Kind: ridges.Fork, Reliability: 0.2},
		{X: 0, Y: 0.3, Kind: ridges.Ending, Reliability: 0.9},  // reserved place
		{X: 600, Y: 20, Kind: ridges.Ending, Reliability: 0.9}, // beyond 25.5 mm
	})
	want := []minutiae.Minutia{
		{X: 51, Y: 102, Kind: minutiae.Bifurcation, Angle: 0}, {X: 15, Y: 10, Kind: minutiae.Bifurcation, Angle: 32},
		{X: 5, Y: 10, Kind: minutiae.Ending, Angle: 48},
	}
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d: %v, want %v", i, got[i], want[i])
		}
	}
}

func TestRidgesRefuse(t *testing.T) {
	good := image.NewGray(image.Rect(0, 0, 256, 288))
	for name, c := range map[string]struct {
		g   *image.Gray
		dpi int
	}{
		"none": {nil, 500}, "no resolution": {good, 0}, "too fine": {good, 5000}, "too coarse": {good, 50},
		"empty": {image.NewGray(image.Rectangle{}), 500}, "too large": {image.NewGray(image.Rect(0, 0, 3000, 3000)), 500},
	} {
		if ms, err := (Ridges{}).Extract(context.Background(), c.g, c.dpi); !errors.Is(err, ErrPicture) {
			t.Errorf("%s: %d minutiae, %v", name, len(ms), err)
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (Ridges{}).Extract(ended, good, 500); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	before := bytes.Clone(good.Pix)
	if ms, err := (Ridges{}).Extract(context.Background(), good, 500); err != nil || len(ms) != 0 || !bytes.Equal(before, good.Pix) {
		t.Errorf("black: %v, %v", ms, err)
	}
}
