package purse

import (
	"fmt"

	"countersign/protocol"
)

// mostFormer bounds the certificates of settlement's that are remembered beside the
// present one.
const mostFormer = 8

// KnowSettlement has the purse believe what settlement signed under another of its
// certificates than the present one: what it answers a repeat with may be from before it
// renewed, or the wallet may not have heard of the renewal. The certificate must be of the same
// name and hold now. Errors: those of protocol.Trust.Certificate, protocol.ErrOtherSettlement,
// ErrNoSettlement.
func (p *Purse) KnowSettlement(certificate *protocol.Signed[protocol.Certificate]) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	present, err := p.settlement()
	if err != nil {
		return fmt.Errorf("another certificate of settlement's: %w", err)
	}
	server, err := p.o.Identity.Trust().Certificate(certificate, protocol.RoleSettlement, p.o.Clock())
	switch {
	case err != nil:
	case server.Subject != present.Unverified().Subject:
		err = fmt.Errorf("%w: %q", protocol.ErrOtherSettlement, server.Subject)
	}
	if err != nil {
		return fmt.Errorf("another certificate of settlement's: %w", err)
	}
	if len(p.former) >= mostFormer {
		clear(p.former)
	}
	p.former[protocol.SignerOf(certificate)] = certificate
	return nil
}

// settlement returns settlement's present certificate.
func (p *Purse) settlement() (*protocol.Signed[protocol.Certificate], error) {
	if server := p.o.Identity.Settlement(); server != nil {
		return server, nil
	}
	return nil, ErrNoSettlement
}

// signedUnder returns the certificate that bears a mark, or the present one, which the
// answer is then found not to be signed under. The caller has the lock.
func (p *Purse) signedUnder(mark [8]byte) (*protocol.Signed[protocol.Certificate], error) {
	present, err := p.settlement()
	if err != nil {
		return nil, err
	}
	if former := p.former[mark]; former != nil && former.Unverified().Subject == present.Unverified().Subject {
		return former, nil
	}
	return present, nil
}
