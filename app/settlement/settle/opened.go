package settle

import (
	"context"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/minutiae"
)

// opened is a submission after step 13: everything that the agreement key can
// open is open, nothing is verified yet.
type opened struct {
	signed *protocol.Signed[protocol.Submission]
	peer   protocol.ID
	now    time.Time

	key              ledger.SaleKey
	request, payment protocol.Hash
	asked            protocol.Request
	attempt          uint8
	// secret is the payer's, nil if it did not open.
	secret *protocol.PayerSecret
	// live is the print from terminal or phone; nil if there is none or it did
	// not open.
	live protocol.Template
	// mark knows the live print again; content is what makes another submission
	// the same.
	mark    protocol.Hash
	content protocol.Hash
}

// open is step 13. It fails with a problem where there is nothing that an
// outcome could be about.
func (s *Settler) open(peer protocol.ID, envelope protocol.Envelope) (*opened, error) {
	signed, err := openWith(s, func(key ecdh.KeyExchanger) (*protocol.Signed[protocol.Submission], error) {
		return protocol.OpenSubmission(key, peer, envelope)
	})
	if err != nil {
		return nil, err
	}
	if signed == nil {
		return nil, malformed("the submission cannot be opened: it is damaged, or was sealed for another server or by another terminal")
	}
	claimed := signed.Unverified()
	payment := claimed.Payment.Unverified()
	o := &opened{
		signed: signed, peer: peer, now: s.Clock(), request: claimed.Request.Hash(), payment: claimed.Payment.Hash(),
		asked: claimed.Request.Unverified(), attempt: claimed.Attempt,
	}
	// Settlement says nothing, signed and for ever, about another terminal's
	// request: its owner could use it against the payer.
	if owner := o.asked.Terminal.Unverified(); owner.Subject != peer {
		return nil, unauthorised(fmt.Sprintf("the request is by %q", owner.Subject))
	}
	o.key = ledger.SaleKey{Terminal: peer, Scramble: o.asked.Scramble}
	o.secret, err = openWith(s, func(key ecdh.KeyExchanger) (*protocol.PayerSecret, error) {
		secret, err := protocol.OpenPayerSecret(key, o.request, payment.Wallet.Hash(), payment.Secret)
		return &secret, err
	})
	if err != nil {
		return nil, err
	}
	switch {
	case claimed.Print != nil:
		live, err := openWith(s, func(key ecdh.KeyExchanger) (*protocol.Template, error) {
			live, err := protocol.OpenLivePrint(key, o.request, o.payment, peer, o.attempt, claimed.Print)
			return &live, err
		})
		if err != nil {
			return nil, err
		}
		if live != nil {
			o.live = *live
		}
	case o.secret != nil:
		o.live = o.secret.Print
	}
	if o.live != nil {
		o.mark = s.mark(o.live)
	}
	o.content = sha256.Sum256(append(append(append([]byte{}, o.request[:]...), o.payment[:]...), o.mark[:]...))
	return o, nil
}

// mark is the keyed digest of a live print. What is no template has one of its
// own, so that it, too, counts once.
func (s *Settler) mark(live protocol.Template) protocol.Hash {
	if sum, err := minutiae.Digest(s.PrintKey, live); err == nil {
		return sum
	}
	h := hmac.New(sha256.New, s.PrintKey)
	h.Write([]byte("no template\x00"))
	h.Write(live)
	return protocol.Hash(h.Sum(nil))
}

// openWith tries the agreement keys, newest first. It returns nil for what none
// of them opens, and a problem when a token failed: then nobody knows.
func openWith[T any](s *Settler, open func(ecdh.KeyExchanger) (*T, error)) (*T, error) {
	keys := s.Agreement()
	if len(keys) == 0 {
		return nil, notReady("settlement has no agreement key")
	}
	for _, key := range keys {
		watched := &watched{KeyExchanger: key}
		v, err := open(watched)
		switch {
		case watched.failure != nil:
			return nil, notReady("settlement's token failed: " + watched.failure.Error())
		case err == nil:
			return v, nil
		}
	}
	return nil, nil
}

// watched tells a token's failure from a message that cannot be opened.
type watched struct {
	ecdh.KeyExchanger
	failure error
}

func (w *watched) ECDH(remote *ecdh.PublicKey) ([]byte, error) {
	shared, err := w.KeyExchanger.ECDH(remote)
	if err != nil {
		w.failure = err
	}
	return shared, err
}

// enrolled returns the template that the wallet's certificate holds or names,
// opened and read; nil when there is none that can be used.
func (s *Settler) enrolled(ctx context.Context, wallet protocol.Certificate) ([]minutiae.Minutia, string, error) {
	sealed := protocol.Sealed(wallet.Device.Print)
	if sealed == nil {
		return nil, "the wallet's owner has no enrolled print", nil
	}
	if digest, _ := wallet.Device.PrintDigest(); digest != (protocol.Hash{}) {
		if gone, err := s.erased(ctx, digest); err != nil || gone {
			return nil, "the enrolled print was erased on its owner's request", err
		}
	}
	if hash, deposited := wallet.Device.PrintDeposited(); deposited {
		err := s.Ledger.View(ctx, func(r ledger.Snapshot) (err error) {
			sealed, err = r.Deposit(hash)
			return err
		})
		if isNotFound(err) {
			return nil, "the enrolled print was not deposited here", nil
		}
		if err != nil {
			return nil, "", err
		}
	}
	template, err := openWith(s, func(key ecdh.KeyExchanger) (*protocol.Template, error) {
		template, err := protocol.OpenEnrolledTemplate(key, wallet.Issuer, wallet.Subject, sealed)
		return &template, err
	})
	if err != nil {
		return nil, "", err
	}
	if template == nil {
		return nil, "the enrolled print cannot be opened", nil
	}
	ms, err := minutiae.Decode(*template)
	if err != nil {
		return nil, "the enrolled print cannot be read", nil
	}
	return ms, "", nil
}
