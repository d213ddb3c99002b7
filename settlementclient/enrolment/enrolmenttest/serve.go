package enrolmenttest

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"io"
	"net/http"
	"time"

	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

// serve answers one request after the other.
func (a *Authority) serve(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	path := r.URL.Path
	a.asked[path]++
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil {
		refuse(w, problem.New(http.StatusBadRequest, problem.Malformed, err.Error(), ""))
		return
	}
	if a.Refuse != nil {
		if p := a.Refuse(path); p != nil {
			refuse(w, p)
			return
		}
	}
	if a.Answer != nil {
		if answer := a.Answer(path); answer != nil {
			_, _ = w.Write(answer)
			return
		}
	}
	answer, err := a.answer(path, body)
	if err != nil {
		refuse(w, problem.New(http.StatusBadRequest, problem.Malformed, err.Error(), ""))
		return
	}
	if answer == nil {
		refuse(w, problem.New(http.StatusNotFound, problem.NotFound, "nothing here", ""))
		return
	}
	_, _ = w.Write(answer)
}

func refuse(w http.ResponseWriter, p *problem.Problem) {
	w.Header().Set("Content-Type", problem.ContentType)
	w.WriteHeader(p.Status)
	_, _ = w.Write(p.Encode())
}

func (a *Authority) answer(path string, body []byte) ([]byte, error) {
	switch path {
	case protocol.PathIdentity:
		return protocoltest.Sign(a.t, a.Realm.Key, protocol.Identity{
			Authority: a.Realm.Name, Key: a.Realm.Anchor().Key, Root: a.root.Raw, Issued: protocol.At(a.now()),
		}).Bytes(), nil
	case protocol.PathRevocationList:
		return protocoltest.Sign(a.t, a.Realm.Key, protocol.RevocationList{
			Issuer: a.Realm.Name, Sequence: a.Sequence, Issued: protocol.At(a.now()), Revoked: a.Revoked,
		}).Bytes(), nil
	case protocol.PathSettlements:
		if a.Settlement == nil {
			return nil, nil
		}
		return a.Settlement.Bytes(), nil
	case protocol.PathChallenges:
		return a.challenge(body)
	case protocol.PathEnrolments:
		return a.enrol(body)
	case protocol.PathRenewals:
		return a.renew(body)
	}
	return nil, nil
}

func (a *Authority) challenge(body []byte) ([]byte, error) {
	request, err := protocol.DecodeChallengeRequest(body)
	if err != nil {
		return nil, err
	}
	c := protocol.Challenge{Nonce: protocol.NewCode(), Issued: protocol.At(a.now())}
	if request.Agreement != nil {
		if c.Sealed, err = protocol.SealChallenge(*request.Agreement, c.Nonce, [32]byte{1}); err != nil {
			return nil, err
		}
	}
	return protocoltest.Sign(a.t, a.Realm.Key, c).Bytes(), nil
}

func (a *Authority) enrol(body []byte) ([]byte, error) {
	signed, err := protocol.Parse[protocol.Enrolment](body)
	if err != nil {
		return nil, err
	}
	e := signed.Unverified()
	code := a.codes[sha256.Sum256(e.Secret[:])]
	claims := a.Realm.Claims(code.Role, code.Subject, "Corner Café")
	claims.Holder.Key, claims.Device.Agreement = e.Key, e.Agreement
	return a.issue(claims, e.Request)
}

func (a *Authority) renew(body []byte) ([]byte, error) {
	signed, err := protocol.Parse[protocol.Renewal](body)
	if err != nil {
		return nil, err
	}
	r := signed.Unverified()
	old := r.Certificate.Unverified()
	claims := a.Realm.Claims(old.Device.Role, old.Subject, "Corner Café")
	claims.Holder, claims.Device.Agreement, claims.Device.Print = old.Holder, r.Agreement, old.Device.Print
	return a.issue(claims, r.Request)
}

func (a *Authority) issue(claims protocol.Certificate, request []byte) ([]byte, error) {
	if a.Alter != nil {
		a.Alter(&claims)
	}
	csr, err := x509.ParseCertificateRequest(request)
	if err != nil {
		return nil, err
	}
	public, _ := csr.PublicKey.(*ecdsa.PublicKey)
	leaf := a.leaf(protocol.TLSName(claims.Device.Role, claims.Subject), public, claims.NotBefore.Time(), claims.Expires.Time().Add(time.Second),
		csr.DNSNames, csr.IPAddresses)
	return protocol.EncodeIssued(protocol.Issued{
		Certificate: protocoltest.Sign(a.t, a.Realm.Key, claims), Leaf: leaf.Raw, Settlement: a.Settlement,
	})
}
