package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
)

// errOtherAddress says that the trusted application has asked for an address that is
// neither settlement's nor the authority's.
var errOtherAddress = errors.New("the client relays to settlement and the authority alone")

// addresses are where the client relays the trusted application's bytes to: settlement
// and the authority, as the owner named them when the wallet was started. Where the
// authority was not named it is the one that the phone is enrolled at, which only the
// trusted application knows: it announces it once, when the first session begins, and
// cannot change it afterwards. So a trusted application that was taken over cannot reach
// whatever else the client's machine can.
type addresses struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)

	once      sync.Once
	announced chan struct{} // closed when nothing is added any more
	allowed   map[string]bool
}

// newAddresses takes https URLs; an empty one is none. With an authority nothing is
// announced.
func newAddresses(settlement, authority string, dial func(context.Context, string, string) (net.Conn, error)) *addresses {
	a := &addresses{dial: dial, announced: make(chan struct{}), allowed: map[string]bool{}}
	a.allow(settlement)
	if authority != "" {
		a.announce(authority)
	}
	return a
}

// announce adds the authority that the phone is enrolled at, if any; only the first call
// counts.
func (a *addresses) announce(authority string) {
	a.once.Do(func() {
		a.allow(authority)
		close(a.announced)
	})
}

func (a *addresses) allow(address string) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	a.allowed[strings.ToLower(net.JoinHostPort(u.Hostname(), port))] = true
}

// Dial opens a connection to one of the addresses. It waits for what is announced where
// something may be.
func (a *addresses) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	select {
	case <-a.announced:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if network != "tcp" || !a.allowed[strings.ToLower(address)] {
		return nil, fmt.Errorf("%s %s: %w", network, address, errOtherAddress)
	}
	return a.dial(ctx, network, address)
}
