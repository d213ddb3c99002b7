package enrolment

import (
	"context"
	"errors"
	"fmt"
)

// ErrRestart says that the secure unit holds an enrolment that a program in service
// cannot take up: another name, role, authority or signature key.
var ErrRestart = errors.New("the enrolment is another one: the program has to be restarted")

// Reload takes up a certificate and TLS leaf that another process has had renewed, or
// enrolled anew under the same name, in the secure unit: new connections are made
// with it, those that are there go on. It says whether there was another. A
// certificate that the unit holds and that is not good leaves the one in use
// (ErrDamaged, ErrRestart).
func (m *Maintainer) Reload(ctx context.Context) (changed bool, err error) {
	m.turn.Lock()
	defer m.turn.Unlock()
	if err := ctx.Err(); err != nil {
		return false, err
	}
	now := m.Current()
	next, err := Load(m.unit)
	if err != nil {
		return false, fmt.Errorf("reload: %w", err)
	}
	if next.Certificate.Hash() == now.Certificate.Hash() && next.Leaf.Leaf.Equal(now.Leaf.Leaf) {
		return false, nil
	}
	if next.Role != now.Role || next.Subject != now.Subject || next.Anchor != now.Anchor || !next.Root.Equal(now.Root) || next.Claims.Holder.Key != now.Claims.Holder.Key {
		return false, fmt.Errorf("reload: %w: %v %q by %q", ErrRestart, next.Role, next.Subject, next.Anchor.Authority)
	}
	if at := m.options.Clock(); at.Before(next.Leaf.Leaf.NotBefore) || at.After(next.Leaf.Leaf.NotAfter) {
		return false, fmt.Errorf("reload: %w: the TLS leaf is good from %v to %v", ErrDamaged, next.Leaf.Leaf.NotBefore, next.Leaf.Leaf.NotAfter)
	}
	next.Clock = now.Clock
	if list := next.Trust.Revocation; now.Trust.Revocation != nil && (list == nil || list.Sequence < now.Trust.Revocation.Sequence) {
		next.Trust = now.Trust
	}
	if next.Settlement == nil {
		next.Settlement = now.Settlement
	}
	m.current.Store(next)
	m.options.Log.InfoContext(ctx, "certificate taken up from the secure unit", "role", next.Role.String(), "subject", next.Subject,
		"certificate", next.Certificate.Hash().String(), "expires", next.Claims.Expires.Time(), "hosts", next.hosts())
	return true, nil
}
