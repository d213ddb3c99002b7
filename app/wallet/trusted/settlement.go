package trusted

import (
	"fmt"

	"countersign/protocol"
)

// mostFormer bounds the certificates of settlement's that are remembered beside the
// present one.
const mostFormer = 8

// KnowSettlement has outcomes believed that settlement signed under another of its
// certificates than the present one: it repeats what it has kept, which may be from before it
// renewed. The certificate must be of the same name and hold now. Errors: those of
// protocol.Trust.Certificate, protocol.ErrOtherSettlement, ErrNoSettlement.
func (a *Application) KnowSettlement(certificate *protocol.Signed[protocol.Certificate]) error {
	present := a.identity.Settlement()
	if present == nil {
		return ErrNoSettlement
	}
	server, err := a.identity.Trust().Certificate(certificate, protocol.RoleSettlement, a.now())
	if err == nil && server.Subject != present.Unverified().Subject {
		err = fmt.Errorf("%w: %q", protocol.ErrOtherSettlement, server.Subject)
	}
	if err != nil {
		return fmt.Errorf("another certificate of settlement's: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.former) >= mostFormer {
		clear(a.former)
	}
	a.former[protocol.SignerOf(certificate)] = certificate
	return nil
}

// signedUnder returns the certificate that bears a mark, or the present one, which the
// outcome is then found not to be signed under; nil where there is none.
func (a *Application) signedUnder(mark [8]byte) *protocol.Signed[protocol.Certificate] {
	present := a.identity.Settlement()
	a.mu.Lock()
	defer a.mu.Unlock()
	if former := a.former[mark]; present != nil && former != nil && former.Unverified().Subject == present.Unverified().Subject {
		return former
	}
	return present
}
