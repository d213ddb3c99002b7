package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"countersign/protocol"
)

// sharerVariable makes the test binary one of several processes on a ledger:
// place, own number, payments, fail point and the hit of it at which it dies (0
// never).
const sharerVariable = "COUNTERSIGN_LEDGER_SHARER"

// sharer makes the payments that all make, 1 to n, and as many of its own, eight
// at a time, and prints the number of each when it has been answered.
func sharer(setting string) error {
	parts := strings.Split(setting, "|")
	var numbers [3]int
	for n, at := range []int{1, 2, 4} {
		var err error
		if numbers[n], err = strconv.Atoi(parts[at]); err != nil {
			return err
		}
	}
	self, count, hits := uint64(numbers[0]), uint64(numbers[1]), int64(numbers[2])
	var hit atomic.Int64
	l, err := OpenPostgres(context.Background(), parts[0], Options{FailPoint: func(name string) {
		if name == parts[3] && hit.Add(1) == hits {
			syscall.Kill(os.Getpid(), syscall.SIGKILL) //nolint:errcheck // nobody is left to be told
		}
	}})
	if err != nil {
		return err
	}
	var wait sync.WaitGroup
	var mutex sync.Mutex
	for worker := range uint64(8) {
		wait.Go(func() {
			for n := 1 + worker; n <= 2*count; n += 8 {
				number := n
				if n > count {
					number += self * count
				}
				err := l.Update(context.Background(), payOnce(number))
				mutex.Lock()
				fmt.Println(number, err)
				mutex.Unlock()
			}
		})
	}
	wait.Wait()
	return l.Close()
}

// payOnce makes a payment as settlement does: unless it was made before.
func payOnce(number uint64) func(Tx) error {
	k := key(number)
	return func(tx Tx) error {
		if _, err := tx.Sale(k); !errors.Is(err, ErrNotFound) {
			return err
		}
		if _, err := tx.Transfer(Transfer{Kind: EntryPayment, Debit: payer, Credit: shop, Amount: 1, At: 50, Sale: &k}); err != nil {
			return err
		}
		mark := protocol.Hash(sha256.Sum256(k.Scramble[:]))
		if err := tx.AddPrint(mark, PrintUse{Sale: k, Attempt: 1}); err != nil {
			return err
		}
		s := sale(number, 1)
		s.Reference, s.Payer, s.Merchant, s.Source = number, payer, shop, payer
		s.Decisions = []Decision{{Kind: DecidedSubmission, Attempt: 1, Result: protocol.ResultPaid, Outcome: []byte("unsigned"), Print: &mark}}
		return tx.PutSale(k, s)
	}
}

// Three processes on one database, with the same payments and others; one of
// them is killed. Each payment is made once, whoever was first.
func TestPostgresSharedByProcesses(t *testing.T) {
	const count = 120
	for _, kill := range []struct {
		point string
		hits  int
	}{{pointApply, 0}, {pointApply, 30}, {pointCommit, 9}, {pointSent, 9}, {pointAnswer, 9}} {
		t.Run(fmt.Sprintf("%s/%d", kill.point, kill.hits), func(t *testing.T) {
			place := postgres(t).place(t)
			l := postgres(t).openAt(t, place, Options{})
			newFixture(t).fill(l, 1_000_000)
			var wait sync.WaitGroup
			var answered [3][]uint64
			for self := range answered {
				hits := 0
				if self == 0 {
					hits = kill.hits
				}
				wait.Go(func() {
					setting := fmt.Sprintf("%s|%d|%d|%s|%d", place, self+1, count, kill.point, hits)
					answered[self] = runVictim(t, sharerVariable, setting, hits > 0)
				})
			}
			wait.Wait()
			kept := map[uint64]bool{}
			err := l.View(t.Context(), func(s Snapshot) error {
				return s.EachReference(func(n uint64, _ SaleKey) error { kept[n] = true; return nil })
			})
			if err != nil {
				t.Fatal(err)
			}
			for self, numbers := range answered {
				for _, n := range numbers {
					if !kept[n] {
						t.Errorf("process %d was answered payment %d, which is not there", self, n)
					}
				}
				if whole := len(numbers) == 2*count; whole != (self > 0 || kill.hits == 0) {
					t.Errorf("process %d was answered %d payments", self, len(numbers))
				}
			}
			if moved := balance(t, l, shop); moved != int64(len(kept)) || moved < 3*count || moved > 4*count {
				t.Errorf("%d moved by %d payments", moved, len(kept))
			}
			holdsUnsigned(t, l)
		})
	}
}

// A group that is split up forgets nobody, whoever joins its halves.
func TestPostgresHalves(t *testing.T) {
	g := newGroup([]*request{{}, {}, {}}, nil)
	halves := g.halves()
	joined := append(halves[0], &request{})
	if len(joined) != 2 || halves[1][0] != g.members[1] || halves[1][1] != g.members[2] || g.members[1] == joined[1] {
		t.Error("one who joined took another's place")
	}
}
