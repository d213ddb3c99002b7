package protocol_test

import (
	"fmt"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

func TestCardNumbers(t *testing.T) {
	for serial, want := range map[uint64]protocol.CardNumber{0: "9156000000000003", 1: "9156000000000011", 666: "9156000000006661", 99_999_999_999: "9156999999999994"} {
		number := ok[protocol.CardNumber](t)(protocol.NewCardNumber(serial))
		if number != want {
			t.Errorf("number %d is %s, want %s", serial, number, want)
		}
		wantError(t, number.Validate(), nil)
		digits := ok[[8]byte](t)(number.BCD())
		if again := ok[protocol.CardNumber](t)(protocol.CardNumberFromBCD(digits[:])); again != number || fmt.Sprintf("%x", digits) != string(number) {
			t.Errorf("%s comes back as %s from %x", number, again, digits)
		}
		if ending := number.Ending(); ending != string(number[12:]) {
			t.Errorf("%s ends %s", number, ending)
		}
	}
	_, err := protocol.NewCardNumber(100_000_000_000)
	wantError(t, err, protocol.ErrRange)
	for _, bad := range []protocol.CardNumber{"", "9", "915600000000001", "91560000000000110", "915600000000001x", "x156000000000011", "91560000 0000011", "９１５６", "9156000000000012", "9156000000000031", "6222020200112235", "-156000000000011"} {
		wantError(t, bad.Validate(), protocol.ErrCardNumber)
	}
	if protocol.CardNumber("12").Ending() != "12" {
		t.Error("a short number has no ending")
	}
	for _, bad := range []protocol.CardNumber{"", "915600000000001", "915600000000001x", "91560000000000130"} {
		_, err := bad.BCD()
		wantError(t, err, protocol.ErrCardNumber)
	}
	for _, bad := range [][]byte{nil, make([]byte, 7), make([]byte, 9), {0x91, 0x56, 0, 0, 0, 0, 0, 0x1a}, {0xa1, 0x56, 0, 0, 0, 0, 0, 0x13}} {
		_, err := protocol.CardNumberFromBCD(bad)
		wantError(t, err, protocol.ErrCardNumber)
	}
}

// Every single digit that is mistyped, and every two neighbours that are swapped but 0 and 9,
// are found out (ISO/IEC 7812-1 annex B).
func TestCheckDigitFindsMistakes(t *testing.T) {
	number := ok[protocol.CardNumber](t)(protocol.NewCardNumber(12345678901))
	for i := range number {
		for d := byte('0'); d <= '9'; d++ {
			if wrong := number[:i] + protocol.CardNumber(d) + number[i+1:]; wrong != number && wrong.Validate() == nil {
				t.Errorf("%s passes for %s", wrong, number)
			}
		}
		if i == 0 || number[i] == number[i-1] || number[i-1:i+1] == "90" || number[i-1:i+1] == "09" {
			continue
		}
		if wrong := number[:i-1] + number[i:i+1] + number[i-1:i] + number[i+1:]; wrong.Validate() == nil {
			t.Errorf("%s passes for %s", wrong, number)
		}
	}
}

func TestCardMarks(t *testing.T) {
	s := newTapScene(t)
	mark, other := s.Card.Mark(), s.thief.Mark()
	if mark == other || mark.Compare(other) == 0 || mark.Compare(other) != -other.Compare(mark) || mark.Compare(mark) != 0 {
		t.Error("marks do not tell cards apart")
	}
	if thumbprint := s.Card.Claims().Holder.Key.Thumbprint(); string(thumbprint[:16]) != string(mark[:]) {
		t.Error("the mark is not half the thumbprint")
	}
	list := s.blocklist()
	if !list.Blocks(s.thief.Claims().Holder.Key) || list.Blocks(s.Card.Claims().Holder.Key) {
		t.Error("the wrong card is blocked")
	}
}

func TestCardApplicationsRefused(t *testing.T) {
	s := newTapScene(t)
	application := func(change func(a *protocol.CardApplication)) *protocol.Signed[protocol.CardApplication] {
		return changed(t, s.Wallet, s.application(), change)
	}
	proof := func(key protocoltest.Card, change func(k *protocol.CardKey)) func(a *protocol.CardApplication) {
		return func(a *protocol.CardApplication) {
			k := a.Proof.Unverified()
			change(&k)
			a.Proof = protocoltest.Sign(t, key.Key, k)
		}
	}
	other := s.Realm.Wallet("W-0002", s.Settlement, live(), false)
	tests := []struct {
		name        string
		application *protocol.Signed[protocol.CardApplication]
		want        error
	}{
		{"genuine", application(func(*protocol.CardApplication) {}), nil},
		{"by another wallet", protocoltest.Sign(t, other.Key, s.application()), protocol.ErrSignature},
		{"by a terminal", changed(t, s.Terminal, s.application(), func(a *protocol.CardApplication) { a.Wallet = s.Terminal.Certificate }), protocol.ErrRole},
		{"for a key that the wallet has not", application(proof(s.thief, func(*protocol.CardKey) {})), protocol.ErrSignature},
		{"with another application's proof", application(func(a *protocol.CardApplication) { a.Key[0] ^= 1 }), protocol.ErrSignature},
		{"with another wallet's proof", application(proof(s.Card, func(k *protocol.CardKey) { k.Wallet = "W-0002" })), protocol.ErrSignature},
		{"with another's card, its proof lifted", changed(t, other, s.application(), func(a *protocol.CardApplication) { a.Wallet = other.Certificate }), protocol.ErrSignature},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, key, wallet, err := protocol.VerifyCardApplication(test.application, s.Realm.Trust(), s.Realm.Now)
			wantError(t, err, test.want)
			if err != nil {
				if a.Wallet != nil || key.Wallet != "" || wallet.Subject != "" {
					t.Error("something of a refused application is given out")
				}
				return
			}
			if account := ok[protocol.Account](t)(a.Account()); account != s.Account || key.Key != s.Card.Claims().Holder.Key || wallet.Subject != "W-0001" {
				t.Errorf("%q applies for a card of account %q", wallet.Subject, account)
			}
		})
	}
	_, err := protocol.NewCardApplication(s.Card.Key, s.Wallet.Certificate, "", 156, protocol.Code{}, 0)
	wantError(t, err, protocol.ErrRange)
}

