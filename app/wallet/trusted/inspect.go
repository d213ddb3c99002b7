package trusted

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/protocol"
)

// Offer is what the owner is asked to confirm. All of it is verified.
type Offer struct {
	Request  protocol.Hash
	Terminal protocol.ID
	// Shop is the name in the terminal's certificate.
	Shop     string
	Amount   protocol.Amount
	Currency protocol.Currency
	// WantsPIN says that Pay asks the owner for the PIN, because the shop wants it.
	WantsPIN bool
	// Until is how long it may be confirmed, by this phone's clock.
	Until time.Time
	// ends is the end of the request's life by the terminal's clock.
	ends time.Time
}

// Inspect is step 5: it verifies what the camera read and returns what may be
// offered. Errors are those of protocol.VerifyRequest and of the texts, a
// *SkewError for protocol.ErrClockSkew, and ErrOwnCertificate, ErrNoSettlement
// and ErrAnswered; with ErrAnswered the offer names the request.
func (a *Application) Inspect(_ context.Context, text string) (Offer, error) {
	signed, err := protocol.ParseRequestText(text)
	if err != nil {
		return Offer{}, err
	}
	trust, now := a.identity.Trust(), a.now()
	if err := trust.ListCurrent(now, ListAge); err != nil {
		return Offer{}, err
	}
	request, terminal, err := protocol.VerifyRequest(signed, trust, now)
	if errors.Is(err, protocol.ErrClockSkew) {
		return Offer{}, &SkewError{Ahead: now.Sub(signed.Unverified().Issued.Time())}
	}
	if err != nil {
		return Offer{}, err
	}
	if _, err := a.settlement(trust, request.Settlement, now); err != nil {
		return Offer{}, err
	}
	if _, err := trust.Certificate(a.identity.Certificate(), protocol.RoleWallet, now); err != nil {
		return Offer{}, fmt.Errorf("%w: %w", ErrOwnCertificate, err)
	}
	offer := Offer{
		Request: signed.Hash(), Terminal: terminal.Subject, Shop: *terminal.Device.Name,
		Amount: request.Amount, Currency: request.Currency, WantsPIN: request.WantsPIN,
		Until: until(request, now), ends: request.Ends(),
	}
	if _, err := a.pending(offer.Request); !errors.Is(err, ErrNotPending) {
		if err == nil {
			err = ErrAnswered
		}
		return Offer{Request: offer.Request}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, before := a.answered[offer.Request]; before {
		return Offer{Request: offer.Request}, ErrAnswered
	}
	a.offered, a.offer = signed, offer
	return offer, nil
}

// until is the end of a request that was read just now. Its life is the
// terminal's to judge, by a clock that may differ from ours by protocol.MaxAge:
// where our clock cannot be right about it, because the life would be over
// already or longer than it is, it is counted from now.
func until(request protocol.Request, now time.Time) time.Time {
	ends, most := request.Ends(), now.Add(time.Duration(request.Life)*time.Second)
	if ends.Before(now) || ends.After(most) {
		return most
	}
	return ends
}

// settlement returns settlement's verified certificate, which must be of the
// server that the request names.
func (a *Application) settlement(trust protocol.Trust, want protocol.ID, now time.Time) (protocol.Certificate, error) {
	signed := a.identity.Settlement()
	if signed == nil {
		return protocol.Certificate{}, ErrNoSettlement
	}
	server, err := trust.Certificate(signed, protocol.RoleSettlement, now)
	if err != nil {
		return protocol.Certificate{}, fmt.Errorf("%w: %w", ErrNoSettlement, err)
	}
	if server.Subject != want {
		return protocol.Certificate{}, fmt.Errorf("%w: %q", protocol.ErrOtherSettlement, want)
	}
	return server, nil
}
