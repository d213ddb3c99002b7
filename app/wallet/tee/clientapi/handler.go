package clientapi

import (
	"context"
	"net"

	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/link"
)

// handler is what the trusted side's calls come to.
type handler Context

// Serve answers a request.
func (c *handler) Serve(ctx context.Context, call link.Call) (uint32, []byte, error) {
	c.mu.Lock()
	f := c.handlers[call.Number]
	c.mu.Unlock()
	if call.Kind != link.Request || f == nil {
		return 0, nil, tee.Errorf(tee.CodeItemNotFound, "nobody answers requests of kind %d", call.Number)
	}
	out, err := f(ctx, call.In)
	return 0, out, err
}

// Event hands on what the trusted side tells.
func (c *handler) Event(kind uint32, data []byte) {
	c.mu.Lock()
	f := c.onEvent
	c.mu.Unlock()
	if f != nil {
		f(kind, data)
	}
}

// Dial opens what the trusted side asks for.
func (c *handler) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if c.dial == nil {
		return nil, tee.Errorf(tee.CodeAccessDenied, "no connections are opened for the trusted side")
	}
	return c.dial(ctx, network, address)
}