func TestCardBlocklistsRefused(t *testing.T) {
	s := newTapScene(t)
	list := func(change func(l *protocol.CardBlocklist)) *protocol.Signed[protocol.CardBlocklist] {
		return changed(t, s.Settlement, s.blocklist(), change)
	}
	old, elsewhere := s.blocklist(), s.blocklist()
	elsewhere.Issuer, elsewhere.Sequence = "settlement-2", 99
	renewed := s.Realm.Claims(protocol.RoleSettlement, "settlement-1", "Settlement")
	renewed.NotBefore++
	tests := []struct {
		name        string
		list        *protocol.Signed[protocol.CardBlocklist]
		certificate *protocol.Signed[protocol.Certificate]
		old         *protocol.CardBlocklist
		after       time.Duration
		want        error
	}{
		{"first", list(func(*protocol.CardBlocklist) {}), s.Settlement.Certificate, nil, 0, nil},
		{"the same again", list(func(*protocol.CardBlocklist) {}), s.Settlement.Certificate, &old, 0, nil},
		{"the next", list(func(l *protocol.CardBlocklist) { l.Sequence++ }), s.Settlement.Certificate, &old, 0, nil},
		{"empty", list(func(l *protocol.CardBlocklist) { l.Blocked = []protocol.CardMark{} }), s.Settlement.Certificate, nil, 0, nil},
		{"after another server's", list(func(*protocol.CardBlocklist) {}), s.Settlement.Certificate, &elsewhere, 0, nil},
		{"rolled back", list(func(l *protocol.CardBlocklist) { l.Sequence-- }), s.Settlement.Certificate, &old, 0, protocol.ErrListStale},
		{"an earlier one of the same number", list(func(l *protocol.CardBlocklist) { l.Issued-- }), s.Settlement.Certificate, &old, 0, protocol.ErrListStale},
		{"a little ahead of a slow clock", list(func(*protocol.CardBlocklist) {}), s.Settlement.Certificate, nil, -protocol.MaxSkew, nil},
		{"far ahead of a slow clock", list(func(*protocol.CardBlocklist) {}), s.Settlement.Certificate, nil, -protocol.MaxSkew - time.Second, protocol.ErrClockSkew},
		{"in another server's name", list(func(l *protocol.CardBlocklist) { l.Issuer = "settlement-2" }), s.Settlement.Certificate, nil, 0, protocol.ErrOtherSettlement},
		{"under another certificate of the same key", list(func(*protocol.CardBlocklist) {}), s.Realm.Certify(renewed).Certificate, nil, 0, protocol.ErrSignature},
		{"by a terminal", protocoltest.Sign(t, s.Terminal.Key, s.blocklist()), s.Settlement.Certificate, nil, 0, protocol.ErrSignature},
		{"under a terminal's certificate", list(func(*protocol.CardBlocklist) {}), s.Terminal.Certificate, nil, 0, protocol.ErrRole},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l, err := protocol.VerifyCardBlocklist(test.list, test.certificate, test.old, s.Realm.Trust(), s.Realm.Now.Add(test.after))
			wantError(t, err, test.want)
			if err != nil && l.Issuer != "" {
				t.Error("something of a refused list is given out")
			}
		})
	}
}

