//go:build linux

package report

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"countersign/app/terminal/anchor"
	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// victimVariable makes the test binary a terminal that closes its shift and is killed at a
// fail point: folder, point.
const victimVariable = "COUNTERSIGN_REPORT_VICTIM"

func TestMain(m *testing.M) {
	if setting := os.Getenv(victimVariable); setting != "" {
		dir, point, _ := strings.Cut(setting, "|")
		closeShift(&victim{}, dir, point)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// victim is the little of a test that a shop needs, in a process that is none.
type victim struct{ testing.TB }

func (v *victim) Helper()                  {}
func (v *victim) Context() context.Context { return context.Background() }
func (v *victim) Fatal(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	os.Exit(1)
}

// crashKey is the token's, the same in every process.
func crashKey(t testing.TB) *ecdsa.PrivateKey {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), slices.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// crashShop is a shop in a folder, whose journal's head is lodged with a settlement that
// takes it.
func crashShop(t testing.TB, dir, point string) *shop {
	die := func(name string) {
		if name == point {
			syscall.Kill(os.Getpid(), syscall.SIGKILL) //nolint:errcheck // nobody is left to be told
		}
	}
	key := crashKey(t)
	s := &shop{t: t, dir: dir, key: key, now: morning}
	public, err := protocol.NewKey(&key.PublicKey)
	s.must(err)
	s.openJournal(journal.Options{Reserve: 4096, FailPoint: die, Verify: anchor.Verifier(public)})
	signer := func() (crypto.Signer, error) { return key, nil }
	plain := newOptions(s)
	keeper := &anchor.Keeper{
		Settings: anchor.Defaults(), Journal: s.journal.Journal, Signer: signer, Now: s.clock, Log: plain.Log,
		Lodge: func(context.Context, *protocol.Signed[protocol.JournalAnchor]) ([]byte, error) {
			return []byte("receipt"), nil
		},
	}
	s.options = plain
	s.options.FailPoint, s.options.Anchor = die, keeper.Anchor
	s.options.Lodged = func() uint64 {
		last, _ := s.journal.LastCheckpoint()
		if len(last.Receipt) == 0 {
			return 0
		}
		return last.Sequence
	}
	return s
}

// closeShift is what the victim does, as far as it comes.
func closeShift(t testing.TB, dir, point string) {
	s := crashShop(t, dir, point)
	_, err := s.desk.SignIn(context.Background(), "A-01", []byte("274913"))
	s.must(err)
	s.openBooks() // makes up for what an earlier death left out
	if s.desk.Shift().Open() {
		s.z(130)
	}
}

// kill runs the victim and says whether it was killed; it may also have come to its end.
func kill(t *testing.T, dir, point string) bool {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self)
	c.Env = append(os.Environ(), victimVariable+"="+dir+"|"+point)
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return true
	}
	if err != nil {
		t.Fatalf("victim at %s: %v\n%s", point, err, out)
	}
	return false
}

// points are all between the count and the lodging, in their order.
func points() []string {
	var names []string
	of := func(event sale.Event) {
		for _, stage := range []string{"before", "copied", "after"} {
			names = append(names, "journal."+string(event)+"."+stage)
		}
	}
	of(sale.Event(staff.ShiftClosed))
	names = append(names, pointClosed, pointSigned)
	of(sale.EventZ)
	names = append(names, pointKept)
	of("checkpoint")
	return append(names, pointLodged)
}

// Guarantee 1: killed anywhere between the count and the lodging, and again while it is made
// up for, a shift has exactly one Z, with what was counted, and its head is lodged.
func TestKilledBetweenCountAndLodging(t *testing.T) {
	for _, point := range FailPoints() {
		if !slices.Contains(points(), point) {
			t.Errorf("nobody dies at %s", point)
		}
	}
	deaths := [][]string{}
	for _, point := range points() {
		deaths = append(deaths, []string{point})
	}
	for _, again := range []string{pointSigned, "journal.z-report.before", "journal.z-report.copied", "journal.z-report.after", pointKept} {
		deaths = append(deaths, []string{pointClosed, again}, []string{"journal.shift-closed.before", again})
	}
	for _, death := range deaths {
		t.Run(strings.Join(death, ","), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := crashShop(t, dir, "")
			s.must(s.desk.Add(t.Context(), nil, "A-01", staff.Manager, []byte("274913")))
			_, err := s.desk.SignIn(t.Context(), "A-01", []byte("274913"))
			s.must(err)
			s.openBooks()
			s.shift(0)
			s.z(0)
			s.shift(35)
			s.cash(100)
			s.close()
			for _, point := range death {
				if !kill(t, dir, point) {
					t.Fatalf("it came past %s", point)
				}
			}
			s = crashShop(t, dir, "")
			defer s.close()
			s.openBooks()
			if have := s.zs(); have != " 1:1 2:2" {
				t.Errorf("the journal has%s", have)
			}
			z, _ := s.books.Last()
			if z.Cash.Uncounted || z.Cash.Counted != 130 || z.Cash.Difference != -5 || z.GrandTotal != 100 || s.desk.Shift().Open() || s.desk.Shift().Difference != -5 {
				t.Errorf("have %+v", z.Report)
			}
			s.must(s.options.Anchor(t.Context())) // as the keeper does now and then
			if z, _ := s.books.Last(); !z.Lodged {
				t.Errorf("Z at record %d is not lodged", z.Record)
			}
		})
	}
}
