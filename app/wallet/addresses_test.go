package main

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"
)

var errDialled = errors.New("dialled")

func dialled(context.Context, string, string) (net.Conn, error) { return nil, errDialled }

// The client relays to settlement and the authority, and to no other address.
func TestAddresses(t *testing.T) {
	for name, c := range map[string]struct {
		flag      string
		announced []string
		want      map[string]bool
	}{
		"named": {"https://authority.example", []string{"https://evil.example"}, map[string]bool{
			"authority.example:443": true, "evil.example:443": false, "authority.example:22": false,
		}},
		"announced":   {"", []string{"https://Authority.example:8443", "https://evil.example"}, map[string]bool{"authority.example:8443": true, "evil.example:443": false}},
		"none":        {"", []string{"", "https://authority.example"}, map[string]bool{"authority.example:443": false}},
		"no such URL": {"", []string{"http://authority.example"}, map[string]bool{"authority.example:80": false, "authority.example:443": false}},
	} {
		a := newAddresses("https://[::1]:7443", c.flag, dialled)
		for _, authority := range c.announced {
			a.announce(authority)
		}
		c.want["[::1]:7443"], c.want["127.0.0.1:7443"], c.want[""] = true, false, false
		for address, want := range c.want {
			_, err := a.Dial(t.Context(), "tcp", address)
			if errors.Is(err, errDialled) != want || errors.Is(err, errOtherAddress) == want {
				t.Errorf("%s: %s: %v", name, address, err)
			}
		}
		if _, err := a.Dial(t.Context(), "udp", "[::1]:7443"); !errors.Is(err, errOtherAddress) {
			t.Errorf("%s: udp: %v", name, err)
		}
	}
}

// What is asked for before the announcement waits for it.
func TestAddressesWait(t *testing.T) {
	a := newAddresses("https://settlement.example", "", dialled)
	ended := make(chan error)
	go func() {
		_, err := a.Dial(t.Context(), "tcp", "authority.example:443")
		ended <- err
	}()
	select {
	case err := <-ended:
		t.Fatalf("did not wait: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	a.announce("https://authority.example")
	if err := <-ended; !errors.Is(err, errDialled) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := newAddresses("https://settlement.example", "", dialled)
	if _, err := b.Dial(ctx, "tcp", "settlement.example:443"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
