package cardservice_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"countersign/app/wallet/trusted/cardservice"
	"countersign/app/wallet/trusted/purse/pursetest"
	"countersign/devices/secureunit"
)

// victimVariable makes the test binary a process that replaces its card until it is
// killed: directory, token's PIN file, fail point.
const victimVariable = "COUNTERSIGN_CARD_VICTIM"

func TestMain(m *testing.M) {
	if setting := os.Getenv(victimVariable); setting != "" {
		if err := victim(setting); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1) // it should have been killed
	}
	os.Exit(m.Run())
}

// alone is a testing.TB outside of a test: whatever goes wrong ends the process.
type alone struct{ testing.TB }

func (alone) Helper() {}
func (alone) Fatal(a ...any) {
	fmt.Fprintln(os.Stderr, a...)
	os.Exit(1)
}

func victim(setting string) error {
	parts := strings.Split(setting, "|")
	token := secureunit.Config{Token: "wallet", PIN: secureunit.PINFile(parts[1])}
	p, err := open(pursetest.New(alone{}), parts[0], token, func(name string) {
		if name == parts[2] {
			syscall.Kill(os.Getpid(), syscall.SIGKILL) //nolint:errcheck // nobody is left to be told
			select {}
		}
	})
	if err != nil {
		return err
	}
	return p.ApplyCard(context.Background(), 0)
}

// At whatever point of a replacement the process is killed, one of the two cards is used,
// settlement honours no third one, and it ends: by itself once the application was kept,
// else when the owner asks again.
func TestKilledReplacement(t *testing.T) {
	// In the order in which they come; the two purses are used in one of them each.
	points := append([]string{"purse.state.written", "purse.apply.before", "purse.apply.written", pointBooked, "purse.card.before", "purse.card.written"}, cardservice.FailPoints()...)
	for _, point := range points {
		t.Run(point, func(t *testing.T) {
			s := begin(t)
			s.block()
			s.check(s.close())
			command := exec.CommandContext(t.Context(), os.Args[0])
			command.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%s|%s", victimVariable, s.dir, s.pinFile, point))
			said, err := command.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("the victim ended with %v: %s", err, said)
			}
			s.open()
			v := s.now() // opens, and is one of the two
			if books := s.bank.read(t); v.Mark != s.old.Mark && v.Ending != books.Honoured.Ending() {
				t.Fatalf("the card is %+v, settlement has %+v", v, books)
			}
			s.check(s.SendWaiting(t.Context())) // as it does by itself
			if v = s.now(); v.Mark == s.old.Mark {
				if n := len(s.bank.read(t).Cards); n != 1 {
					t.Fatalf("settlement has %d cards, the wallet the first", n)
				}
				s.check(s.ApplyCard(t.Context(), 0))
			} else if len(s.hand.shown) > 0 {
				t.Errorf("asked for %v", s.hand.asked())
			}
			s.other()
			if n := len(s.bank.read(t).Cards); n != 2 {
				t.Errorf("settlement has %d cards", n)
			}
			if files, err := filepath.Glob(filepath.Join(s.dir, "purse*.db")); err != nil || len(files) != 2 {
				t.Errorf("files %v, %v", files, err)
			}
		})
	}
}
