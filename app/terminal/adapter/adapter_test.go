package adapter_test

import (
	"crypto"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"countersign/app/terminal/adapter"
	"countersign/app/terminal/anchor"
	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient"
	"countersign/settlementclient/virtualsettlement"
)

var (
	_ sale.Settler   = adapter.Settler{}
	_ staff.Recorder = adapter.Book{}
)

// counter is a terminal's real client and the settlement server that it talks to.
type counter struct {
	adapter.Settler
	party  protocoltest.Sale
	server *virtualsettlement.Server
}

func newCounter(t *testing.T) counter {
	t.Helper()
	party := protocoltest.NewSale(t, 120, false)
	server := virtualsettlement.Start(t, party)
	client, err := settlementclient.New(settlementclient.Options{
		URL: server.URL, TLS: server.TLS.Client(protocol.RoleTerminal, party.Terminal.Subject), Trust: party.Realm.Trust,
		Certificate: func() *protocol.Signed[protocol.Certificate] { return party.Terminal.Certificate },
		Clock:       func() time.Time { return party.Realm.Now },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return counter{adapter.Settler{Client: client, Signer: func() (crypto.Signer, error) { return party.Terminal.Key, nil }}, party, server}
}

// submit hands in a payment and returns what it was about.
func (c counter) submit(t *testing.T) (protocol.Advice, sale.Answer, error) {
	t.Helper()
	request := c.party.Request(t)
	submission := c.party.Submission(t, request, c.party.Payment(t, request, nil), 1, protocoltest.Template(120, "live"))
	claims, asked := submission.Unverified(), request.Unverified()
	about := protocol.Advice{Request: request.Hash(), Payment: claims.Payment.Hash(), Amount: asked.Amount, Currency: asked.Currency, Scramble: asked.Scramble}
	settlement, err := c.Certificate(t.Context())
	if err != nil {
		return about, sale.Answer{}, err
	}
	envelope, err := protocol.SealSubmission(*settlement.Unverified().Device.Agreement, c.party.Terminal.Subject, submission)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Submit(t.Context(), envelope, about, 1)
	return about, answer, err
}

// What is asked about a payment after it was handed in is signed by the terminal
// and answered by settlement.
func TestSettlerCarriesASale(t *testing.T) {
	c := newCounter(t)
	about, answer, err := c.submit(t)
	if err != nil || answer.Outcome.Result != protocol.ResultPaid {
		t.Fatalf("%+v, %v", answer, err)
	}
	if again, err := c.Query(t.Context(), about); err != nil || again.Outcome.Reference != answer.Outcome.Reference {
		t.Errorf("query: %+v, %v", again, err)
	}
	if err := c.Acknowledge(t.Context(), about); err != nil {
		t.Errorf("acknowledgement: %v", err)
	}
	broken := errors.New("token gone")
	c.Signer = func() (crypto.Signer, error) { return nil, broken }
	if _, err := c.Reverse(t.Context(), about); !errors.Is(err, broken) {
		t.Errorf("reversal without a key: %v", err)
	}
}

// Guarantee 2: only what is known to be harmless has a name of its own.
func TestSettlerErrors(t *testing.T) {
	for _, c := range []struct {
		fault virtualsettlement.Fault
		want  error
	}{
		{virtualsettlement.Overloaded, sale.ErrBusy},
		{virtualsettlement.HangUpAfterReading, sale.ErrNoAnswer},
		{virtualsettlement.HangUpInAnswer, sale.ErrNoAnswer},
		{virtualsettlement.Garbage, sale.ErrNoAnswer},
		{virtualsettlement.Failed, sale.ErrNoAnswer},
		{virtualsettlement.Unsigned, sale.ErrNoAnswer},
	} {
		counter := newCounter(t)
		counter.server.Fail(protocol.PathPayments, c.fault)
		if _, _, err := counter.submit(t); !errors.Is(err, c.want) {
			t.Errorf("fault %d: %v, want %v", c.fault, err, c.want)
		}
	}
	never := newCounter(t)
	if _, err := never.Query(t.Context(), protocol.Advice{Currency: 156, Amount: 1}); !errors.Is(err, sale.ErrNeverSeen) {
		t.Errorf("a sale that settlement never saw: %v", err)
	}
	never.server.Fail(protocol.PathQueries, virtualsettlement.Undecided)
	if _, err := never.Query(t.Context(), protocol.Advice{Currency: 156, Amount: 1}); !errors.Is(err, sale.ErrUndecided) {
		t.Errorf("a settlement that asks to wait: %v", err)
	}
	strange := newCounter(t)
	strange.server.Fail(protocol.PathCertificate, virtualsettlement.WrongCertificate)
	if _, _, err := strange.submit(t); !errors.Is(err, sale.ErrSettlement) {
		t.Errorf("another authority's certificate: %v", err)
	}
	gone := newCounter(t)
	gone.server.Close()
	if _, _, err := gone.submit(t); !errors.Is(err, sale.ErrNotSent) {
		t.Errorf("no server: %v", err)
	}
}

func TestLodge(t *testing.T) {
	c := newCounter(t)
	lodge := adapter.Lodge(c.Client)
	head := func(sequence uint64, head byte) *protocol.Signed[protocol.JournalAnchor] {
		return protocoltest.Sign(t, c.party.Terminal.Key, protocol.JournalAnchor{Sequence: sequence, Head: protocol.Hash{head}, At: protocol.At(c.party.Realm.Now)})
	}
	receipt, err := lodge(t.Context(), head(7, 1))
	if err != nil {
		t.Fatal(err)
	}
	if signed, err := protocol.Parse[protocol.AnchorReceipt](receipt); err != nil || signed.Unverified().Sequence != 7 {
		t.Errorf("the receipt is %x, %v", receipt, err)
	}
	if _, err := lodge(t.Context(), head(7, 2)); !errors.Is(err, anchor.ErrContradicted) {
		t.Errorf("another head: %v", err)
	}
	c.server.Close()
	if _, err := lodge(t.Context(), head(8, 3)); err == nil || errors.Is(err, anchor.ErrContradicted) {
		t.Errorf("no server: %v", err)
	}
}

func TestBook(t *testing.T) {
	j, err := journal.Open(t.Context(), filepath.Join(t.TempDir(), "journal.db"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	event := staff.Event{Kind: staff.SignedIn, At: time.Unix(1_700_000_000, 0), Shift: 3, By: "C-01"}
	if err := (adapter.Book{Journal: j}).Record(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	var kept []sale.Entry
	if err := j.All(func(_ uint64, e sale.Entry) error { kept = append(kept, e); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(kept) != 1 || kept[0].Event != sale.Event(event.Kind) || kept[0].Shift != 3 || kept[0].Cashier != "C-01" || kept[0].Staff == nil || kept[0].Staff.Kind != event.Kind {
		t.Errorf("kept %+v", kept)
	}
}
