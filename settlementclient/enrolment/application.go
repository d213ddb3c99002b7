package enrolment

import (
	"context"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"time"

	"countersign/protocol"
)

// keys are a device's, opened in its secure unit.
type keys struct {
	signing, tls crypto.Signer
	agreement    ecdh.KeyExchanger // nil for roles without one
	key          protocol.Key
	point        *protocol.Point
}

// openKeys makes the keys of a role that are missing and opens all of them.
func openKeys(ctx context.Context, unit Unit, role protocol.Role) (keys, error) {
	uses := []Use{UseSigning, UseTLS}
	if role.Agrees() {
		uses = append(uses, UseAgreement)
	}
	for _, use := range uses {
		if err := unit.EnsureKey(ctx, use); err != nil {
			return keys{}, fmt.Errorf("make keys: %w", err)
		}
	}
	return loadKeys(unit, role)
}

func loadKeys(unit Unit, role protocol.Role) (k keys, err error) {
	if k.signing, err = unit.Signer(UseSigning); err != nil {
		return k, fmt.Errorf("open keys: %w", err)
	}
	if k.tls, err = unit.Signer(UseTLS); err != nil {
		return k, fmt.Errorf("open keys: %w", err)
	}
	public, _ := k.signing.Public().(*ecdsa.PublicKey)
	if k.key, err = protocol.NewKey(public); err != nil {
		return k, fmt.Errorf("open keys: %w", err)
	}
	if !role.Agrees() {
		return k, nil
	}
	if k.agreement, err = unit.Agreement(); err != nil {
		return k, fmt.Errorf("open keys: %w", err)
	}
	point, err := protocol.NewPoint(k.agreement.PublicKey())
	if err != nil {
		return k, fmt.Errorf("open keys: %w", err)
	}
	k.point = &point
	return k, nil
}

// answer proves possession of the agreement key by opening the challenge.
func (k keys) answer(c protocol.Challenge) (*protocol.Hash, error) {
	if k.agreement == nil {
		return nil, nil
	}
	answer, err := protocol.AnswerChallenge(k.agreement, c)
	if err != nil {
		return nil, fmt.Errorf("answer challenge: %w", err)
	}
	return &answer, nil
}

// request proves possession of the TLS key: a PKCS#10 request that names the
// challenge's nonce.
func (k keys) request(nonce protocol.Code, hosts []string) ([]byte, error) {
	name, err := url.Parse(protocol.ProofName(nonce))
	if err != nil {
		return nil, fmt.Errorf("make TLS certification request: %w", err)
	}
	template := &x509.CertificateRequest{URIs: []*url.URL{name}, SignatureAlgorithm: x509.ECDSAWithSHA256}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, template, k.tls)
	if err != nil {
		return nil, fmt.Errorf("make TLS certification request: %w", err)
	}
	return der, nil
}

// expectation is what an answer has to fit.
type expectation struct {
	authority authority
	role      protocol.Role
	subject   protocol.ID
	keys      keys
	now       time.Time
}

// check verifies everything in an answer before any of it is kept.
func (e expectation) check(issued protocol.Issued) error {
	trust := protocol.Trust{Anchors: []protocol.Anchor{e.authority.anchor}}
	certificate, err := trust.Certificate(issued.Certificate, e.role, e.now)
	if err != nil {
		return fmt.Errorf("%w: certificate: %w", ErrAnswer, err)
	}
	if certificate.Subject != e.subject || certificate.Holder.Key != e.keys.key {
		return fmt.Errorf("%w: the certificate is for another subject or key", ErrAnswer)
	}
	if point := certificate.Device.Agreement; e.keys.point != nil && (point == nil || *point != *e.keys.point) {
		return fmt.Errorf("%w: the certificate is for another agreement key", ErrAnswer)
	}
	if _, err := e.checkLeaf(issued.Leaf); err != nil {
		return err
	}
	if issued.Settlement != nil {
		if _, err := trust.Certificate(issued.Settlement, protocol.RoleSettlement, e.now); err != nil {
			return fmt.Errorf("%w: settlement's certificate: %w", ErrAnswer, err)
		}
	}
	hash, byHash := certificate.Device.PrintDeposited()
	if byHash != (issued.Deposit != nil) || byHash && issued.Deposit.Unverified().SealedHash() != hash {
		return fmt.Errorf("%w: the template is not the one in the certificate", ErrAnswer)
	}
	return nil
}

// checkLeaf verifies that a TLS leaf is by the root, for this device and for
// its TLS key.
func (e expectation) checkLeaf(der []byte) (*x509.Certificate, error) {
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("%w: TLS leaf: %w", ErrAnswer, err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(e.authority.root)
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots: roots, CurrentTime: e.now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return nil, fmt.Errorf("%w: TLS leaf: %w", ErrAnswer, err)
	}
	public, ok := leaf.PublicKey.(*ecdsa.PublicKey)
	if !ok || !public.Equal(e.keys.tls.Public()) ||
		len(leaf.URIs) != 1 || leaf.URIs[0].String() != protocol.TLSName(e.role, e.subject) {
		return nil, fmt.Errorf("%w: the TLS leaf is for another device or key", ErrAnswer)
	}
	return leaf, nil
}
