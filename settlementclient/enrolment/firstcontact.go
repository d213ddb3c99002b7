package enrolment

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"

	"countersign/protocol"
)

// authority is what is known of the authority once its identity is verified.
type authority struct {
	anchor protocol.Anchor
	root   *x509.Certificate
}

// meet fetches the authority's identity over TLS that cannot be verified yet,
// and believes it because of the code's thumbprint alone. Then the connection's
// own leaf has to be by the root in it. Nothing secret was sent so far; the
// connection is closed, and every later one is verified by crypto/tls.
func meet(ctx context.Context, thumbprint protocol.Hash, o Options) (authority, error) {
	var chain []*x509.Certificate
	config := base(o.Clock)
	config.InsecureSkipVerify = true // verified below, by what comes through it
	config.VerifyConnection = func(state tls.ConnectionState) error {
		chain = state.PeerCertificates
		return nil
	}
	c, err := newClient(o.AuthorityURL, config, o)
	if err != nil {
		return authority{}, err
	}
	answer, err := c.get(ctx, protocol.PathIdentity)
	if err != nil {
		return authority{}, err
	}
	signed, err := protocol.Parse[protocol.Identity](answer)
	if err != nil {
		return authority{}, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	identity, err := protocol.VerifyIdentity(signed, thumbprint)
	if err != nil {
		return authority{}, fmt.Errorf("%w: %w", ErrWrongAuthority, err)
	}
	if err := checkClock(identity.Issued, o.Clock()); err != nil {
		return authority{}, err
	}
	root, err := x509.ParseCertificate(identity.Root)
	if err != nil {
		return authority{}, fmt.Errorf("%w: its root certificate: %w", ErrAnswer, err)
	}
	met := authority{identity.Anchor(), root}
	return met, met.verifyLeaf(chain, c.base.Hostname(), o)
}

// verifyLeaf checks the chain that the first connection showed.
func (a authority) verifyLeaf(chain []*x509.Certificate, host string, o Options) error {
	if len(chain) == 0 {
		return fmt.Errorf("%w: it shows no TLS certificate", ErrWrongAuthority)
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.root)
	if _, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, CurrentTime: o.Clock(), DNSName: host}); err != nil {
		return fmt.Errorf("its identity is right, but not its TLS certificate: %w", reason(err))
	}
	return isAuthority(chain[0], a.anchor.Authority)
}
