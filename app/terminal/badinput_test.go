//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"countersign/app/terminal/sale"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient/enrolment/enrolmenttest"
)

// mishap is something that goes wrong at the counter.
type mishap struct {
	name string
	// change fits ports and times.
	change func(*counter, *sale.Settings, *sale.Ports)
	// do lets it happen, and sees that it ends as it should.
	do func(*counter)
	// paid is how many sales the owner has paid in it.
	paid int64
}

// Whatever is held to the camera, laid on the glass, pulled out or cut: the sale
// ends for a reason with a name, no money is lost or made, and the next sale at
// the same till is paid.
func TestBadInput(t *testing.T) {
	s := openShop(t)
	books := s.books()
	for i, m := range slices.Concat(junk(), lies(), fingers(), missingParts(), lostNetwork(), wrongSettings()) {
		if underRace && i%4 != 0 {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			s := *s
			s.tb = t
			c := s.openCounter(t, m.change)
			m.do(c)
			c.quiet()
			c.usualTimes()
			books = s.wantMoved(t, books, map[*wallet]int64{s.owner: m.paid * int64(sum)})
			c.sell(s.owner)
			books = s.wantMoved(t, books, map[*wallet]int64{s.owner: int64(sum)})
			s.prove()
		})
	}
	if _, _, err := s.journal.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// usualTimes gives the till its patience back, which a mishap had shortened so that
// the test need not wait. No sale may be under way.
func (c *counter) usualTimes() {
	c.till.Life, c.till.FingerWait = sale.Defaults().Life, sale.Defaults().FingerWait
}

// junk is what anybody can hold to the camera: it is named, changes nothing, and
// the sale is paid after it.
func junk() []mishap {
	held := func(name string, want sale.Reason, text func(*counter, *protocol.Signed[protocol.Request]) string) mishap {
		return mishap{name: name, paid: 1, do: func(c *counter) {
			request := c.begin()
			c.phone.show(text(c, request))
			c.noticed(want)
			c.hold(c.owner, request, nil)
			c.touch(1, c.owner.print(c.tb))
			c.ended(sale.Paid, sale.ReasonNone)
		}}
	}
	payment := func(change func(*counter, *draft)) func(*counter, *protocol.Signed[protocol.Request]) string {
		return func(c *counter, r *protocol.Signed[protocol.Request]) string {
			return c.pay(c.owner, r, func(d *draft) { change(c, d) })
		}
	}
	return []mishap{
		held("a code that is not ours", sale.ReasonNotOurs, func(*counter, *protocol.Signed[protocol.Request]) string { return "HTTPS://EXAMPLE.ORG" }),
		held("a receipt", sale.ReasonNotOurs, func(c *counter, _ *protocol.Signed[protocol.Request]) string { return protocol.PrefixOutcome + "AB" }),
		held("truncated to a few bytes", sale.ReasonDamaged, func(c *counter, r *protocol.Signed[protocol.Request]) string {
			return c.pay(c.owner, r, nil)[:len(protocol.PrefixPayment)+30]
		}),
		held("characters that no code has", sale.ReasonDamaged, func(c *counter, r *protocol.Signed[protocol.Request]) string {
			return c.pay(c.owner, r, nil) + ":::"
		}),
		held("truncated at the end", sale.ReasonOtherSale, func(c *counter, r *protocol.Signed[protocol.Request]) string {
			text := c.pay(c.owner, r, nil)
			return text[:len(text)-len(text[len(protocol.PrefixPayment):])%3-6]
		}),
		held("one bit flipped", sale.ReasonOtherSale, func(c *counter, r *protocol.Signed[protocol.Request]) string {
			sealed, err := protocol.ParsePaymentText(c.pay(c.owner, r, nil))
			if err != nil {
				c.tb.Fatal(err)
			}
			sealed[len(sealed)/2] ^= 1
			return protocol.PaymentText(sealed)
		}),
		held("a payment for another terminal", sale.ReasonOtherSale, payment(func(c *counter, d *draft) {
			key, err := ecdh.P256().GenerateKey(rand.Reader)
			if err != nil {
				c.tb.Fatal(err)
			}
			if d.terminal, err = protocol.NewPoint(key.PublicKey()); err != nil {
				c.tb.Fatal(err)
			}
		})),
		held("a wallet of another authority", sale.ReasonOtherAuthority, payment(func(c *counter, d *draft) { foreign(c.tb, d, "elsewhere/1") })),
		held("a wallet of an authority with our name", sale.ReasonOtherAuthority, payment(func(c *counter, d *draft) { foreign(c.tb, d, "countersign/1") })),
		held("signed by another than the certified key", sale.ReasonOtherAuthority, payment(func(c *counter, d *draft) { d.signer = c.other.Signer })),
		held("certificate of a desk", sale.ReasonRole, payment(func(c *counter, d *draft) {
			d.Wallet, d.signer = c.desk.Certificate, c.desk.Signer
		})),
		{name: "a photograph of the payment before", paid: 2, do: func(c *counter) {
			request := c.begin()
			text := c.pay(c.owner, request, nil)
			c.phone.show(text)
			c.touch(1, c.owner.print(c.tb)) // the code stays in view to the end of this sale, and is not read again
			c.ended(sale.Paid, sale.ReasonNone)
			again := c.begin()
			c.phone.show(text)
			c.noticed(sale.ReasonOtherSale)
			c.hold(c.owner, again, nil)
			c.touch(1, c.owner.print(c.tb))
			c.ended(sale.Paid, sale.ReasonNone)
		}},
	}
}

