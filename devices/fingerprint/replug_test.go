//go:build linux

package fingerprint_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/protocol/minutiae"
)

// Guarantee 5: pulled out, put back, read again, by the same Reader.
func TestReadAfterReplug(t *testing.T) {
	o := quick
	o.Link = filepath.Join(t.TempDir(), "fingerprint")
	v := plugIn(t, o)
	v.Place(print(t, "101_1"))
	r := fingerprint.NewReader(settings(v.Path()), &extractor{found: someMinutiae(30)}, minutiae.Large)
	defer r.Close()
	read := func() error {
		_, _, _, err := r.Read(t.Context(), nil)
		return err
	}
	if err := read(); err != nil {
		t.Fatal(err)
	}

	// Out in mid-picture, and still out.
	v.Misbehave(virtualsensor.HangUp)
	if err := read(); !errors.Is(err, fingerprint.ErrUnplugged) {
		t.Fatalf("pulled out: %v", err)
	}
	if err := read(); !errors.Is(err, fingerprint.ErrMissing) {
		t.Fatalf("still out: %v", err)
	}
	if err := v.Plug(); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := read(); err != nil {
		t.Fatalf("back again: %v", err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("the first read after the re-plug took %v", took)
	}

	// Out and in between two reads: the next one does not even notice.
	v.Unplug()
	if err := v.Plug(); err != nil {
		t.Fatal(err)
	}
	if err := read(); err != nil {
		t.Fatalf("re-plugged in between: %v", err)
	}

	// Out between two reads.
	v.Unplug()
	if err := read(); !errors.Is(err, fingerprint.ErrMissing) {
		t.Fatalf("out in between: %v", err)
	}
}

// Guarantee 5: whoever calls Read again and again, as a sale does, has a finger asked for
// within 2 s of the re-plug, with a sensor as it is delivered, at the pace of its
// line: with the same one, and with another that still has the slow speed.
func TestFingerIsAskedForWithinTwoSecondsOfAReplug(t *testing.T) {
	t.Parallel() // mostly waiting
	for name, another := range map[string]bool{"the same": false, "another": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // mostly waiting
			o := virtualsensor.Options{Link: filepath.Join(t.TempDir(), "fingerprint")}
			v := plugIn(t, o)
			r := fingerprint.NewReader(fingerprint.Settings{Port: v.Path()}, &extractor{found: someMinutiae(30)}, minutiae.Large)
			defer r.Close()
			read := func(asked func()) error {
				_, _, _, err := r.Read(t.Context(), func(p fingerprint.Progress) {
					if p.Stage == fingerprint.WaitingForFinger {
						asked()
					}
				})
				return err
			}
			pulled := time.Now()
			if err := read(func() { pulled = time.Now(); v.Unplug() }); !errors.Is(err, fingerprint.ErrUnplugged) && !errors.Is(err, fingerprint.ErrMissing) {
				t.Fatal(err)
			}
			if took := time.Since(pulled); took > time.Second {
				t.Errorf("noticed after %v", took)
			}
			if another {
				v.Close()
				v = plugIn(t, o)
			} else if err := v.Plug(); err != nil {
				t.Fatal(err)
			}
			plugged, asked := time.Now(), time.Time{}
			v.Place(print(t, "101_1"))
			v.Misbehave(virtualsensor.HangUp) // the picture itself is of no interest
			for asked.IsZero() && time.Since(plugged) < 10*time.Second {
				_ = read(func() { asked = time.Now() })
			}
			if took := asked.Sub(plugged); took < 0 || took > 2*time.Second {
				t.Errorf("a finger was asked for %v after the re-plug", took)
			}
			t.Logf("a finger was asked for %v after the re-plug", asked.Sub(plugged))
		})
	}
}
