package certification

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"slices"

	"countersign/protocol"
)

// application is the part that enrolments and renewals have in common.
type application struct {
	role      protocol.Role
	key       protocol.Key // whose signature was verified
	agreement *protocol.Point
	answer    *protocol.Hash
	request   []byte // PKCS#10
	nonce     protocol.Code
	challenge challenge
	hosts     []string // allowed
}

// proved is what an application has shown possession of.
type proved struct {
	signing, tls protocol.Key
	agreement    *protocol.Point
	public       *ecdsa.PublicKey // of the TLS key
	hosts        []string         // asked for, all of them allowed
}

// digest names the set of keys.
func (p proved) digest() []byte {
	sum := sha256.New()
	for _, k := range []protocol.Key{p.signing, p.tls} {
		t := k.Thumbprint()
		sum.Write(t[:])
	}
	if p.agreement != nil {
		sum.Write(p.agreement[:])
	}
	return sum.Sum(nil)
}

// prove checks that the applicant holds the agreement key and the TLS key, and
// that every key is another one. The signature key is proved by the signature
// that the caller has verified.
func (p application) prove() (proved, error) {
	none := proved{}
	if (p.agreement != nil) != p.role.Agrees() {
		return none, proof("a " + p.role.String() + " has an agreement key, or must not have one")
	}
	if p.agreement != nil {
		if p.challenge.agreement == nil || *p.challenge.agreement != *p.agreement {
			return none, proof("the challenge was for another agreement key")
		}
		if subtle.ConstantTimeCompare(p.answer[:], p.challenge.answer[:]) != 1 {
			return none, proof("the agreement key did not open the challenge")
		}
	}
	request, public, err := p.certificationRequest()
	if err != nil {
		return none, err
	}
	tls, err := protocol.NewKey(public)
	if err != nil {
		return none, proof("the TLS key is not on P-256")
	}
	if tls.X == p.key.X || p.agreement != nil && (bytes.Equal(p.agreement[1:], tls.X[:]) || bytes.Equal(p.agreement[1:], p.key.X[:])) {
		return none, proof("two uses share one key")
	}
	hosts := slices.Clone(request.DNSNames)
	for _, ip := range request.IPAddresses {
		hosts = append(hosts, ip.String())
	}
	for _, host := range hosts {
		if !slices.Contains(p.hosts, host) {
			return none, unauthorised("the enrolment code does not allow the host "+host,
				"Ask the authority for a code with this host (--host).")
		}
	}
	return proved{signing: p.key, tls: tls, agreement: p.agreement, public: public, hosts: hosts}, nil
}

// certificationRequest checks the PKCS#10 request: signed by the TLS key, bound
// to the challenge, asking for nothing else.
func (p application) certificationRequest() (*x509.CertificateRequest, *ecdsa.PublicKey, error) {
	request, err := x509.ParseCertificateRequest(p.request)
	if err != nil {
		return nil, nil, malformed("the TLS certification request cannot be read")
	}
	public, ok := request.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return nil, nil, proof("the TLS key is not on P-256")
	}
	if err := request.CheckSignature(); err != nil {
		return nil, nil, proof("the TLS certification request is not signed by its key")
	}
	if len(request.URIs) != 1 || request.URIs[0].String() != protocol.ProofName(p.nonce) {
		return nil, nil, proof("the TLS certification request is for another challenge")
	}
	if len(request.EmailAddresses) > 0 || len(request.DNSNames)+len(request.IPAddresses) > maxHosts {
		return nil, nil, malformed("the TLS certification request asks for more than hosts")
	}
	return request, public, nil
}
