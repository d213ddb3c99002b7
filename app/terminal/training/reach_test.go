package training

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
)

// Guarantee 1, by what is linked: whatever this package imports, and what that imports, has no
// network at all, no token, no device and not settlement's client.
func TestImportsNothingThatReachesOut(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if len(deps) < 50 || !slices.Contains(deps, "countersign/app/terminal/sale") {
		t.Fatalf("%d packages", len(deps))
	}
	for _, d := range deps {
		for _, banned := range []string{
			"net", "crypto/tls", "os/exec", "plugin", "countersign/settlementclient", "countersign/devices", "countersign/app/terminal/adapter",
			"countersign/app/terminal/anchor", "github.com/miekg/pkcs11", "github.com/tarm/serial",
		} {
			if d == banned || strings.HasPrefix(d, banned+"/") {
				t.Errorf("it imports %s", d)
			}
		}
	}
}

// Guarantee 1, by what is open: a lesson opens no socket.
func TestDialsNothing(t *testing.T) {
	sockets := func() (n int) {
		files, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if to, err := os.Readlink(filepath.Join("/proc/self/fd", f.Name())); err == nil && strings.HasPrefix(to, "socket:") {
				n++
			}
		}
		return n
	}
	before, most := sockets(), 0
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	views := make(chan sale.View, 1024)
	l, err := Open(ctx, Options{Dir: t.TempDir(), Settings: settings(), Show: func(v sale.View) { views <- v }, Duty: func() staff.Duty {
		return staff.Duty{Cashier: "B-02", Role: staff.Cashier}
	}})
	must(t, err)
	must(t, l.Begin(7800))
	for stage := sale.Idle; stage != sale.Ended; {
		select {
		case v := <-views:
			most = max(most, sockets())
			if v.Stage == stage {
				continue
			}
			switch stage = v.Stage; stage {
			case sale.Presenting:
				must(t, l.ShowCode())
			case sale.Finger:
				must(t, l.PlaceFinger())
			case sale.Ended:
				if v.Ending != sale.Paid {
					t.Errorf("have %+v", v)
				}
			}
		case <-ctx.Done():
			t.Fatal("the sale does not end")
		}
	}
	must(t, l.Close())
	if most > before {
		t.Errorf("%d sockets before, %d while it sold", before, most)
	}
}
