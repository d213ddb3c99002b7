package blocklist

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// office is settlement as a keeper sees it.
type office struct {
	t     *testing.T
	party protocoltest.Sale
	file  string
	// former is the certificate before the last renewal; between is called when a list
	// is on its way.
	former  *protocol.Signed[protocol.Certificate]
	between func()

	mu       sync.Mutex
	sequence uint64
	down     error
	fetched  int
}

func newOffice(t *testing.T) *office {
	return &office{t: t, party: protocoltest.NewSale(t, 120, false), file: filepath.Join(t.TempDir(), "blocked.json"), sequence: 1}
}

func (o *office) open() *Keeper {
	return Open(Options{
		File: o.file, Fetch: o.fetch, Trust: o.party.Realm.Trust, Now: func() time.Time { return o.party.Realm.Now }, Log: slog.New(slog.DiscardHandler),
		Certificate: o.certificate,
	})
}

func (o *office) certificate(_ context.Context, signer [8]byte) (*protocol.Signed[protocol.Certificate], error) {
	for _, known := range []*protocol.Signed[protocol.Certificate]{o.party.Settlement.Certificate, o.former} {
		if known != nil && protocol.SignerOf(known) == signer {
			return known, nil
		}
	}
	return nil, errors.New("no such certificate")
}

func (o *office) fetch(_ context.Context, old *protocol.CardBlocklist) (Fetched, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fetched++
	if o.down != nil {
		return Fetched{}, o.down
	}
	signed := protocoltest.Sign(o.t, o.party.Settlement.Key, protocol.CardBlocklist{
		Issuer: o.party.Settlement.Subject, Sequence: o.sequence, Issued: protocol.At(o.party.Realm.Now),
		Blocked: []protocol.CardMark{{byte(o.sequence)}}, Signer: protocol.SignerOf(o.party.Settlement.Certificate),
	})
	list, err := protocol.VerifyCardBlocklist(signed, o.party.Settlement.Certificate, old, o.party.Realm.Trust(), o.party.Realm.Now)
	if o.between != nil {
		o.between()
	}
	return Fetched{list, signed}, err
}

// A list that was signed before settlement renewed its key, and arrives behind that, is
// kept beside the certificate that it was signed under; one that has none that fits does not
// take the place of what was kept.
func TestRenewedWhileFetching(t *testing.T) {
	o := newOffice(t)
	present := o.party.Settlement
	claims := o.party.Realm.Claims(protocol.RoleSettlement, present.Subject, "Settlement")
	claims.Expires++
	next := o.party.Realm.Certify(claims)
	o.between = func() { o.former, o.party.Settlement = present.Certificate, next }
	if err := o.open().fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l := o.open().Current(); l == nil || l.Sequence != 1 {
		t.Fatalf("after a restart %+v", l)
	}
	o.sequence = 2
	o.between = func() { o.former, o.party.Settlement.Certificate = nil, present.Certificate }
	k := o.open()
	if err := k.fetch(t.Context()); err == nil {
		t.Error("kept beside no certificate")
	}
	if l := k.Current(); l.Sequence != 2 {
		t.Errorf("does not use %+v", l)
	}
	if l := o.open().Current(); l == nil || l.Sequence != 1 {
		t.Errorf("what was kept before: %+v", l)
	}
}

func TestKeeper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.down = errors.New("no network")
		k := o.open()
		if k.Current() != nil {
			t.Error("a list from nowhere")
		}
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		defer run.Wait()
		defer stop()
		run.Go(func() { k.Run(ctx) })
		time.Sleep(time.Hour)
		synctest.Wait()
		o.mu.Lock()
		if o.fetched < 5 || o.fetched > 30 {
			t.Errorf("asked %d times in an hour", o.fetched)
		}
		o.down = nil
		o.mu.Unlock()
		time.Sleep(time.Hour)
		synctest.Wait()
		if l := k.Current(); l == nil || l.Sequence != 1 {
			t.Fatalf("has %+v", l)
		}
		if l := o.open().Current(); l == nil || l.Sequence != 1 {
			t.Errorf("after a restart %+v", l)
		}
		o.mu.Lock()
		o.sequence = 7
		o.mu.Unlock()
		time.Sleep(time.Hour)
		o.mu.Lock()
		o.sequence = 3 // an older one
		o.mu.Unlock()
		time.Sleep(time.Hour)
		synctest.Wait()
		if l := k.Current(); l.Sequence != 7 {
			t.Errorf("has %d", l.Sequence)
		}
	})
}

// Guarantee 2.
func TestFileThatIsNoList(t *testing.T) {
	o := newOffice(t)
	if err := o.open().fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(o.file)
	if err != nil {
		t.Fatal(err)
	}
	if o.open().Current() == nil {
		t.Fatal("the good one is not taken up")
	}
	for at := 0; at < len(good); at += 7 {
		bad := append([]byte(nil), good...)
		bad[at] ^= 4
		if err := os.WriteFile(o.file, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if l := o.open().Current(); l != nil && (l.Sequence != 1 || len(l.Blocked) != 1) {
			t.Errorf("byte %d changed: %+v", at, l)
		}
	}
	other := newOffice(t)
	other.party.Realm = protocoltest.New(t, "elsewhere/1")
	other.file = o.file
	if err := os.WriteFile(o.file, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if other.open().Current() != nil {
		t.Error("another realm's list is believed")
	}
}

// FuzzFile: whatever lies in the file, it is a list that settlement signed or none.
func FuzzFile(f *testing.F) {
	f.Add([]byte(`{"list":"AA==","certificate":"AA=="}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, text []byte) {
		o := newOffice(t)
		if err := os.WriteFile(o.file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if l := o.open().Current(); l != nil && l.Issuer != o.party.Settlement.Subject {
			t.Errorf("believed %+v", l)
		}
	})
}
