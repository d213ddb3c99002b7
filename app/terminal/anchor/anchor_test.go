package anchor

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// bench is a real journal with a keeper, and a settlement that can fail.
type bench struct {
	*Keeper
	t       *testing.T
	party   protocoltest.Sale
	path    string
	journal *journal.Journal
	log     bytes.Buffer

	mu     sync.Mutex
	lodged []protocol.JournalAnchor
	fail   error
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, party: protocoltest.NewSale(t, 120, false), path: filepath.Join(t.TempDir(), "journal.db")}
	b.open()
	t.Cleanup(func() {
		if err := b.journal.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func (b *bench) open() {
	b.t.Helper()
	var err error
	b.journal, err = journal.Open(b.t.Context(), b.path, journal.Options{Verify: Verifier(b.party.Terminal.Certificate.Unverified().Holder.Key)})
	if err != nil {
		b.t.Fatal(err)
	}
	b.Keeper = &Keeper{
		Settings: Defaults(), Journal: b.journal, Lodge: b.lodge, Now: time.Now, Log: slog.New(slog.NewTextHandler(&b.log, nil)),
		Signer: func() (crypto.Signer, error) { return b.party.Terminal.Key, nil },
	}
}

func (b *bench) lodge(_ context.Context, a *protocol.Signed[protocol.JournalAnchor]) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return nil, b.fail
	}
	b.lodged = append(b.lodged, a.Unverified())
	return []byte("receipt"), nil
}

func (b *bench) setFail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = err
}

func (b *bench) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.lodged)
}

func (b *bench) append(n int) {
	b.t.Helper()
	for range n {
		if err := b.journal.Append(b.t.Context(), sale.Entry{Event: sale.EventAlertRaised, At: time.Unix(1, 0), Amount: 1, Currency: 156}); err != nil {
			b.t.Fatal(err)
		}
	}
}

func (b *bench) wantCheckpoint(sequence uint64, receipt string) {
	b.t.Helper()
	c, _ := b.journal.LastCheckpoint()
	if c.Sequence != sequence || string(c.Receipt) != receipt {
		b.t.Errorf("checkpoint %d with receipt %q, want %d with %q", c.Sequence, c.Receipt, sequence, receipt)
	}
}

// Guarantees 1 and 2.
func TestAnchor(t *testing.T) {
	b := newBench(t)
	if err := b.Anchor(t.Context()); err != nil || b.count() != 0 {
		t.Errorf("an empty journal: %v", err)
	}
	b.append(3)
	if err := b.Anchor(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.wantCheckpoint(3, "receipt")
	if _, head := b.journal.Head(); b.lodged[0].Sequence != 3 || b.lodged[0].Head != protocol.Hash(head) {
		t.Errorf("lodged %+v", b.lodged[0])
	}
	if err := b.Anchor(t.Context()); err != nil || b.count() != 1 {
		t.Errorf("nothing has changed: %v, %d lodged", err, b.count())
	}

	b.append(1)
	b.setFail(errors.New("network is down"))
	if err := b.Anchor(t.Context()); !errors.Is(err, b.fail) {
		t.Errorf("have %v", err)
	}
	b.wantCheckpoint(4, "")
	if err := b.journal.Close(); err != nil {
		t.Fatal(err)
	}
	b.open() // the same message is lodged after a restart
	b.setFail(nil)
	if err := b.Anchor(t.Context()); err != nil || b.count() != 2 || b.lodged[1].Sequence != 4 {
		t.Errorf("have %v, %+v", err, b.lodged)
	}
	b.wantCheckpoint(4, "receipt")
}

// Two keepers of one journal, as a shift's close beside the one that runs: whoever is
// overtaken by a later head has nothing to complain about.
func TestOvertaken(t *testing.T) {
	for name, c := range map[string]struct {
		lodged bool  // the later head has its receipt
		fail   error // of the earlier one
		fails  bool
	}{
		"both arrive":               {true, nil, false},
		"the later is still going":  {false, nil, false},
		"the earlier is too late":   {true, ErrContradicted, false},
		"too late, the later going": {false, ErrContradicted, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.append(1)
			later := &Keeper{Settings: b.Settings, Journal: b.Journal, Lodge: b.lodge, Now: b.Now, Log: b.Log, Signer: b.Signer}
			b.Lodge = func(ctx context.Context, a *protocol.Signed[protocol.JournalAnchor]) ([]byte, error) {
				b.append(1)
				if !c.lodged {
					b.setFail(errors.New("network is down"))
				}
				_ = later.Anchor(ctx)
				return []byte("receipt"), c.fail
			}
			if err := b.Anchor(t.Context()); (err != nil) != c.fails || errors.Is(err, ErrContradicted) {
				t.Errorf("told %v", err)
			}
			if last, _ := b.journal.LastCheckpoint(); last.Sequence != 2 || (len(last.Receipt) > 0) != c.lodged {
				t.Errorf("checkpoint %d with a receipt of %d bytes", last.Sequence, len(last.Receipt))
			}
		})
	}
}

// When it is time: soon after the start, then when a head is old enough or far
// enough ahead, and again where settlement did not answer.
func TestRun(t *testing.T) {
	b := newBench(t)
	b.Records = 10
	b.append(2)
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); b.Run(ctx) }()
		lodged := func(want int) {
			t.Helper()
			synctest.Wait()
			if have := b.count(); have != want {
				t.Errorf("%d lodged, want %d", have, want)
			}
		}
		time.Sleep(b.Look)
		lodged(1)
		b.append(1)
		time.Sleep(time.Minute)
		lodged(1) // one record is no hurry
		time.Sleep(b.Every)
		lodged(2)
		time.Sleep(time.Hour)
		lodged(2) // nothing new
		b.append(10)
		time.Sleep(b.Every)
		lodged(3)
		time.Sleep(b.Every / 5)
		b.append(10)
		time.Sleep(2 * b.Look)
		lodged(4)
		b.setFail(errors.New("network is down"))
		b.append(1)
		time.Sleep(time.Hour)
		lodged(4)
		b.setFail(nil)
		time.Sleep(b.Every + b.Look)
		lodged(5)
		b.setFail(ErrContradicted)
		b.append(1)
		time.Sleep(b.Every + b.Look)
		stop()
		<-done
	})
	if !strings.Contains(b.log.String(), "level=ERROR") || !strings.Contains(b.log.String(), "another head") {
		t.Errorf("the log says\n%s", b.log.String())
	}
}
