//go:build linux

package main

import (
	"errors"
	"syscall"
	"time"

	"countersign/app/terminal/adapter"
	"countersign/app/terminal/sale"
	"countersign/protocol"
	"countersign/settlementclient"
)

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
			fresh := c.openCounter(c.tb, func(_ *counter, _ *sale.Settings, ports *sale.Ports) {
				ports.Settler = adapter.Settler{Client: client, Signer: token{c.unit}.Signer}
			})
			fresh.hold(c.owner, fresh.begin(), nil)
			fresh.ended(sale.Refused, sale.ReasonUnreachable)
			c.network.set(up)
			fresh.quiet()
		}},
		{name: "settlement's program stopped", do: func(c *counter) {
			if err := c.ledger.Stop(syscall.SIGTERM); err != nil {
				c.tb.Error(err)
			}
			toSettlement(c)
			c.ended(sale.Refused, sale.ReasonUnreachable)
			c.ledger.Start("--authority", c.authority.URL())
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
			c.hand.away()
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
			c.ledger.Signal(syscall.SIGSTOP)
			toSettlement(c)
			c.until("sending", func(v sale.View) bool { return v.Stage == sale.Sending })
			if err := c.ledger.Stop(syscall.SIGKILL); err == nil {
				c.tb.Error("a killed program ended well")
			}
			c.ledger.Start("--authority", c.authority.URL())
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
			c.wantRefused(2, "--quick", append(c.own.Own(c.flags()...), "--quick", "ten")...)
			c.wantRefused(2, "--life", append(c.own.Own(c.flags()...), "--life", "soon")...)
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
