package acquirer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Config is what a [Link] works with.
type Config struct {
	// Address is the acquirer's host and port.
	Address string
	// TLS protects the link; nil for plain TCP, on a line that is protected
	// otherwise.
	TLS *tls.Config

	// Institution (1 to 11 digits), Merchant (at most 15 characters), Terminal (at most
	// 8) and Category (4 digits, ISO 18245) are what the acquirer assigned.
	Institution, Merchant, Terminal, Category string
	// Zone is where the shops are, for data elements 12 and 13; default UTC.
	Zone *time.Location

	// Connections is how many are held; default 1.
	Connections int
	// DialTimeout bounds building a connection and signing on, default 3 s. A
	// transaction also waits that long for a connection.
	DialTimeout time.Duration
	// AnswerTimeout bounds an answer; default 10 s.
	AnswerTimeout time.Duration
	// Idle is how long nothing comes before the link is tested; default 60 s.
	Idle time.Duration
	// BackOff is the first pause before a lost link is built again, doubled up
	// to 64 times; default 250 ms. Pauses are shortened by up to half, at random.
	BackOff time.Duration

	// Clock gives the times of transmission; default time.Now.
	Clock func() time.Time
	Log   *slog.Logger
	// Patience returns what ends the wait for a message's answer; ctx ends with
	// the exchange. Default: AnswerTimeout by the machine's clock.
	Patience func(ctx context.Context, m Message) (giveUp <-chan struct{})
	// FailPoint is called by name at each of [FailPoints], for tests; nil for
	// none. It may not return.
	FailPoint func(name string)
}

func (c Config) withDefaults() (Config, error) {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&c.DialTimeout, 3*time.Second)
	set(&c.AnswerTimeout, 10*time.Second)
	set(&c.Idle, time.Minute)
	set(&c.BackOff, 250*time.Millisecond)
	if c.Connections == 0 {
		c.Connections = 1
	}
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Patience == nil {
		limit := c.AnswerTimeout
		c.Patience = func(ctx context.Context, _ Message) <-chan struct{} {
			ctx, cancel := context.WithTimeout(ctx, limit)
			context.AfterFunc(ctx, cancel) // it ends with the exchange anyway
			return ctx.Done()
		}
	}
	if c.FailPoint == nil {
		c.FailPoint = func(string) {}
	}
	fits := func(v string, a alphabet, least, most int) bool {
		return len(v) >= least && len(v) <= most && a.holds(v)
	}
	switch {
	case c.Address == "":
		return c, errors.New("acquirer: no address")
	case !fits(c.Institution, digits, 1, 11):
		return c, fmt.Errorf("acquirer: institution %q is not 1 to 11 digits", c.Institution)
	case !fits(c.Merchant, special, 1, 15):
		return c, fmt.Errorf("acquirer: merchant %q is not 1 to 15 characters", c.Merchant)
	case !fits(c.Terminal, special, 1, 8):
		return c, fmt.Errorf("acquirer: terminal %q is not 1 to 8 characters", c.Terminal)
	case !fits(c.Category, digits, 4, 4):
		return c, fmt.Errorf("acquirer: merchant category %q is not 4 digits", c.Category)
	case c.Connections < 1 || c.Connections > 64:
		return c, fmt.Errorf("acquirer: %d connections", c.Connections)
	}
	return c, nil
}

// Longest returns the longest that one operation of a link can take: waiting for
// a connection, writing, and waiting for the answer.
func (c Config) Longest() time.Duration {
	c, _ = c.withDefaults()
	return c.DialTimeout + 2*c.AnswerTimeout
}