func TestLoadsRefused(t *testing.T) {
	s := newTapScene(t)
	load := func(change func(l *protocol.Load)) *protocol.Signed[protocol.Load] {
		return changed(t, s.Settlement, s.load(), change)
	}
	tests := []struct {
		name string
		load *protocol.Signed[protocol.Load]
		want error
	}{
		{"genuine", load(func(*protocol.Load) {}), nil},
		{"for another card", load(func(l *protocol.Load) { l.Number = s.thief.Number() }), protocol.ErrOtherRequest},
		{"with another nonce", load(func(l *protocol.Load) { l.Nonce[0] ^= 1 }), protocol.ErrOtherRequest},
		{"an earlier one", load(func(l *protocol.Load) { l.Sequence-- }), protocol.ErrOtherRequest},
		{"a later one", load(func(l *protocol.Load) { l.Sequence++ }), protocol.ErrOtherRequest},
		{"of more", load(func(l *protocol.Load) { l.Amount++; l.Total++ }), protocol.ErrOtherAmount},
		{"of less", load(func(l *protocol.Load) { l.Amount--; l.Total-- }), protocol.ErrOtherAmount},
		{"to another total", load(func(l *protocol.Load) { l.Total++ }), protocol.ErrOtherAmount},
		{"in another currency", load(func(l *protocol.Load) { l.Currency = 978 }), protocol.ErrOtherCurrency},
		{"by the wallet itself", protocoltest.Sign(t, s.Wallet.Key, s.load()), protocol.ErrSignature},
		{"by the card itself", protocoltest.Sign(t, s.Card.Key, s.load()), protocol.ErrSignature},
		{"under another certificate", load(func(l *protocol.Load) { l.Signer[0] ^= 1 }), protocol.ErrSignature},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l, err := protocol.VerifyLoad(test.load, s.Settlement.Certificate, s.loadRequest(), 10000, s.Realm.Trust(), s.Realm.Now)
			wantError(t, err, test.want)
			if err != nil && l.Amount != 0 {
				t.Error("something of a refused load is given out")
			}
		})
	}
	_, err := protocol.VerifyLoad(load(func(*protocol.Load) {}), s.Terminal.Certificate, s.loadRequest(), 10000, s.Realm.Trust(), s.Realm.Now)
	wantError(t, err, protocol.ErrRole)
}

func TestTransferReceiptsRefused(t *testing.T) {
	s := newTapScene(t)
	transfer := protocoltest.Sign(t, s.Card.Key, s.transfer()).Hash()
	receipt := s.transferReceipt(t)
	signed := protocoltest.Sign(t, s.Settlement.Key, receipt)
	verify := func(r *protocol.Signed[protocol.TransferReceipt], certificate *protocol.Signed[protocol.Certificate], transfer protocol.Hash) error {
		_, err := protocol.VerifyTransferReceipt(r, certificate, transfer, s.Realm.Trust(), s.Realm.Now)
		return err
	}
	wantError(t, verify(signed, s.Settlement.Certificate, transfer), nil)
	wantError(t, verify(signed, s.Settlement.Certificate, protocol.Hash{1}), protocol.ErrOtherRequest)
	wantError(t, verify(signed, s.Terminal.Certificate, transfer), protocol.ErrRole)
	wantError(t, verify(protocoltest.Sign(t, s.Wallet.Key, receipt), s.Settlement.Certificate, transfer), protocol.ErrSignature)
	receipt.Signer[0] ^= 1
	wantError(t, verify(protocoltest.Sign(t, s.Settlement.Key, receipt), s.Settlement.Certificate, transfer), protocol.ErrSignature)
}

// A state is about one card, and of now: nobody lets a wallet believe in an earlier one.
func TestCardStatesRefused(t *testing.T) {
	s := newTapScene(t)
	state := func(change func(s *protocol.CardState)) *protocol.Signed[protocol.CardState] {
		return changed(t, s.Settlement, s.state(), change)
	}
	same := func(*protocol.CardState) {}
	tests := []struct {
		name        string
		state       *protocol.Signed[protocol.CardState]
		certificate *protocol.Signed[protocol.Certificate]
		after       time.Duration
		want        error
	}{
		{"genuine", state(same), s.Settlement.Certificate, 0, nil},
		{"as old as allowed", state(same), s.Settlement.Certificate, protocol.MaxAge, nil},
		{"from a little ahead", state(same), s.Settlement.Certificate, -protocol.MaxAge, nil},
		{"a little old", state(same), s.Settlement.Certificate, protocol.MaxAge + time.Second, protocol.ErrClockSkew},
		{"an earlier one", state(same), s.Settlement.Certificate, protocol.MaxSkew + time.Second, protocol.ErrRequestStale},
		{"of another card", state(func(c *protocol.CardState) { c.Number = s.thief.Number() }), s.Settlement.Certificate, 0, protocol.ErrOtherRequest},
		{"by the card itself", protocoltest.Sign(t, s.Card.Key, s.state()), s.Settlement.Certificate, 0, protocol.ErrSignature},
		{"under another certificate", state(func(c *protocol.CardState) { c.Signer[0] ^= 1 }), s.Settlement.Certificate, 0, protocol.ErrSignature},
		{"under a terminal's certificate", state(same), s.Terminal.Certificate, 0, protocol.ErrRole},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			state, err := protocol.VerifyCardState(test.state, test.certificate, s.Card.Number(), s.Realm.Trust(), s.Realm.Now.Add(test.after))
			wantError(t, err, test.want)
			if err != nil && state.Number != "" {
				t.Error("something of a refused state is given out")
			}
		})
	}
}
