package enrolment

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"countersign/protocol"
)

// Peer returns who the other side of a verified TLS connection is. It fails
// with ErrPeer when there is no verified certificate of a device.
func Peer(state *tls.ConnectionState) (protocol.Role, protocol.ID, error) {
	if state == nil || len(state.VerifiedChains) == 0 || len(state.PeerCertificates) == 0 {
		return 0, "", fmt.Errorf("%w: no TLS certificate", ErrPeer)
	}
	uris := state.PeerCertificates[0].URIs
	if len(uris) != 1 {
		return 0, "", fmt.Errorf("%w: %d names in the TLS certificate", ErrPeer, len(uris))
	}
	role, subject, err := protocol.ParseTLSName(uris[0].String())
	if err != nil {
		return 0, "", fmt.Errorf("%w: %w", ErrPeer, err)
	}
	return role, subject, nil
}

// base is what every connection has: TLS 1.3 alone, our clock.
func base(clock func() time.Time) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, Time: clock, SessionTicketsDisabled: true}
}

// clientTLS authenticates both sides and expects one role of the server, beside
// the host name that every client checks.
func clientTLS(current func() *Credentials, clock func() time.Time, peer protocol.Role) *tls.Config {
	config := base(clock)
	config.RootCAs = current().Roots
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return &current().Leaf, nil
	}
	config.VerifyConnection = func(state tls.ConnectionState) error {
		return current().verifyPeer(&state, peer)
	}
	return config
}

// serverTLS authenticates both sides and expects one of several roles of the
// client.
func serverTLS(current func() *Credentials, clock func() time.Time, peers []protocol.Role) *tls.Config {
	config := base(clock)
	config.ClientAuth = tls.RequireAndVerifyClientCert
	config.ClientCAs = current().Roots
	config.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return &current().Leaf, nil
	}
	config.VerifyConnection = func(state tls.ConnectionState) error {
		return current().verifyPeer(&state, peers...)
	}
	return config
}

// openServerTLS is serverTLS that also lets in clients that show no certificate: Peer
// tells them apart. One that is shown has to be good.
func openServerTLS(current func() *Credentials, clock func() time.Time, peers []protocol.Role) *tls.Config {
	config := serverTLS(current, clock, peers)
	config.ClientAuth = tls.VerifyClientCertIfGiven
	verify := config.VerifyConnection
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return nil
		}
		return verify(state)
	}
	return config
}

// verifyPeer checks role and revocation of a peer whose chain is verified.
func (c *Credentials) verifyPeer(state *tls.ConnectionState, want ...protocol.Role) error {
	role, subject, err := Peer(state)
	if err != nil {
		return err
	}
	if !slices.Contains(want, role) {
		return fmt.Errorf("%w: a %v, expected a %v", ErrPeer, role, want)
	}
	// The leaf lives as long as the certificate that it was issued with.
	leaf := protocol.Certificate{
		Issuer: c.Anchor.Authority, Subject: subject, NotBefore: protocol.At(state.PeerCertificates[0].NotBefore),
	}
	if list := c.Trust.Revocation; list != nil && list.Revokes(leaf) {
		return fmt.Errorf("%w: %w: %v %q", ErrPeer, protocol.ErrRevoked, role, subject)
	}
	return nil
}

// authorityTLS verifies the authority's own leaf; it shows no certificate of
// ours, because renewing must work with one that has ended.
func authorityTLS(anchor protocol.Anchor, root *x509.Certificate, clock func() time.Time) *tls.Config {
	config := base(clock)
	config.RootCAs = x509.NewCertPool()
	config.RootCAs.AddCert(root)
	config.VerifyConnection = func(state tls.ConnectionState) error {
		return isAuthority(state.PeerCertificates[0], anchor.Authority)
	}
	return config
}

// isAuthority checks the name in a leaf, so that no device's leaf, which is by
// the same root, can play the authority.
func isAuthority(leaf *x509.Certificate, name protocol.ID) error {
	if len(leaf.URIs) != 1 || leaf.URIs[0].String() != protocol.AuthorityTLSName(name) {
		return fmt.Errorf("%w: its TLS certificate names somebody else", ErrWrongAuthority)
	}
	return nil
}
