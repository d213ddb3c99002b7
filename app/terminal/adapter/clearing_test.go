package adapter_test

import (
	"errors"
	"testing"

	"countersign/app/terminal/adapter"
	"countersign/app/terminal/sale"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient/virtualsettlement"
)

// A tap that settlement cannot open or does not believe is that tap's trouble alone: the
// others must not wait for it, as they do for a settlement that is busy.
func TestTapRefused(t *testing.T) {
	c := newCounter(t)
	way := adapter.Clearing{Client: c.Client}
	pay := virtualsettlement.Pay(t, c.party, c.party.Terminal, protocol.Code{1}, 100)
	unopened := protocol.Envelope{Request: pay.Hash(), Sealed: protocol.Sealed(protocoltest.Template(180, "sealed to nobody"))}
	if _, err := way.Clear(t.Context(), unopened, pay); !errors.Is(err, sale.ErrTapRefused) || errors.Is(err, sale.ErrBusy) {
		t.Errorf("a clearing that does not open: %v", err)
	}
	c.server.Fail(protocol.PathTaps, virtualsettlement.Overloaded)
	if _, err := way.Clear(t.Context(), unopened, pay); !errors.Is(err, sale.ErrBusy) || errors.Is(err, sale.ErrTapRefused) {
		t.Errorf("a settlement that is busy: %v", err)
	}
}
