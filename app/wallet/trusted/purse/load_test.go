package purse_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"countersign/app/wallet/trusted/purse"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// Step S1: an application is repeated byte for byte until it is answered, after a
// restart as well, and again under a renewed certificate with the same key; only
// settlement's card for this key is taken.
func TestApplication(t *testing.T) {
	s := begin(t, 0, nil)
	ctx := t.Context()
	a, err := s.Apply(ctx, "6222020200112233445", 156) // a renewal
	if err != nil {
		t.Fatal(err)
	}
	s.again()
	b, err := s.Apply(ctx, "6222020200112233445", 156)
	if err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Errorf("another application, %v", err)
	}
	if _, err := s.Apply(ctx, "6222020200112233446", 156); !errors.Is(err, purse.ErrWaits) {
		t.Error(err)
	}
	if _, err := s.Apply(ctx, "6222020200112233445", 840); !errors.Is(err, purse.ErrOtherCardTerms) {
		t.Error(err)
	}
	renewed := s.Realm.Claims(protocol.RoleWallet, "W-0001", "")
	renewed.Device.Print = bytes.Repeat([]byte{1}, 32)
	s.WalletUnit.Certificate = s.Realm.Certify(renewed).Certificate
	c, err := s.Apply(ctx, "6222020200112233445", 156)
	if err != nil || c.Unverified().Key != a.Unverified().Key || c.Hash() == a.Hash() {
		t.Errorf("under a renewed certificate: %v", err)
	}
	claims := s.CardClaims(c)
	for name, test := range map[string]struct {
		change func(*protocol.VirtualCard)
		want   error
	}{
		"another key":      {func(c *protocol.VirtualCard) { c.Holder.Key = s.WalletUnit.Public(t) }, purse.ErrCardKey},
		"another number":   {func(c *protocol.VirtualCard) { c.Number = s.OtherNumber() }, purse.ErrOtherCardTerms},
		"another currency": {func(c *protocol.VirtualCard) { c.Purse.Currency = 840 }, purse.ErrOtherCardTerms},
		"an earlier end":   {func(c *protocol.VirtualCard) { c.Expires -= 86_400 }, purse.ErrOtherCardTerms},
		"another issuer":   {func(c *protocol.VirtualCard) { c.Issuer = "settlement-2" }, protocol.ErrOtherSettlement},
		"ended":            {func(c *protocol.VirtualCard) { c.Expires = protocol.At(s.Now()) - 1 }, protocol.ErrExpired},
	} {
		changed := claims
		test.change(&changed)
		if _, err := s.AcceptCard(ctx, protocoltest.Sign(t, s.Server.Key, changed)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.AcceptCard(ctx, protocoltest.Sign(t, s.WalletUnit.Key, claims)); !errors.Is(err, protocol.ErrSignature) {
		t.Error(err)
	}
	claims.Expires += 86_400
	card := protocoltest.Sign(t, s.Server.Key, claims)
	for range 2 { // the second changes nothing
		if _, err := s.AcceptCard(ctx, card); err != nil {
			t.Fatal(err)
		}
	}
	if v := s.View(); v.Applying || !v.Expires.Equal(claims.Expires.Time()) {
		t.Errorf("%+v", v)
	}
	if err := s.ApplicationRefused(ctx, c.Unverified().Key); !errors.Is(err, purse.ErrNotWaiting) {
		t.Error(err)
	}
}

// A load is credited once, to the request that waits, whatever is repeated, restarted,
// forged or refused in between.
func TestLoadOnce(t *testing.T) {
	s := begin(t, 10_000, nil)
	ctx := t.Context()
	if _, err := s.BeginLoad(ctx, 190_001, false); !errors.Is(err, purse.ErrCeiling) {
		t.Error(err)
	}
	asked, err := s.BeginLoad(ctx, 5_000, false)
	if err != nil {
		t.Fatal(err)
	}
	s.again()
	again, err := s.BeginLoad(ctx, 5_000, false)
	if err != nil || !bytes.Equal(asked.Bytes(), again.Bytes()) || !bytes.Equal(s.PendingLoad().Bytes(), asked.Bytes()) {
		t.Errorf("another request, %v", err)
	}
	if _, err := s.BeginLoad(ctx, 5_000, true); !errors.Is(err, purse.ErrWaits) {
		t.Error(err)
	}
	load := s.Book(asked)
	for name, test := range map[string]struct {
		change func(*protocol.Load)
		want   error
	}{
		"another nonce":  {func(l *protocol.Load) { l.Nonce[0] ^= 1 }, purse.ErrNotWaiting},
		"another amount": {func(l *protocol.Load) { l.Amount, l.Total = 6_000, l.Total+1_000 }, protocol.ErrOtherAmount},
		"another total":  {func(l *protocol.Load) { l.Total++ }, protocol.ErrOtherAmount},
		"a later one":    {func(l *protocol.Load) { l.Sequence++ }, protocol.ErrOtherRequest},
		"another card":   {func(l *protocol.Load) { l.Number = s.OtherNumber() }, protocol.ErrOtherRequest},
	} {
		changed := load.Unverified()
		test.change(&changed)
		if _, err := s.AcceptLoad(ctx, protocoltest.Sign(t, s.Server.Key, changed)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.AcceptLoad(ctx, protocoltest.Sign(t, s.WalletUnit.Key, load.Unverified())); !errors.Is(err, protocol.ErrSignature) {
		t.Error(err)
	}
	s.balance(10_000)
	for range 3 {
		if _, err := s.AcceptLoad(ctx, load); err != nil {
			t.Fatal(err)
		}
		s.balance(15_000)
		s.again()
	}
	if s.PendingLoad() != nil {
		t.Error("still waits")
	}
}

// A refusal is nobody's signed word: should settlement have booked the load all the
// same, it is credited, and where settlement says that it is a load ahead, the request waits
// again.
func TestRefusedAndBooked(t *testing.T) {
	s := begin(t, 1_000, nil)
	ctx := t.Context()
	first, err := s.BeginLoad(ctx, 5_000, false)
	if err != nil {
		t.Fatal(err)
	}
	booked := s.Book(first)
	if err := s.LoadRefused(ctx, first.Hash()); err != nil {
		t.Fatal(err)
	}
	if err := s.LoadRefused(ctx, first.Hash()); !errors.Is(err, purse.ErrNotWaiting) {
		t.Error(err)
	}
	second, err := s.BeginLoad(ctx, 7_000, false)
	if err != nil || second.Unverified().Sequence != first.Unverified().Sequence {
		t.Fatal(err)
	}
	if s.Book(second) != nil {
		t.Fatal("settlement booked two loads of one number")
	}
	if err := s.LoadRefused(ctx, second.Hash()); err != nil {
		t.Fatal(err)
	}
	s.again()
	s.told(t)
	if waits := s.PendingLoad(); waits == nil || waits.Hash() != first.Hash() {
		t.Fatalf("%v waits", waits)
	}
	if _, err := s.AcceptLoad(ctx, booked); err != nil {
		t.Fatal(err)
	}
	s.balance(6_000)
	if s.PendingLoad() != nil {
		t.Error("the other still waits")
	}
	s.Load(s.Purse, 7_000)
	s.balance(13_000)
}

// A load above a ceiling that was lowered is kept until there is room for it.
func TestCeilingLowered(t *testing.T) {
	s := begin(t, 100_000, nil)
	ctx := t.Context()
	asked, err := s.BeginLoad(ctx, 50_000, false)
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Apply(ctx, "6222020200112233445", 156)
	if err != nil {
		t.Fatal(err)
	}
	claims := s.CardClaims(a)
	claims.Purse.Ceiling = 120_000
	if _, err := s.AcceptCard(ctx, protocoltest.Sign(t, s.Server.Key, claims)); err != nil {
		t.Fatal(err)
	}
	load := s.Book(asked)
	if _, err := s.AcceptLoad(ctx, load); !errors.Is(err, purse.ErrCeiling) {
		t.Fatal(err)
	}
	if _, err := s.Transfer(ctx, s.OtherNumber(), 40_000); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AcceptLoad(ctx, load); err != nil {
		t.Fatal(err)
	}
	s.balance(110_000)
}

// A transfer is confirmed on the trusted screen, deducted in the chain, repeated until it
// has a receipt, and shown as it ended; what comes back can be loaded.
func TestTransfer(t *testing.T) {
	s := begin(t, 50_000, nil)
	ctx := t.Context()
	var asked []purse.Question
	c := s.screen()
	for _, test := range []struct {
		to     protocol.CardNumber
		amount protocol.Amount
		want   error
	}{
		{s.Number(), 1, protocol.ErrRange}, {"9156000000000001", 1, protocol.ErrCardNumber},
		{s.OtherNumber(), 50_001, purse.ErrFunds}, {s.OtherNumber(), 0, protocol.ErrRange},
	} {
		if _, err := s.Transfer(ctx, test.to, test.amount); !errors.Is(err, test.want) {
			t.Errorf("%d to %s: %v", test.amount, test.to.Ending(), err)
		}
	}
	if len(c.asked) != 0 {
		t.Error("asked in vain")
	}
	for _, answer := range []any{false, errors.New("no answer")} {
		go func() { c.answer <- answer }()
		if _, err := s.Transfer(ctx, s.OtherNumber(), 20_000); err == nil {
			t.Error("transferred without the owner's word")
		}
		asked = append(asked, <-c.asked)
	}
	s.balance(50_000)
	if q := asked[0]; q.About != purse.AboutTransfer || q.Receiver != s.OtherNumber().Ending() || q.Amount != 20_000 {
		t.Errorf("asked %+v", q)
	}
	s.Owner.Answer(nil)
	tap, _ := s.pay(protocol.NewCode(), 100)
	sent, err := s.Transfer(ctx, s.OtherNumber(), 20_000)
	if err != nil {
		t.Fatal(err)
	}
	if of := sent.Unverified(); of.Counter != 2 || of.Previous != tap.Result.Hash() {
		t.Errorf("%+v", of)
	}
	s.balance(29_900)
	s.again()
	if waiting := s.Transfers(); len(waiting) != 1 || !bytes.Equal(waiting[0].Bytes(), sent.Bytes()) {
		t.Fatalf("%d wait", len(waiting))
	}
	r := s.Receipt(sent, protocol.TransferReturned)
	for range 2 {
		if _, err := s.AcceptReceipt(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	if v := s.View(); v.Transfers != 0 || v.Waiting != 20_000 || v.Balance != 29_900 {
		t.Errorf("%+v", v)
	}
	if h := s.History()[0]; h.Ending != purse.Returned || h.Counter != 2 || h.Other != s.OtherNumber().Ending() {
		t.Errorf("%+v", h)
	}
	back, err := s.BeginLoad(ctx, 20_000, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.AcceptLoad(ctx, s.Book(back)); err != nil {
		t.Fatal(err)
	}
	s.balance(49_900)
	if h := s.History()[0]; h.Kind != purse.Received || s.View().Waiting != 0 {
		t.Errorf("%+v", h)
	}
	s.arm()
	next, _ := s.pay(protocol.NewCode(), 100)
	if *next.Result.Unverified().Previous != sent.Hash() {
		t.Error("the chain leaves the transfer out")
	}
}

// Questions hand in what is not settled, in turns; what is settled is kept, however old, until
// enough that is newer is settled too, and answers RECOVER until then.
func TestSettled(t *testing.T) {
	s := begin(t, 100_000, func(o *purse.Options) { o.MaxUnconfirmed, o.MaxUnconfirmedSum = 1000, 1<<40 })
	ctx := t.Context()
	first, _ := s.pay(protocol.NewCode(), 10)
	for range 39 {
		s.pay(protocol.NewCode(), 10)
	}
	for _, want := range []struct {
		first uint64
		n     int
	}{{1, 32}, {33, 8}, {1, 32}} {
		q, err := s.Question(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if r := q.Unverified().Results; len(r) != want.n || r[0].Unverified().Counter != want.first {
			t.Errorf("%d results from %d", len(r), r[0].Unverified().Counter)
		}
	}
	s.Clear(39)
	s.told(t)
	if v := s.View(); v.Kept != 1 || v.Balance != 99_600 {
		t.Errorf("%+v", v)
	}
	if result, err := s.shop.Recover(ctx, s.card(), first); err != nil || result.Hash() != first.Result.Hash() {
		t.Error(err)
	}
	s.Pass(25 * time.Hour)
	s.told(t)
	s.again()
	s.arm()
	s.balance(99_600)
	if result, err := s.shop.Recover(ctx, s.card(), first); err != nil || result.Hash() != first.Result.Hash() {
		t.Errorf("a day later: %v", err)
	}
	var last uint64
	for range 64 {
		next, _ := s.pay(protocol.NewCode(), 10)
		last = next.Result.Unverified().Counter
	}
	if last != 104 {
		t.Error(last)
	}
	s.Clear(last)
	s.told(t)
	s.again()
	s.arm()
	if result, err := s.shop.Recover(ctx, s.card(), first); err != nil || result.Unverified().Status != protocol.TapNever {
		t.Errorf("behind 64 newer ones: %v", err)
	}
}

// A settlement that knows more of the card than the purse does has seen another copy of
// it: the purse pays no more, for ever.
func TestSettlementKnowsMore(t *testing.T) {
	for name, ahead := range map[string]func(*protocol.CardState){
		"deductions": func(c *protocol.CardState) { c.Cleared = 2 },
		"a load":     func(c *protocol.CardState) { c.Sequence, c.Total = 2, 50_001 },
		"two loads":  func(c *protocol.CardState) { c.Sequence, c.Total = 3, 60_000 },
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, 50_000, nil)
			s.pay(protocol.NewCode(), 10)
			claims := s.StateClaims()
			ahead(&claims)
			if _, err := s.AcceptState(t.Context(), protocoltest.Sign(t, s.Server.Key, claims)); !errors.Is(err, purse.ErrRolledBack) {
				t.Error(err)
			}
			s.again()
			if err := s.Arm(t.Context()); !errors.Is(err, purse.ErrRolledBack) {
				t.Error(err)
			}
		})
	}
}

// A blocked card pays nothing until settlement says otherwise, later.
func TestBlocked(t *testing.T) {
	s := begin(t, 50_000, nil)
	open := s.State()
	s.Pass(time.Second)
	s.Block(true)
	s.told(t)
	if err := s.Arm(t.Context()); !errors.Is(err, purse.ErrBlocked) {
		t.Error(err)
	}
	if _, err := s.AcceptState(t.Context(), open); err != nil || !s.View().Blocked {
		t.Error("an older state unblocked the card", err)
	}
	s.Block(false)
	s.told(t)
	s.arm()
}

// Settlement answers a repeat with the bytes that it has kept, which it may have signed
// before it renewed its certificate: load, receipt and state are good under either, once the
// purse knows it, and under nobody else's.
func TestSettlementRenewsItsCertificate(t *testing.T) {
	s := begin(t, 1000, nil)
	ctx := t.Context()
	asked, err := s.BeginLoad(ctx, 300, false)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := s.Transfer(ctx, s.OtherNumber(), 200)
	if err != nil {
		t.Fatal(err)
	}
	load, receipt, state, former := s.Book(asked), s.Receipt(sent, protocol.TransferMade), s.State(), s.Server.Certificate
	renewed := former.Unverified()
	renewed.Expires++
	s.Server.Certificate = protocoltest.Sign(t, s.Realm.Key, renewed)
	accept := func() error {
		_, first := s.AcceptLoad(ctx, load)
		_, second := s.AcceptReceipt(ctx, receipt)
		_, third := s.AcceptState(ctx, state)
		return errors.Join(first, second, third)
	}
	if err := accept(); !errors.Is(err, protocol.ErrSignature) {
		t.Errorf("under a certificate that the purse does not know: %v", err)
	}
	for name, bad := range map[string]*protocol.Signed[protocol.Certificate]{
		"none": nil, "a wallet's": s.WalletUnit.Certificate, "another server's": s.Realm.Settlement("settlement-2").Certificate,
	} {
		if err := s.KnowSettlement(bad); err == nil {
			t.Errorf("%s certificate is taken for settlement's", name)
		}
	}
	if err := s.KnowSettlement(former); err != nil {
		t.Fatal(err)
	}
	if err := accept(); err != nil {
		t.Error(err)
	}
	s.balance(1100)
}
