package settlementclient

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"countersign/protocol"
)

// freshFor is how long a fetched certificate is used before settlement is asked
// for a newer one.
const freshFor = time.Hour

// maxOlder bounds how many of settlement's former certificates are remembered.
const maxOlder = 8

// Certificate returns settlement's certificate, fetched and verified (step 12):
// what the terminal seals to. It is kept for an hour and verified each time; an
// older one serves on while settlement cannot be asked. Errors: ErrUnreachable,
// ErrUntrusted.
func (c *Client) Certificate(ctx context.Context) (*protocol.Signed[protocol.Certificate], error) {
	c.mutex.Lock()
	kept, age := c.current, c.o.Clock().Sub(c.fetched)
	c.mutex.Unlock()
	usable := kept != nil && c.trusted(kept) == nil
	if usable && age >= 0 && age < freshFor {
		return kept, nil
	}
	fetched, err := c.fetch(ctx, protocol.PathCertificate)
	if err != nil {
		if usable && !errors.Is(err, ErrUntrusted) {
			return kept, nil
		}
		return nil, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.current, c.fetched = fetched, c.o.Clock()
	return fetched, nil
}

// SignedUnder returns the certificate that outcomes with a mark are signed
// under: the current one, or one from before settlement's renewal. It is for who
// verifies an answer once more elsewhere. Errors: ErrUnreachable, ErrUntrusted.
func (c *Client) SignedUnder(ctx context.Context, signer [8]byte) (*protocol.Signed[protocol.Certificate], error) {
	c.mutex.Lock()
	kept := c.older[signer]
	if kept == nil && c.current != nil && protocol.SignerOf(c.current) == signer {
		kept = c.current
	}
	c.mutex.Unlock()
	if kept != nil {
		return kept, nil
	}
	fetched, err := c.fetch(ctx, protocol.PathCertificate+"?"+protocol.SignerParameter+"="+hex.EncodeToString(signer[:]))
	if err != nil {
		return nil, err
	}
	if protocol.SignerOf(fetched) != signer {
		return nil, fmt.Errorf("%w: not the certificate that was asked for", ErrUntrusted)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if len(c.older) >= maxOlder {
		clear(c.older)
	}
	c.older[signer] = fetched
	return fetched, nil
}

// fetch gets and verifies a certificate of settlement. Nothing of a sale is in
// the question, so a lost answer is as good as none.
func (c *Client) fetch(ctx context.Context, path string) (*protocol.Signed[protocol.Certificate], error) {
	a, err := c.do(ctx, messageCertificate, http.MethodGet, path, "", nil)
	if err != nil {
		return nil, fmt.Errorf("fetch settlement's certificate: %w: %v", ErrUnreachable, err)
	}
	if a.status != http.StatusOK {
		return nil, fmt.Errorf("fetch settlement's certificate: %w: %v", ErrUnreachable, a.refusal())
	}
	fetched, err := protocol.Parse[protocol.Certificate](a.body)
	if err != nil {
		return nil, fmt.Errorf("fetch settlement's certificate: %w: %w", ErrUntrusted, err)
	}
	if err := c.trusted(fetched); err != nil {
		return nil, err
	}
	return fetched, nil
}

func (c *Client) trusted(certificate *protocol.Signed[protocol.Certificate]) error {
	if _, err := c.o.Trust().Certificate(certificate, protocol.RoleSettlement, c.o.Clock()); err != nil {
		return fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	return nil
}