// foreign makes a draft one of a wallet that another authority certified.
func foreign(tb testing.TB, d *draft, name protocol.ID) {
	realm := protocoltest.New(tb, name)
	realm.Now = time.Now()
	party := realm.Certify(realm.Claims(protocol.RoleWallet, "W-0001", ""))
	d.Wallet, d.signer = party.Certificate, party.Key
}

// lies are what a genuine wallet or terminal says and may not: the sale ends.
func lies() []mishap {
	said := func(name string, reason sale.Reason, finger bool, change func(*counter, *draft)) mishap {
		return mishap{name: name, do: func(c *counter) {
			c.hold(c.owner, c.begin(), func(d *draft) { change(c, d) })
			if finger {
				c.touch(1, c.owner.print(c.tb))
			}
			c.ended(sale.Refused, reason)
		}}
	}
	day := 24 * time.Hour
	return []mishap{
		said("another amount", sale.ReasonOtherAmount, false, func(_ *counter, d *draft) { d.Amount-- }),
		said("another currency", sale.ReasonOtherCurrency, false, func(_ *counter, d *draft) { d.Currency = 978 }),
		said("wrong scramble code", sale.ReasonWrongCode, false, func(_ *counter, d *draft) { d.Scramble[7] ^= 1 }),
		said("certificate expired", sale.ReasonCertExpired, false, func(c *counter, d *draft) {
			d.Wallet = c.resigned(d.Wallet, time.Now().Add(-90*day), time.Now().Add(-time.Minute))
		}),
		said("certificate of tomorrow", sale.ReasonNotYetValid, false, func(c *counter, d *draft) {
			d.Wallet = c.resigned(d.Wallet, time.Now().Add(day), time.Now().Add(90*day))
		}),
		said("account of another wallet", sale.ReasonWallet, true, func(c *counter, d *draft) { d.account = c.other.account }),
		said("account that nobody has", sale.ReasonWallet, true, func(c *counter, d *draft) { d.account = "6222020200000000" }),
		{name: "certificate revoked", do: func(c *counter) {
			code := c.authority.OK("code", c.authority.InData("--role", "wallet", "--subject", "W-0003", "--no-print")...)
			lost := &wallet{Credentials: c.enrol(enrolmenttest.NewUnit(), protocol.RoleWallet, code, false), account: c.owner.account}
			c.authority.OK("revoke", c.authority.InData("--subject", "W-0003")...)
			if err := c.papers.Refresh(c.tb.Context()); err != nil {
				c.tb.Fatal(err)
			}
			c.hold(lost, c.begin(), nil)
			c.ended(sale.Refused, sale.ReasonRevoked)
		}},
		{name: "more than the account holds", do: func(c *counter) {
			c.hold(c.owner, c.key(200_000_000), nil)
			c.touch(1, c.owner.print(c.tb))
			c.ended(sale.Refused, sale.ReasonFunds)
		}},
		{name: "payment after the request's end", paid: 1, change: func(_ *counter, settings *sale.Settings, _ *sale.Ports) {
			settings.Life = 3 * time.Second
		}, do: func(c *counter) {
			late := c.pay(c.owner, c.begin(), nil)
			c.ended(sale.Expired, sale.ReasonTimedOut)
			c.usualTimes()
			request := c.begin()
			c.phone.show(late)
			c.noticed(sale.ReasonOtherSale)
			c.hold(c.owner, request, nil)
			c.touch(1, c.owner.print(c.tb))
			c.ended(sale.Paid, sale.ReasonNone)
		}},
		{name: "submission handed in twice", paid: 1, change: func(c *counter, _ *sale.Settings, ports *sale.Ports) {
			ports.Settler = twice{ports.Settler, c}
		}, do: func(c *counter) { c.sell(c.owner) }},
	}
}

// twice hands every submission in again, and sees that the answer is the same.
type twice struct {
	sale.Settler
	c *counter
}

func (t twice) Submit(ctx context.Context, e protocol.Envelope, about protocol.Advice, attempt uint8) (sale.Answer, error) {
	first, err := t.Settler.Submit(ctx, e, about, attempt)
	if err != nil {
		return first, err
	}
	second, err := t.Settler.Submit(ctx, e, about, attempt)
	if err != nil || !bytes.Equal(first.Signed.Bytes(), second.Signed.Bytes()) {
		t.c.tb.Errorf("second answer %+v, %v", second.Outcome, err)
	}
	return first, nil
}
