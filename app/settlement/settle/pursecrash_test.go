package settle_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
)

// purseVictim makes the test binary a server that is killed: it holds an order in
// JSON.
const purseVictim = "COUNTERSIGN_PURSE_VICTIM"

// order is what a victim works through.
type victimOrder struct {
	Place, Point string
	Hits         int64
	Wallet       protocol.ID
	Messages     []victimMessage
}

// victimMessage is a message by its path, as it comes over the wire.
type victimMessage struct {
	Path string
	Body []byte
}

// pathClosing is the operator's order, which comes over another wire.
const pathClosing = "an order to close"

// carry hands a message to settlement.
func (w *world) carry(ctx context.Context, m victimMessage) ([]byte, error) {
	switch m.Path {
	case protocol.PathTaps:
		e, err := protocol.DecodeEnvelope(m.Body)
		if err != nil {
			return nil, err
		}
		return w.settler.ClearTap(ctx, w.sale.Terminal.Subject, e)
	case protocol.PathLoads:
		return carried(ctx, w.asWallet(), m.Body, w.settler.Load)
	case protocol.PathTransfers:
		return carried(ctx, w.asWallet(), m.Body, w.settler.Transfer)
	case protocol.PathCardStates:
		return carried(ctx, w.asWallet(), m.Body, w.settler.CardState)
	case protocol.PathAbandonments:
		return carried(ctx, w.asTerminal(), m.Body, w.settler.AbandonTap)
	case pathClosing:
		var order settle.Closing
		if err := json.Unmarshal(m.Body, &order); err != nil {
			return nil, err
		}
		tap, err := w.settler.CloseDeduction(ctx, order)
		return tap.Answer, err
	}
	return nil, fmt.Errorf("no message for %s", m.Path)
}

func carried[P protocol.Payload](ctx context.Context, p settle.Peer, body []byte, decide func(context.Context, settle.Peer, *protocol.Signed[P]) ([]byte, error)) ([]byte, error) {
	m, err := protocol.Parse[P](body)
	if err != nil {
		return nil, err
	}
	return decide(ctx, p, m)
}

func ledgerPlace(t *testing.T) string {
	t.Helper()
	if os.Getenv(onPostgres) != "" {
		return shared.Database(t)
	}
	return filepath.Join(t.TempDir(), "ledger.db")
}

