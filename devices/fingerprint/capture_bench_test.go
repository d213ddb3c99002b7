//go:build linux && !race

// The race detector makes the extractor many times slower: nothing is timed under it.

package fingerprint_test

import (
	"testing"
	"time"

	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/protocol/minutiae"
)

// longestOverhead is what programs may add to the line's own time, from a capture to
// its template.
const longestOverhead = 100 * time.Millisecond

// timed reads one finger and returns how long it took from the look that finds it, and
// from the last report of the picture's bytes (the last but one packet), to the template.
func timed(t testing.TB, r *fingerprint.Reader) (all, afterTheLine time.Duration) {
	t.Helper()
	var found, last time.Time
	_, _, _, err := r.Read(t.Context(), func(p fingerprint.Progress) {
		if p.Stage == fingerprint.Reading {
			if last = time.Now(); p.Received == 0 {
				found = last
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	end := time.Now()
	return end.Sub(found), end.Sub(last)
}

// lying returns a reader of a sensor on which a finger lies, whose line takes no time.
func lying(t testing.TB, model virtualsensor.Model, e fingerprint.Extractor) *fingerprint.Reader {
	t.Helper()
	v := plugIn(t, virtualsensor.Options{Model: model, Unpaced: true, Baud: 115200})
	v.Place(print(t, "101_1"))
	r := fingerprint.NewReader(fingerprint.Settings{Port: v.Path(), Baud: 115200}, e, minutiae.Large)
	t.Cleanup(func() { r.Close() })
	if err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

// With a line that takes no time, all that a capture takes is what the programs add
// to it: driver, gate, extractor (libfprint in a process of its own), template, and
// the virtual sensor besides. The best of some captures counts, for other programs
// run here too.
func TestCaptureAddsLittleToTheLine(t *testing.T) {
	e := extraction.New()
	defer e.Close()
	r := lying(t, virtualsensor.ZFM20, e)
	least := time.Hour
	for range 40 {
		all, _ := timed(t, r)
		if least = min(least, all); least <= longestOverhead {
			break
		}
	}
	if least > longestOverhead {
		t.Errorf("%v, more than %v", least, longestOverhead)
	}
}

// BenchmarkCapture is a whole capture on a line that takes no time; after-ms is the
// part of it that comes after the picture's last bytes.
func BenchmarkCapture(b *testing.B) {
	own := extraction.New()
	defer own.Close()
	for name, model := range map[string]virtualsensor.Model{"ZFM-20": virtualsensor.ZFM20, "R503": virtualsensor.R503} {
		for with, e := range map[string]fingerprint.Extractor{
			"driver and gate": &extractor{found: someMinutiae(30)}, "and extractor": own,
		} {
			b.Run(name+"/"+with, func(b *testing.B) {
				r := lying(b, model, e)
				var after time.Duration
				for b.Loop() {
					_, a := timed(b, r)
					after += a
				}
				b.ReportMetric(after.Seconds()*1000/float64(b.N), "after-ms")
			})
		}
	}
}
