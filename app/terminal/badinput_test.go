//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"image"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/app/terminal/sale"
	"countersign/devices/camera"
	"countersign/devices/camera/virtualcamera"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient"
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
	for _, m := range slices.Concat(junk(), lies(), fingers(), missingParts(), lostNetwork(), wrongSettings()) {
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
			code := c.authority.ok("code", c.authority.data("--role", "wallet", "--subject", "W-0003", "--no-print")...)
			lost := &wallet{Credentials: c.enrol(enrolmenttest.NewUnit(), protocol.RoleWallet, code, false), account: c.owner.account}
			c.authority.ok("revoke", c.authority.data("--subject", "W-0003")...)
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

// fingers are those that are not the owner's, or not now.
func fingers() []mishap {
	return []mishap{
		{name: "wrong finger three times", do: func(c *counter) {
			c.hold(c.owner, c.begin(), nil)
			for attempt := 1; attempt <= protocol.MaxAttempts; attempt++ {
				c.touch(attempt, fingerImage(c.tb, "101_1"))
			}
			c.ended(sale.Refused, sale.ReasonFinger)
		}},
		{name: "wrong finger once", paid: 1, change: func(c *counter, _ *sale.Settings, ports *sale.Ports) {
			ports.Fingers = &hands{FingerReader: ports.Fingers, c: c, first: fingerImage(c.tb, "101_1")}
		}, do: func(c *counter) {
			c.hold(c.owner, c.begin(), nil)
			c.noticed(sale.ReasonRetryFinger)
			c.ended(sale.Paid, sale.ReasonNone)
		}},
		{name: "finger too poor", do: func(c *counter) {
			c.hold(c.owner, c.begin(), nil)
			c.touch(1, smudge())
			c.noticed(sale.ReasonFingerPoor)
			c.ended(sale.Refused, sale.ReasonFingerPoor)
		}},
		{name: "no finger", change: func(_ *counter, settings *sale.Settings, _ *sale.Ports) {
			settings.FingerWait = time.Second
		}, do: func(c *counter) {
			c.hold(c.owner, c.begin(), nil)
			c.ended(sale.Expired, sale.ReasonTimedOut)
		}},
		{name: "enrolled template sent as live by the phone", do: func(c *counter) {
			c.hold(c.owner, c.begin(), func(d *draft) { d.live = c.owner.enrolled })
			c.ended(sale.Refused, sale.ReasonFinger)
		}},
		{name: "enrolled template sent as live by the terminal", change: func(c *counter, _ *sale.Settings, ports *sale.Ports) {
			ports.Fingers = &forger{FingerReader: ports.Fingers, kept: c.owner.enrolled}
		}, do: func(c *counter) {
			c.hold(c.owner, c.begin(), nil)
			c.ended(sale.Refused, sale.ReasonFinger)
		}},
		{name: "live print sent again", paid: 1, change: func(_ *counter, _ *sale.Settings, ports *sale.Ports) {
			ports.Fingers = &forger{FingerReader: ports.Fingers}
		}, do: func(c *counter) {
			c.sell(c.owner)
			c.hold(c.owner, c.begin(), nil)
			c.ended(sale.Refused, sale.ReasonFinger)
		}},
	}
}

// hands lays a stranger's finger on the glass first, then the owner's.
type hands struct {
	sale.FingerReader
	c     *counter
	first image.Image
}

func (h *hands) Read(ctx context.Context, progress func(sale.FingerProgress)) (sale.Print, error) {
	if h.first == nil {
		h.first = h.c.owner.print(h.c.tb)
	}
	h.c.sensor.Place(h.first)
	h.first = nil
	return h.FingerReader.Read(ctx, progress)
}

// forger is a sensor that a thief has changed: it gives a template once more that
// was kept, in place of what lies on the glass.
type forger struct {
	sale.FingerReader
	kept protocol.Template
	sent bool
}

func (f *forger) Read(ctx context.Context, progress func(sale.FingerProgress)) (sale.Print, error) {
	if f.kept != nil && !f.sent {
		f.sent = true
		return sale.Print{Template: slices.Clone(f.kept), Sensor: "forged", Captured: time.Now()}, nil
	}
	print, err := f.FingerReader.Read(ctx, progress)
	if err == nil && f.kept == nil {
		f.kept = slices.Clone(print.Template)
	}
	return print, err
}

// missingParts are devices that are not there, or go.
func missingParts() []mishap {
	return []mishap{
		{name: "sensor pulled out", change: func(_ *counter, settings *sale.Settings, _ *sale.Ports) {
			settings.FingerWait = 2 * time.Second
		}, do: func(c *counter) {
			c.hold(c.owner, c.begin(), nil)
			c.until("the prompt", func(v sale.View) bool { return v.Stage == sale.Finger })
			c.sensor.Unplug()
			c.noticed(sale.ReasonSensorLost)
			c.ended(sale.Refused, sale.ReasonSensorLost)
			c.plug()
		}},
		{name: "sensor pulled out in the picture and put back", paid: 1, do: func(c *counter) {
			c.sensor.Misbehave(virtualsensor.HangUp)
			c.hold(c.owner, c.begin(), nil)
			c.touch(1, c.owner.print(c.tb))
			c.noticed(sale.ReasonSensorLost)
			c.plug()
			c.ended(sale.Paid, sale.ReasonNone)
		}},
		{name: "camera pulled out", change: func(_ *counter, settings *sale.Settings, _ *sale.Ports) {
			settings.Life = 3 * time.Second
		}, do: func(c *counter) {
			c.begin()
			c.phone.camera.Misbehave(virtualcamera.Refused)
			c.until("the end", func(v sale.View) bool { return v.Stage == sale.Ended })
			c.phone.camera.Misbehave(virtualcamera.None)
			c.ended(sale.Refused, sale.ReasonCameraLost)
		}},
		{name: "camera missing", do: func(c *counter) {
			none, err := camera.Open(c.tb.Context(), camera.Settings{Address: "/dev/video63"})
			if err != nil {
				c.tb.Fatal(err)
			}
			defer none.Close()
			blind := c.openCounter(c.tb, func(_ *counter, settings *sale.Settings, ports *sale.Ports) {
				settings.Life, ports.Codes = 2*time.Second, lens{none}
			})
			blind.begin()
			blind.ended(sale.Refused, sale.ReasonCameraLost)
		}},
		{name: "token missing", do: func(c *counter) {
			c.wantRefused(1, "no token with this label", append(c.own.unit(c.flags()...), "--token", "nobody")...)
		}},
		{name: "wrong PIN", do: func(c *counter) {
			c.wantRefused(1, "refuses the PIN", append(c.own.unit(c.flags()...), "--pin-file", c.own.soPIN)...)
		}},
		{name: "cancelled while the finger is asked for", do: func(c *counter) {
			c.hold(c.owner, c.begin(), nil)
			c.until("the prompt", func(v sale.View) bool { return v.Stage == sale.Finger })
			if err := c.till.Cancel(); err != nil {
				c.tb.Fatal(err)
			}
			c.ended(sale.Cancelled, sale.ReasonNone)
		}},
	}
}

func (c *counter) plug() {
	c.tb.Helper()
	if err := c.sensor.Plug(); err != nil {
		c.tb.Fatal(err)
	}
}

// wantRefused runs the terminal's program, which must end before its window opens.
func (c *counter) wantRefused(status int, says string, flags ...string) {
	c.tb.Helper()
	_, stderr, have := c.own.run("run", flags...)
	if have != status || !strings.Contains(stderr, says) || status == 1 && !strings.Contains(stderr, "hint: ") {
		c.tb.Errorf("status %d, want %d and %q\n%s", have, status, says, stderr)
	}
}

// lostNetwork is settlement that cannot be reached.
func lostNetwork() []mishap {
	// toSettlement takes a sale to where settlement is sent the submission.
	toSettlement := func(c *counter) {
		c.hold(c.owner, c.begin(), nil)
		c.touch(1, c.owner.print(c.tb))
	}
	unknown := func(c *counter) {
		v := c.until("not knowing", func(v sale.View) bool { return v.Stage == sale.Unknown })
		if v.Reason != sale.ReasonNoAnswer || !errors.Is(c.till.Cancel(), sale.ErrTooLate) {
			c.tb.Errorf("while nobody knows: %q, cancel says %v", v.Reason, c.till.Cancel())
		}
	}
	return []mishap{
		{name: "network cut before sending", do: func(c *counter) {
			c.network.set(down)
			toSettlement(c)
			c.ended(sale.Refused, sale.ReasonUnreachable)
			c.network.set(up)
		}},
		{name: "settlement never reached", do: func(c *counter) {
			c.network.set(down)
			client, err := settlementclient.New(settlementclient.Options{
				URL: c.settlement, TLS: c.papers.ClientTLS(protocol.RoleSettlement), Trust: papers{c.papers}.Trust, Certificate: papers{c.papers}.Certificate,
			})
			if err != nil {
				c.tb.Fatal(err)
			}
			defer client.Close()
			fresh := c.openCounter(c.tb, func(_ *counter, _ *sale.Settings, ports *sale.Ports) { ports.Settler = settler{client, c.unit} })
			fresh.hold(c.owner, fresh.begin(), nil)
			fresh.ended(sale.Refused, sale.ReasonUnreachable)
			c.network.set(up)
			fresh.quiet()
		}},
		{name: "settlement's program stopped", do: func(c *counter) {
			if err := c.ledger.stop(syscall.SIGTERM); err != nil {
				c.tb.Error(err)
			}
			toSettlement(c)
			c.ended(sale.Refused, sale.ReasonUnreachable)
			c.ledger.start("--authority", c.authority.url())
		}},
		{name: "submission lost on the way", paid: 1, do: func(c *counter) {
			c.sell(c.owner) // opens the connection
			c.network.lose(losesQuestions)
			toSettlement(c)
			unknown(c)
			c.network.set(up)
			c.ended(sale.Reversed, sale.ReasonReversed)
		}},
		{name: "answer lost on the way", paid: 2, do: func(c *counter) {
			c.sell(c.owner)
			c.network.lose(losesAnswers)
			toSettlement(c)
			unknown(c)
			c.network.set(up)
			c.ended(sale.Paid, sale.ReasonNone)
		}},
		{name: "unknown sale put aside", paid: 2, do: func(c *counter) {
			c.sell(c.owner)
			c.network.lose(losesAnswers)
			toSettlement(c)
			unknown(c)
			c.phone.leave()
			c.sensor.Lift()
			if err := c.till.Dismiss(); err != nil {
				c.tb.Fatal(err)
			}
			if v := c.till.View(); v.Unresolved != 1 {
				c.tb.Errorf("%d sales put aside", v.Unresolved)
			}
			c.network.set(up)
			c.until("the sale put aside", func(v sale.View) bool { return v.Unresolved == 0 })
		}},
		{name: "settlement's program killed after sending", paid: 1, do: func(c *counter) {
			c.sell(c.owner)
			c.ledger.signal(syscall.SIGSTOP)
			toSettlement(c)
			c.until("sending", func(v sale.View) bool { return v.Stage == sale.Sending })
			if err := c.ledger.stop(syscall.SIGKILL); err == nil {
				c.tb.Error("a killed program ended well")
			}
			c.ledger.start("--authority", c.authority.url())
			v := c.until("the end", func(v sale.View) bool { return v.Stage == sale.Ended })
			if v.Ending == sale.Refused { // killed before the submission had left
				c.ended(sale.Refused, sale.ReasonUnreachable)
				return
			}
			c.ended(sale.Reversed, sale.ReasonReversed)
		}},
	}
}

// wrongSettings are amounts and clocks that cannot be.
func wrongSettings() []mishap {
	skewed := func(name string, by time.Duration, reason sale.Reason) mishap {
		return mishap{name: name, do: func(c *counter) {
			c.skew.Store(int64(by))
			if err := c.till.Begin(sum); err != nil {
				c.tb.Fatal(err)
			}
			c.ended(sale.Refused, reason)
			c.skew.Store(0)
		}}
	}
	return []mishap{
		{name: "amounts out of range", do: func(c *counter) {
			for _, amount := range []protocol.Amount{0, -1, protocol.MaxMinor + 1} {
				if err := c.till.Begin(amount); !errors.Is(err, protocol.ErrRange) {
					c.tb.Errorf("%d: %v", amount, err)
				}
			}
			if v := c.till.View(); v.Stage != sale.Idle {
				c.tb.Errorf("till is %s", v.Stage)
			}
		}},
		{name: "not a number", do: func(c *counter) {
			c.wantRefused(2, "--quick", append(c.own.unit(c.flags()...), "--quick", "ten")...)
			c.wantRefused(2, "--life", append(c.own.unit(c.flags()...), "--life", "soon")...)
		}},
		skewed("clock ahead by a day", 24*time.Hour, sale.ReasonListStale),
		skewed("clock ahead by eight days", 8*24*time.Hour, sale.ReasonOwnCert),
		skewed("clock behind by a day", -24*time.Hour, sale.ReasonOwnCert),
		{name: "clock ahead by ten minutes", do: func(c *counter) {
			c.skew.Store(int64(10 * time.Minute))
			request := c.begin()
			if _, _, err := protocol.VerifyRequest(request, c.owner.Trust, time.Now()); !errors.Is(err, protocol.ErrRequestStale) {
				c.tb.Errorf("the phone says %v", err)
			}
			// A phone that pays in spite of it.
			c.phone.show(c.payBlindly(c.owner, request, request.Unverified(), nil))
			c.touch(1, c.owner.print(c.tb))
			c.ended(sale.Refused, sale.ReasonTerminal)
			c.skew.Store(0)
		}},
	}
}
