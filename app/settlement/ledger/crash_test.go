package ledger

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"countersign/protocol"
)

// victimVariable makes the test binary a process that pays until it is killed:
// store, place, fail point and the hit of it at which it dies.
const victimVariable = "COUNTERSIGN_LEDGER_VICTIM"

func TestMain(m *testing.M) {
	if setting := os.Getenv(victimVariable); setting != "" {
		if err := victim(setting); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if setting := os.Getenv(sharerVariable); setting != "" {
		if err := sharer(setting); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if setting := os.Getenv(restorerVariable); setting != "" {
		if err := restorer(setting); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	shared.Stop()
	os.Exit(code)
}

// victim prints the number of each payment when it has been answered.
func victim(setting string) error {
	parts := strings.Split(setting, "|")
	hits, err := strconv.Atoi(parts[3])
	if err != nil {
		return err
	}
	var hit atomic.Int64
	on := stores[slices.IndexFunc(stores, func(s store) bool { return s.name == parts[0] })]
	l, err := on.open(context.Background(), parts[1], Options{FailPoint: func(name string) {
		if name == parts[2] && hit.Add(1) == int64(hits) {
			syscall.Kill(os.Getpid(), syscall.SIGKILL) //nolint:errcheck // nobody is left to be told
		}
	}})
	if err != nil {
		return err
	}
	var wait sync.WaitGroup
	var mutex sync.Mutex
	for worker := range uint64(4) {
		wait.Go(func() {
			for n := uint64(1); ; n++ {
				number := n*4 + worker
				k := key(number)
				err := l.Update(context.Background(), func(tx Tx) error {
					_, err := tx.Transfer(Transfer{Kind: EntryPayment, Debit: payer, Credit: shop, Amount: 1, At: 50, Sale: &k})
					if err != nil {
						return err
					}
					s := sale(number, 1)
					s.Reference, s.Payer, s.Merchant, s.Source = number, payer, shop, payer
					s.Decisions = []Decision{{Kind: DecidedSubmission, Attempt: 1, Result: protocol.ResultPaid, Outcome: []byte("unsigned")}}
					return tx.PutSale(k, s)
				})
				mutex.Lock()
				fmt.Println(number, err)
				mutex.Unlock()
			}
		})
	}
	wait.Wait()
	return nil
}

// Guarantee 4: killed at each fail point, at several moments, the store holds
// every payment that was answered and no half of any.
func TestKilledProcessLosesNothing(t *testing.T) { everyStore(t, testKilledProcessLosesNothing) }

func testKilledProcessLosesNothing(t *testing.T, on store) {
	for _, point := range on.points {
		for _, hits := range []int{1, 2, 7, 40} {
			t.Run(fmt.Sprintf("%s/%d", point, hits), func(t *testing.T) {
				t.Parallel()
				place := on.place(t)
				l, err := on.open(t.Context(), place, Options{})
				if err != nil {
					t.Fatal(err)
				}
				newFixture(t).fill(l, 1_000_000)
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
				answered := runVictim(t, victimVariable, fmt.Sprintf("%s|%s|%s|%d", on.name, place, point, hits), true)
				l = on.openAt(t, place, Options{})
				holdsUnsigned(t, l)
				err = l.View(t.Context(), func(s Snapshot) error {
					for _, n := range answered {
						if _, err := s.Sale(key(n)); err != nil {
							t.Errorf("answered payment %d: %v", n, err)
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
				if moved := balance(t, l, shop); moved < int64(len(answered)) || moved > int64(len(answered)+4) {
					t.Errorf("%d moved, %d answered, 4 workers", moved, len(answered))
				}
			})
		}
	}
}

// holdsUnsigned is holds for payments whose outcomes nobody signed.
func holdsUnsigned(t testing.TB, l Ledger) {
	t.Helper()
	p, err := Prove(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	for n, c := range p.Checks {
		if n != checkSignatures && c.Broken > 0 {
			t.Errorf("%s: %v", c.What, c.Wrong)
		}
	}
}

// runVictim runs another process, to its death if it is to be killed, and
// returns what it was answered.
func runVictim(t *testing.T, variable, setting string, killed bool) (answered []uint64) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), variable+"="+setting)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var n uint64
		var result string
		if _, err := fmt.Sscan(lines.Text(), &n, &result); err != nil || result != "<nil>" {
			t.Errorf("victim said %q", lines.Text())
			continue
		}
		answered = append(answered, n)
	}
	var exit *exec.ExitError
	err = command.Wait()
	if !killed {
		if err != nil {
			t.Errorf("process ended with %v", err)
		}
		return answered
	}
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("victim ended with %v", err)
	}
	return answered
}
