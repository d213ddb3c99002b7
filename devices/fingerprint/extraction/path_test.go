//go:build linux && cgo

package extraction_test

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"testing"
	"time"

	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/protocol/minutiae"
)

func print(t testing.TB, finger, impression int) image.Image {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("../testdata/prints/%d_%d.png", finger, impression))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	i, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// live is a made-up print as it came through the whole path.
type live struct {
	finger, impression int
	minutiae           []minutiae.Minutia
}

// capture sends the first impressions of the made-up fingers, of which there are six, through the whole path: glass, line, driver,
// gate, extractor, template.
func capture(t testing.TB, e fingerprint.Extractor, o virtualsensor.Options, size minutiae.Size, fingers, impressions int) []live {
	t.Helper()
	o.Unpaced, o.Baud = true, 115200
	v, err := virtualsensor.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	r := fingerprint.NewReader(fingerprint.Settings{
		Port: v.Path(), Baud: 115200, Poll: time.Millisecond,
	}, e, size)
	defer r.Close()
	var all []live
	for finger := 101; finger < 101+fingers; finger++ {
		for impression := 1; impression <= impressions; impression++ {
			v.Place(print(t, finger, impression))
			template, _, _, err := r.Read(t.Context(), nil)
			if err != nil {
				t.Fatalf("%d_%d: %v", finger, impression, err)
			}
			ms, err := minutiae.Decode(template)
			if err != nil {
				t.Fatalf("%d_%d: %v", finger, impression, err)
			}
			all = append(all, live{finger, impression, ms})
		}
	}
	return all
}

// Every pair of impressions of one made-up finger matches, and scores higher than any
// pair of two fingers does, through the whole path, on both sizes of glass and of
// template. Where the threshold lies between two fingers is not asked: one machine
// made them all, and they are more alike than people's.
func TestMadeUpFingersAreToldApart(t *testing.T) {
	lib, pure, apart := extraction.Libfprint{}, extraction.Ridges{}, extraction.NewApart("")
	t.Cleanup(func() {
		if err := apart.Close(); err != nil {
			t.Error(err)
		}
	})
	for name, c := range map[string]struct {
		e           fingerprint.Extractor
		o           virtualsensor.Options
		size        minutiae.Size
		impressions int
	}{
		"ZFM-20, 60 minutiae":   {lib, virtualsensor.Options{Model: virtualsensor.ZFM20}, minutiae.Large, 4},
		"ZFM-20, 40 minutiae":   {lib, virtualsensor.Options{Model: virtualsensor.ZFM20}, minutiae.Small, 4},
		"R503, 40 minutiae":     {lib, virtualsensor.Options{Model: virtualsensor.R503}, minutiae.Small, 4},
		"ZFM-20, unsteady hand": {lib, virtualsensor.Options{Model: virtualsensor.ZFM20, Unsteady: 12, Seed: 1}, minutiae.Large, 2},
		"ZFM-20, in Go":         {pure, virtualsensor.Options{Model: virtualsensor.ZFM20}, minutiae.Large, 4},
		"R503, in Go, unsteady": {pure, virtualsensor.Options{Model: virtualsensor.R503, Unsteady: 12, Seed: 5}, minutiae.Small, 3},
		"ZFM-20, apart":         {apart, virtualsensor.Options{Model: virtualsensor.ZFM20}, minutiae.Large, 2},
		"R503, unsteady hand":   {lib, virtualsensor.Options{Model: virtualsensor.R503, Unsteady: 12, Seed: 2}, minutiae.Large, 2},
	} {
		t.Run(name, func(t *testing.T) {
			fingers, n := 6, c.impressions
			if underRace {
				fingers, n = 3, 2
			}
			all := capture(t, c.e, c.o, c.size, fingers, n)
			genuine, impostor := scores{low: minutiae.MaxScore}, scores{low: minutiae.MaxScore}
			for i, a := range all {
				for _, b := range all[i+1:] {
					s := minutiae.Compare(a.minutiae, b.minutiae)
					if a.finger == b.finger && !s.Match() {
						t.Errorf("%d_%d with %d_%d: score %d", a.finger, a.impression, b.finger, b.impression, s)
					}
					if a.finger == b.finger {
						genuine.add(s)
						if minutiae.ImplausiblyClose(a.minutiae, b.minutiae) {
							t.Errorf("%d_%d with %d_%d: taken for a replay", a.finger, a.impression, b.finger, b.impression)
						}
					} else {
						impostor.add(s)
					}
				}
			}
			if genuine.low <= impostor.high {
				t.Errorf("the least score of one finger is %d, the highest of two is %d", genuine.low, impostor.high)
			}
			t.Logf("%d genuine pairs %d to %d, %d impostor pairs %d to %d, threshold %d", genuine.n, genuine.low, genuine.high,
				impostor.n, impostor.low, impostor.high, minutiae.ProvisionalThreshold)
			// As many pairs of one finger as its impressions make, and each with all of the other fingers'.
			if genuine.n != fingers*n*(n-1)/2 || impostor.n != fingers*(fingers-1)/2*n*n {
				t.Errorf("%d genuine and %d impostor pairs", genuine.n, impostor.n)
			}
		})
	}
}

type scores struct {
	n         int
	low, high minutiae.Score
}

func (s *scores) add(v minutiae.Score) {
	s.n++
	s.low, s.high = min(s.low, v), max(s.high, v)
}

// One finger lying still under a perfect sensor gives the same template again,
// which settlement takes for a replay; under a sensor with noise it does not.
func TestTwoCapturesOfALyingFinger(t *testing.T) {
	fingers := 6
	if underRace {
		fingers = 2
	}
	for name, c := range map[string]struct {
		unsteady int
		want     bool
	}{"perfect": {0, true}, "unsteady": {12, false}} {
		o := virtualsensor.Options{Unsteady: c.unsteady, Seed: 3}
		first, second := capture(t, extraction.Libfprint{}, o, minutiae.Large, fingers, 1), capture(t, extraction.Libfprint{}, virtualsensor.Options{Unsteady: c.unsteady, Seed: 4}, minutiae.Large, fingers, 1)
		replays := 0
		for i := range first {
			if s := minutiae.Compare(first[i].minutiae, second[i].minutiae); !s.Match() {
				t.Errorf("%s: print %d does not match itself: %d", name, i, s)
			}
			if minutiae.ImplausiblyClose(first[i].minutiae, second[i].minutiae) {
				replays++
			}
		}
		if c.want && replays != len(first) || !c.want && replays != 0 {
			t.Errorf("%s: %d of %d taken for replays", name, replays, len(first))
		}
	}
}
