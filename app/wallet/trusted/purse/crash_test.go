package purse_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"countersign/app/wallet/trusted/purse"
	"countersign/app/wallet/trusted/purse/pursetest"
	"countersign/protocol"
)

// victimVariable makes the test binary a process that uses a purse until it is killed:
// directory, fail point, the hit of it at which it dies.
const victimVariable = "COUNTERSIGN_PURSE_VICTIM"

func TestMain(m *testing.M) {
	if setting := os.Getenv(victimVariable); setting != "" {
		victim(setting)
		os.Exit(0)
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

// must ends the process unless all went well.
func must(err error) {
	if err != nil {
		alone{}.Fatal(err)
	}
}

// victim uses a purse over and over and prints a line before and after each use: what it
// is about to do, and what it was answered.
func victim(setting string) {
	parts := strings.Split(setting, "|")
	hits := 0
	fmt.Sscan(parts[2], &hits) //nolint:errcheck // then it never dies, and the test says so
	w := pursetest.New(alone{})
	w.Change = func(o *purse.Options) {
		o.MaxUnconfirmed, o.MaxUnconfirmedSum = 1000, 1<<40
		o.FailPoint = func(name string) {
			if name == parts[1] {
				if hits--; hits == 0 {
					syscall.Kill(os.Getpid(), syscall.SIGKILL) //nolint:errcheck // nobody is left to be told
					select {}
				}
			}
		}
	}
	p, _, err := w.Open(parts[0])
	must(err)
	ctx := context.Background()
	w.Furnish(p, 20_000)
	fmt.Println("loaded 20000")
	shop := w.Terminal("T-0001", "Corner Café")
	card := pursetest.Direct{Purse: p}
	for turn := range 8 {
		must(p.Arm(ctx))
		tap := &pursetest.Tap{Code: protocol.NewCode()}
		must(shop.Ask(ctx, card, tap))
		must(shop.Order(tap, 700))
		fmt.Println("paying", hex.EncodeToString(tap.Pay.Bytes()))
		must(shop.Charge(ctx, card, tap))
		fmt.Println("paid 700")
		_, err := shop.Pay(ctx, card, protocol.NewCode(), 1)
		must(err)
		fmt.Println("paid 1")
		r, err := p.BeginLoad(ctx, 1_000, false)
		must(err)
		must(p.LoadRefused(ctx, r.Hash()))
		r, err = p.BeginLoad(ctx, 1_000, false)
		must(err)
		fmt.Println("loading 1000")
		_, err = p.AcceptLoad(ctx, w.Book(r))
		must(err)
		fmt.Println("loaded 1000")
		sent, err := p.Transfer(ctx, w.OtherNumber(), 30)
		must(err)
		fmt.Println("sent 30")
		_, err = p.AcceptReceipt(ctx, w.Receipt(sent, protocol.TransferMade))
		must(err)
		_, err = shop.Pay(ctx, card, protocol.NewCode(), 2)
		must(err)
		fmt.Println("paid 2")
		must(p.OwnerVerified(ctx))
		must(p.TrustClock(ctx))
		nonce, err := p.Select(ctx)
		must(err)
		asked, err := protocol.Sign(shop.Key, protocol.TapRecover{Nonce: nonce, Scramble: protocol.NewCode(), Terminal: shop.Certificate})
		must(err)
		_, err = p.Recover(ctx, asked.Bytes())
		must(err)
		_, err = p.AcceptState(ctx, w.State())
		must(err)
		_, err = p.Apply(ctx, "6222020200112233445", 156)
		must(err)
		if turn%2 == 1 {
			a, err := p.Apply(ctx, "6222020200112233445", 156)
			must(err)
			_, err = p.AcceptCard(ctx, w.Issue(a))
			must(err)
		}
	}
}

// Guarantee 1: a real process is killed at each fail point, at several moments. The
// balance then is what was loaded less what was deducted, at most what was under way
// counting as either; the chain holds, which opening checks; and the terminal that was not
// answered learns by its code which it was.
func TestKilledProcessLosesNothing(t *testing.T) {
	for _, point := range purse.FailPoints() {
		for _, hits := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s/%d", point, hits), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				said := runVictim(t, fmt.Sprintf("%s|%s|%d", dir, point, hits))
				w := pursetest.New(t)
				p, kept, err := w.Open(dir)
				if err != nil {
					t.Fatal(err)
				}
				defer kept.Close() //nolint:errcheck // only read
				defer p.Close()
				checkAfterwards(t, w, p, said)
			})
		}
	}
}

func checkAfterwards(t *testing.T, w *pursetest.World, p *purse.Purse, said []string) {
	t.Helper()
	want := protocol.Sum(0) // what was answered for
	paying := ""
	for _, line := range said {
		what, of, _ := strings.Cut(line, " ")
		var amount protocol.Sum
		fmt.Sscan(of, &amount) //nolint:errcheck // a code is none
		switch what {
		case "loaded":
			want += amount
		case "paid", "sent":
			want -= amount
			paying = ""
		case "paying":
			paying = of
		}
	}
	// The history is written with the balance, in one transaction.
	var sum protocol.Sum
	for _, e := range p.History() {
		if e.Kind == purse.Loaded || e.Kind == purse.Received {
			sum += protocol.Sum(e.Amount)
		} else {
			sum -= protocol.Sum(e.Amount)
		}
	}
	v := p.View()
	if v.Balance != sum {
		t.Errorf("balance %d, history %d", v.Balance, sum)
	}
	if under := v.Balance - want; !slices.Contains([]protocol.Sum{0, 20_000, 1_000, -700, -1, -2, -30}, under) {
		t.Errorf("balance %d, answered %d", v.Balance, want)
	}
	if paying == "" {
		return
	}
	if err := p.Arm(t.Context()); err != nil {
		t.Fatal(err)
	}
	raw, err := hex.DecodeString(paying)
	if err != nil {
		t.Fatal(err)
	}
	pay, err := protocol.Parse[protocol.TapPay](raw)
	if err != nil {
		t.Fatal(err)
	}
	torn := &pursetest.Tap{Code: pay.Unverified().Scramble, Pay: pay}
	result, err := w.Terminal("T-0001", "Corner Café").Recover(t.Context(), pursetest.Direct{Purse: p}, torn)
	if err != nil {
		t.Fatal(err)
	}
	status := result.Unverified().Status
	switch v.Balance - want {
	case 0:
		if status != protocol.TapNever {
			t.Errorf("not deducted, and recovered %v", status)
		}
	case -700:
		if status != protocol.TapDeducted {
			t.Errorf("deducted, and recovered %v", status)
		}
	}
}

// runVictim runs a victim to its death and returns what it has said.
func runVictim(t *testing.T, setting string) (said []string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), victimVariable+"="+setting)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said = append(said, lines.Text())
	}
	var exit *exec.ExitError
	if err := command.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("victim ended with %v", err)
	}
	return said
}