func openPlace(t *testing.T, place string, o ledger.Options) ledger.Ledger {
	t.Helper()
	var l ledger.Ledger
	var err error
	if os.Getenv(onPostgres) != "" {
		l, err = ledger.OpenPostgres(t.Context(), place, o)
	} else {
		l, err = ledger.Open(place, o)
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestPurseVictim is the process that is killed; by itself there is nothing to do.
func TestPurseVictim(t *testing.T) {
	t.Parallel()
	text := os.Getenv(purseVictim)
	if text == "" {
		return
	}
	var order victimOrder
	if err := json.Unmarshal([]byte(text), &order); err != nil {
		t.Fatal(err)
	}
	var hit atomic.Int64
	l := openPlace(t, order.Place, ledger.Options{FailPoint: func(name string) {
		if name == order.Point && hit.Add(1) == order.Hits {
			syscall.Kill(os.Getpid(), syscall.SIGKILL) //nolint:errcheck // nobody is left to be told
		}
	}})
	defer l.Close()
	w := worldOver(t, l)
	w.sale.Wallet = w.sale.Realm.Wallet(order.Wallet, w.sale.Settlement, w.template(w.enrolled), false)
	for n, m := range order.Messages {
		raw, err := w.carry(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("answered %d %x\n", n, raw)
	}
}

// A server that is killed at any fail point, at any message, neither makes nor
// loses money: repeated, every message is answered as it was, and the books are
// those of a server that was never killed.
func TestKilledServerKeepsPurses(t *testing.T) {
	t.Parallel()
	points := ledger.FailPoints()
	if os.Getenv(onPostgres) != "" {
		points = ledger.PostgresFailPoints()
	}
	for _, point := range points {
		t.Run(point, func(t *testing.T) {
			place := ledgerPlace(t)
			l := openPlace(t, place, ledger.Options{})
			worldOver(t, l).populate()
			for hits := int64(1); ; hits++ {
				w := worldOver(t, l)
				w.codes = uint64(hits) << 40
				v := w.fresh(t)
				order, after := v.script()
				order.Place, order.Point, order.Hits = place, point, hits
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
				answered, killed := runPurseVictim(t, order)
				l = openPlace(t, place, ledger.Options{})
				w.ledger = l
				w.config.Ledger = l
				settler, err := settle.New(w.config)
				if err != nil {
					t.Fatal(err)
				}
				v.ledger, v.settler = l, settler
				for n, m := range order.Messages {
					raw, err := v.carry(t.Context(), m)
					if err != nil {
						t.Fatalf("message %d, %s, repeated: %v", n, m.Path, err)
					}
					if said, was := answered[n]; was && m.Path != protocol.PathCardStates && said != fmt.Sprintf("%x", raw) {
						t.Errorf("message %d, %s, is answered otherwise", n, m.Path)
					}
				}
				after()
				if !killed {
					if hits < 6 {
						t.Errorf("killed %d times only", hits-1)
					}
					break
				}
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// script is the life of a card, and what its books are in the end.
func (w *world) script() (victimOrder, func()) {
	w.t.Helper()
	p, q := w.card("a"), w.another(w.sale.Wallet.Subject+"-b", protocol.Account(w.sale.Wallet.Subject)+"-b").card("b")
	o := victimOrder{Wallet: w.sale.Wallet.Subject}
	add := func(path string, body []byte) { o.Messages = append(o.Messages, victimMessage{path, body}) }
	clearing := func(a tap, givenUp bool) {
		body, err := protocol.EncodeEnvelope(a.envelope(givenUp))
		if err != nil {
			w.t.Fatal(err)
		}
		add(protocol.PathTaps, body)
	}
	add(protocol.PathLoads, p.LoadRequest(1000, false).Bytes())
	clearing(w.tap(p, 100), false)
	add(protocol.PathTransfers, p.Transfer(q.Number(), 200).Bytes())
	torn, given := w.tap(p, 50), w.tap(p, 30)
	add(protocol.PathCardStates, p.Question(torn.result).Bytes())
	add(protocol.PathAbandonments, torn.abandonment().Bytes())
	clearing(given, true)
	add(protocol.PathLoads, p.LoadRequest(80, true).Bytes())
	clearing(w.tap(p, 7), false)
	lost, home := w.tap(p, 11), w.tap(p, 13)
	add(protocol.PathCardStates, p.Question(lost.result, home.result).Bytes())
	for _, o := range []settle.Closing{{Mark: p.Mark(), Counter: 6, ToShop: true, Reason: "burnt down"}, {Mark: p.Mark(), Counter: 7, Reason: "burnt down"}} {
		body, err := json.Marshal(o)
		if err != nil {
			w.t.Fatal(err)
		}
		add(pathClosing, body)
	}
	clearing(lost, false) // after all
	add(protocol.PathAbandonments, home.abandonment().Bytes())
	return o, func() {
		w.t.Helper()
		w.books(p, 1000-100-200-7-11-13, 13, 118)
		w.books(q, 0, 200, 118)
		if u := w.purse(p); u.Cleared != 7 || u.Loaded != 1080 || u.Blocked != 0 {
			w.t.Errorf("%+v", u)
		}
	}
}

// runPurseVictim runs a server to its death, and returns what it answered.
func runPurseVictim(t *testing.T, o victimOrder) (answered map[int]string, killed bool) {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPurseVictim$")
	command.Env = append(os.Environ(), purseVictim+"="+string(text))
	out, err := command.Output()
	var exit *exec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
		killed = true
	default:
		t.Fatalf("%v\n%s", err, out)
	}
	answered = map[int]string{}
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		var n int
		var said string
		if _, err := fmt.Sscanf(lines.Text(), "answered %d %s", &n, &said); err == nil {
			answered[n] = said
		}
	}
	return answered, killed
}
