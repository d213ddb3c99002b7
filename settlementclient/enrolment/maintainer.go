package enrolment

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"countersign/protocol"
)

// Maintainer keeps a device's credentials good while the program runs: it
// refreshes the revocation list and settlement's certificate, and renews the
// device's own certificate when its last third has begun. It is safe for
// concurrent use.
type Maintainer struct {
	unit    Unit
	options Options
	current atomic.Pointer[Credentials]
	failed  atomic.Pointer[error]
	turn    sync.Mutex // one refresh at a time
}

// NewMaintainer starts with credentials that Load or Enrol returned. It does
// nothing before Run or Refresh.
func NewMaintainer(unit Unit, c *Credentials, o Options) *Maintainer {
	m := &Maintainer{unit: unit, options: c.complete(o)}
	first := *c
	first.Clock = m.options.Clock
	m.current.Store(&first)
	return m
}

// Current returns the credentials as they are now.
func (m *Maintainer) Current() *Credentials { return m.current.Load() }

// ClientTLS is Credentials.ClientTLS that follows renewals and revocations.
func (m *Maintainer) ClientTLS(peer protocol.Role) *tls.Config {
	return clientTLS(m.Current, m.options.Clock, peer)
}

// ServerTLS is Credentials.ServerTLS that follows renewals and revocations.
func (m *Maintainer) ServerTLS(peers ...protocol.Role) *tls.Config {
	return serverTLS(m.Current, m.options.Clock, peers)
}

// OpenServerTLS is ServerTLS for a server that also answers clients without a
// certificate, such as people's browsers: Peer fails for them. A certificate that is
// shown has to be of one of the roles, and not revoked.
func (m *Maintainer) OpenServerTLS(peers ...protocol.Role) *tls.Config {
	return openServerTLS(m.Current, m.options.Clock, peers)
}

// LastError returns what the last refresh failed with, or nil.
func (m *Maintainer) LastError() error {
	if failed := m.failed.Load(); failed != nil {
		return *failed
	}
	return nil
}

// Refresh does everything that is due at once: the list first, because it may
// say that settlement's certificate was taken back. One part's failure does not
// keep the others from being done.
func (m *Maintainer) Refresh(ctx context.Context) error {
	m.turn.Lock()
	defer m.turn.Unlock()
	err := m.refresh(ctx)
	m.failed.Store(&err)
	return err
}

func (m *Maintainer) refresh(ctx context.Context) error {
	var failures []error
	for _, part := range []func(context.Context, Unit, *Credentials, Options) (*Credentials, error){
		FetchRevocationList, FetchSettlement, renewIfDue,
	} {
		if next, err := part(ctx, m.unit, m.Current(), m.options); err != nil {
			failures = append(failures, err)
		} else {
			m.current.Store(next)
		}
	}
	return errors.Join(failures...)
}

func renewIfDue(ctx context.Context, unit Unit, c *Credentials, o Options) (*Credentials, error) {
	if !c.RenewalDue(o.Clock()) {
		return c, nil
	}
	next, err := Renew(ctx, unit, c, o)
	if err != nil {
		return nil, err
	}
	o.Log.InfoContext(ctx, "certificate renewed", "role", next.Role.String(), "subject", next.Subject,
		"certificate", next.Certificate.Hash().String(), "expires", next.Claims.Expires.Time())
	return next, nil
}

// Run refreshes at once and then regularly until ctx ends, whose error it
// returns. Failures are logged and tried again sooner than the next turn; sales
// go on as long as list and certificate are good.
func (m *Maintainer) Run(ctx context.Context) error {
	failures := 0
	for {
		err := m.Refresh(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			failures++
			m.options.Log.WarnContext(ctx, "refreshing certificates failed", "reason", err.Error(), "failures", failures)
		default:
			failures = 0
		}
		timer := time.NewTimer(pause(m.Current().Role, failures))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// pause is the time to the next refresh: well within the age that the role
// allows a revocation list, with jitter so that devices do not come together.
func pause(role protocol.Role, failures int) time.Duration {
	turn := 5 * time.Minute
	if role == protocol.RoleSettlement {
		turn = time.Minute
	}
	if failures > 0 {
		turn = min(turn, 5*time.Second<<min(failures-1, 6))
	}
	return turn - time.Duration(rand.Int64N(int64(turn/5)))
}
