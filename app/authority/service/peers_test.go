package service_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// Both sides are authenticated, in the role that each expects.
func TestPeersAreWhoTheyShouldBe(t *testing.T) {
	r := newRealm(t, "settlement", "terminal", "desk")
	settlement := r.enrol("settlement", protocol.RoleSettlement, "settlement-1", "127.0.0.1")
	terminal := r.enrol("terminal", protocol.RoleTerminal, "T-0001", "127.0.0.1")
	desk := r.enrol("desk", protocol.RoleDesk, "D-0001")
	for name, c := range map[string]struct {
		client, server *tls.Config
		ok             bool
	}{
		"terminal to settlement":          {terminal.ClientTLS(protocol.RoleSettlement), settlement.ServerTLS(protocol.RoleTerminal, protocol.RoleWallet), true},
		"desk to settlement for terminal": {desk.ClientTLS(protocol.RoleSettlement), settlement.ServerTLS(protocol.RoleTerminal), false},
		"terminal that plays settlement":  {desk.ClientTLS(protocol.RoleSettlement), terminal.ServerTLS(protocol.RoleDesk), false},
		"desk without a server's leaf":    {terminal.ClientTLS(protocol.RoleDesk), desk.ServerTLS(protocol.RoleTerminal), false},
		"nobody to settlement":            {r.anonymous(), settlement.ServerTLS(protocol.RoleTerminal), false},
	} {
		if err := handshake(t, c.client, c.server); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// handshake connects the two and returns what either met; the client also reads
// once, because in TLS 1.3 it learns of the server's refusal only then.
func handshake(t *testing.T, client, server *tls.Config) error {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			_, err = conn.Write([]byte("hello"))
			err = errors.Join(err, conn.Close())
		}
		served <- err
	}()
	dialer := tls.Dialer{NetDialer: &net.Dialer{Timeout: 5 * time.Second}, Config: client}
	conn, err := dialer.Dial("tcp", l.Addr().String())
	if err == nil {
		_, err = conn.Read(make([]byte, 5))
		err = errors.Join(err, conn.Close())
	}
	err = errors.Join(err, <-served)
	if closeErr := l.Close(); closeErr != nil {
		t.Error(closeErr)
	}
	return err
}

func TestMaintainer(t *testing.T) {
	r := newRealm(t, "terminal", "settlement")
	terminal := r.enrol("terminal", protocol.RoleTerminal, "T-0001")
	if terminal.Settlement != nil {
		t.Fatal("settlement's certificate before there is one")
	}
	settlement := r.enrol("settlement", protocol.RoleSettlement, "settlement-1", "127.0.0.1")
	keeper := enrolment.NewMaintainer(r.unit("terminal"), terminal, r.options(""))
	r.clock.advance(5 * day)
	before := terminal.Trust.Revocation.Sequence

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- keeper.Run(ctx) }()
	client := func() error {
		return handshake(t, keeper.ClientTLS(protocol.RoleSettlement), settlement.ServerTLS(protocol.RoleTerminal))
	}
	for deadline := time.Now().Add(10 * time.Second); keeper.Current().Certificate.Hash() == terminal.Certificate.Hash(); {
		if time.Now().After(deadline) {
			t.Fatalf("not renewed: %v", keeper.LastError())
		}
		if err := client(); err != nil { // the wait is spent on what a terminal does
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Run ended with %v", err)
	}
	now := keeper.Current()
	if now.Settlement == nil || now.Settlement.Hash() != settlement.Certificate.Hash() {
		t.Error("settlement's certificate was not fetched")
	}
	if now.Trust.Revocation.Sequence <= before {
		t.Error("revocation list was not refreshed")
	}
	loaded, err := enrolment.Load(r.unit("terminal"))
	if err != nil || loaded.Certificate.Hash() != now.Certificate.Hash() || loaded.Settlement == nil {
		t.Errorf("after a restart: %v", err)
	}
}
