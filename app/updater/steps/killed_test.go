//go:build linux

package steps

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"countersign/app/updater/updatefile"
)

// Killed at each point, what Resume leaves is one of the two versions, whole: the new one
// once it was written down, the one before where the new one does not come up.
func TestKilledAtEachPoint(t *testing.T) {
	r := makeReleases(t, "1.0.0", "1.1.0")
	for _, point := range append(FailPoints(), half) {
		for _, sick := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, sick %v", point, sick), func(t *testing.T) {
				t.Parallel()
				o := machine(t, r, "1.0.0")
				if sick {
					o.Sick = []string{"1.1.0"}
				}
				o.Apply, o.Point = r["1.1.0"], point
				said, killed := o.run(t)
				reached := sick || point != pointOf(GoingBack) && point != pointOf(CheckingBack)
				if killed != reached {
					t.Fatalf("killed: %v: %s", killed, said)
				}
				o.Apply, o.Point = "", ""
				err := o.updater().Resume(t.Context())
				want := updatefile.Version("1.1.0")
				if sick || point == pointCopied || point == pointKept {
					want = "1.0.0"
				}
				ended := point == pointCopied || point == pointKept || point == pointOf(Idle) || point == pointEnded
				if errors.Is(err, ErrTakenBack) != (sick && !ended) || err != nil && !sick {
					t.Errorf("resumed: %v", err)
				}
				o.has(t, want)
				if err := o.updater().Resume(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// Killed at one point after the other on one machine, it still ends well.
func TestKilledAgainAndAgain(t *testing.T) {
	r := makeReleases(t, "1.0.0", "1.1.0")
	o := machine(t, r, "1.0.0")
	o.Sick = []string{"1.1.0"}
	o.Apply, o.Point = r["1.1.0"], pointOf(Installing)
	deaths := 0
	for _, point := range []string{pointOf(Installing), half, pointInstalled, pointOf(Checking), pointOf(GoingBack), pointUnpacked, half, pointOf(CheckingBack), pointHealthy, pointEnded} {
		o.Point = point
		if _, killed := o.run(t); killed {
			deaths++
		}
		o.Apply = ""
	}
	if deaths != 10 {
		t.Errorf("killed %d times", deaths)
	}
	o.Point = ""
	if err := o.updater().Resume(t.Context()); err != nil {
		t.Error(err)
	}
	o.has(t, "1.0.0")
}

// A version that takes the machine down is taken back after three times.
func TestDeadlyVersion(t *testing.T) {
	r := makeReleases(t, "1.0.0", "1.1.0")
	o := machine(t, r, "1.0.0")
	o.Apply, o.Deadly = r["1.1.0"], []string{"1.1.0"}
	for n := range 3 {
		if said, killed := o.run(t); !killed {
			t.Fatalf("%d: %s", n, said)
		}
		o.Apply = ""
	}
	if said, killed := o.run(t); killed || !strings.Contains(said, ErrTakenBack.Error()) {
		t.Errorf("%v, %s", killed, said)
	}
	o.has(t, "1.0.0")
}
