package settlementclient_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/settlementclient"
	"countersign/settlementclient/virtualsettlement"
)

func TestNothingWasSent(t *testing.T) {
	t.Run("nobody listens", func(t *testing.T) {
		c := newCounter(t)
		c.server.Close()
		_, err := virtualsettlement.Submit(t.Context(), c.client, c.submission(1))
		only(t, err, settlementclient.ErrUnreachable)
	})
	t.Run("nobody listens any more", func(t *testing.T) {
		c := newCounter(t)
		if _, err := c.client.Certificate(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.client.Close()
		c.server.Close()
		_, err := virtualsettlement.Submit(t.Context(), c.client, c.submission(1))
		only(t, err, settlementclient.ErrUnreachable)
	})
	t.Run("hangs up at the handshake", func(t *testing.T) {
		c := newCounter(t)
		c.server.Fail("", virtualsettlement.HangUpAtHandshake)
		_, err := virtualsettlement.Submit(t.Context(), c.client, c.submission(1))
		only(t, err, settlementclient.ErrUnreachable)
	})
	t.Run("hangs up at the second handshake", func(t *testing.T) {
		c := newCounter(t)
		if _, err := c.client.Certificate(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.client.Close() // idle connections: the submission needs a new one
		c.server.Fail("", virtualsettlement.HangUpAtHandshake)
		_, err := virtualsettlement.Submit(t.Context(), c.client, c.submission(1))
		only(t, err, settlementclient.ErrUnreachable)
		if c.server.Received(protocol.PathPayments) != 0 {
			t.Error("something was sent")
		}
	})
	t.Run("accepts and says nothing", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		c := newCounter(t, func(o *settlementclient.Options) {
			o.URL, o.Connect = "https://"+l.Addr().String(), 100*time.Millisecond
		})
		_, err = virtualsettlement.Submit(t.Context(), c.client, c.submission(1))
		only(t, err, settlementclient.ErrUnreachable)
	})
	t.Run("given up before", func(t *testing.T) {
		c := newCounter(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := virtualsettlement.Submit(ctx, c.client, c.submission(1))
		only(t, err, settlementclient.ErrUnreachable)
	})
	for name, fault := range map[string]virtualsettlement.Fault{"certificate of another authority": virtualsettlement.WrongCertificate, "certificate of a terminal": virtualsettlement.WrongRole} {
		t.Run(name, func(t *testing.T) {
			c := newCounter(t)
			c.server.Fail(protocol.PathCertificate, fault)
			_, err := virtualsettlement.Submit(t.Context(), c.client, c.submission(1))
			only(t, err, settlementclient.ErrUntrusted)
			if c.server.Received(protocol.PathPayments) != 0 {
				t.Error("something was sent")
			}
		})
	}
	t.Run("revoked since it was fetched", func(t *testing.T) {
		trust := protocol.Trust{}
		c := newCounter(t, func(o *settlementclient.Options) { o.Trust = func() protocol.Trust { return trust } })
		trust = c.sale.Realm.Trust()
		if _, err := c.client.Certificate(t.Context()); err != nil {
			t.Fatal(err)
		}
		trust.Revocation = &protocol.RevocationList{Issuer: c.sale.Realm.Name, Sequence: 2, Issued: protocol.At(c.sale.Realm.Now),
			Revoked: []protocol.Revoked{{Subject: c.sale.Settlement.Subject, Until: protocol.At(c.sale.Realm.Now)}}}
		_, err := virtualsettlement.Submit(t.Context(), c.client, c.submission(1))
		only(t, err, settlementclient.ErrUntrusted)
	})
}

// A submission given up at any moment is never called unreachable once
// settlement may have it.
func TestGivenUpAtAnyMoment(t *testing.T) {
	begin := func() (*counter, *protocol.Signed[protocol.Submission]) {
		c := newCounter(t)
		if _, err := c.client.Certificate(t.Context()); err != nil {
			t.Fatal(err)
		}
		return c, c.submission(1)
	}
	c, submission := begin()
	unreachable, unknown := 0, 0
	for n := range 80 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n)*25*time.Microsecond)
		before := c.server.Received(protocol.PathPayments)
		_, err := virtualsettlement.Submit(ctx, c.client, submission)
		cancel()
		switch {
		case errors.Is(err, settlementclient.ErrUnreachable):
			// A connection that took nothing is shut: nothing can follow.
			unreachable++
			if c.server.Received(protocol.PathPayments) != before {
				t.Fatalf("turn %d: settlement has it, and the client says unreachable", n)
			}
		case err != nil:
			// Settlement may receive it at any time from now on, however late: the
			// next turn counts at a server of its own.
			only(t, err, settlementclient.ErrUnknown)
			unknown++
			c, submission = begin()
		}
	}
	t.Logf("%d unreachable, %d unknown", unreachable, unknown)
}
