package settlementclient_test

import (
	"errors"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient"
	"countersign/settlementclient/virtualsettlement"
)

// A status is kept, an earlier one after it is refused, and every fault is told.
func TestSendStatus(t *testing.T) {
	c := newCounter(t, func(o *settlementclient.Options) { o.Answer = 300 * time.Millisecond })
	now := protocol.At(c.sale.Realm.Now)
	send := func(at protocol.Time) error {
		return c.client.SendStatus(t.Context(), protocoltest.Sign(t, c.sale.Terminal.Key, protocol.TerminalStatus{
			At: at, Version: "1.6.0", Unsent: 2, Devices: []protocol.DeviceStatus{{Kind: protocol.DevicePrinter, State: protocol.DeviceAttention}}, CertificateEnd: now + 1,
		}))
	}
	for _, at := range []protocol.Time{now, now, now + 60} {
		if err := send(at); err != nil {
			t.Fatal(err)
		}
	}
	if err := send(now); !errors.Is(err, settlementclient.ErrRefused) || !errors.Is(err, &problem.Problem{Code: problem.Conflict}) {
		t.Errorf("an earlier one: %v", err)
	}
	if kept := c.server.Statuses(); len(kept) != 3 || kept[2].At != now+60 || kept[2].Unsent != 2 {
		t.Errorf("kept %+v", kept)
	}
	for fault, want := range map[virtualsettlement.Fault]error{
		virtualsettlement.HangUpAfterReading: settlementclient.ErrUnknown, virtualsettlement.AnswerLate: settlementclient.ErrUnknown,
		virtualsettlement.Overloaded: settlementclient.ErrRefused, virtualsettlement.Failed: settlementclient.ErrUnknown, virtualsettlement.NoSuchPath: settlementclient.ErrRefused,
	} {
		c.server.Fail(protocol.PathStatuses, fault)
		only(t, send(now+60), want)
	}
	c.client.Close()
	c.server.Close()
	only(t, send(now+60), settlementclient.ErrUnreachable)
}
