package enrolment

import (
	"context"
	"crypto/tls"
	"fmt"
	"strconv"

	"countersign/protocol"
)

// StateNoPrint hands the authority a desk's statement that a wallet's owner has no
// readable print (protocol.OrderNoPrint) and returns the enrolment code for the
// wallet. Errors as those of DepositTemplate.
func StateNoPrint(ctx context.Context, c *Credentials, o Options, order *protocol.Signed[protocol.DeskOrder]) (code string, err error) {
	answer, err := c.order(ctx, o, order)
	if err != nil {
		return "", fmt.Errorf("state that there is no readable print: %w", err)
	}
	if err := c.isFor(string(answer), order.Unverified().Wallet); err != nil {
		return "", fmt.Errorf("state that there is no readable print: %w", err)
	}
	return string(answer), nil
}

// EraseTemplate hands the authority a desk's order to erase the template of a
// wallet's owner (protocol.OrderErase) and returns what was erased of that wallet,
// now or before. It may be repeated. Errors as those of DepositTemplate.
func EraseTemplate(ctx context.Context, c *Credentials, o Options, order *protocol.Signed[protocol.DeskOrder]) (protocol.ErasureList, error) {
	answer, err := c.order(ctx, o, order)
	if err != nil {
		return protocol.ErasureList{}, fmt.Errorf("erase template: %w", err)
	}
	list, err := verified[protocol.ErasureList](answer, c.Anchor.Key)
	if err != nil {
		return protocol.ErasureList{}, fmt.Errorf("erase template: %w", err)
	}
	for _, e := range list.Erased {
		if e.Wallet != order.Unverified().Wallet {
			return protocol.ErasureList{}, fmt.Errorf("erase template: %w: it is about another wallet", ErrAnswer)
		}
	}
	if len(list.Erased) == 0 {
		return protocol.ErasureList{}, fmt.Errorf("erase template: %w: nothing was erased", ErrAnswer)
	}
	return list, nil
}

func (c *Credentials) order(ctx context.Context, o Options, order *protocol.Signed[protocol.DeskOrder]) ([]byte, error) {
	authority, err := c.dialAsSelf(c.complete(o))
	if err != nil {
		return nil, err
	}
	return authority.post(ctx, protocol.PathDeskOrders, protocol.ContentTypeCOSE, order.Bytes())
}

// FetchErasures asks the authority, for a settlement server, which templates were
// erased after a number. A list of protocol.MaxErased has more after it. Errors as
// those of DepositTemplate, and ErrWrongAuthority.
func FetchErasures(ctx context.Context, c *Credentials, o Options, after uint64) (protocol.ErasureList, error) {
	authority, err := c.dialAsSelf(c.complete(o))
	if err != nil {
		return protocol.ErasureList{}, fmt.Errorf("fetch erasures: %w", err)
	}
	answer, err := authority.get(ctx, protocol.PathErasures+"?"+protocol.AfterParameter+"="+strconv.FormatUint(after, 10))
	if err != nil {
		return protocol.ErasureList{}, fmt.Errorf("fetch erasures: %w", err)
	}
	list, err := verified[protocol.ErasureList](answer, c.Anchor.Key)
	if err != nil {
		return protocol.ErasureList{}, fmt.Errorf("fetch erasures: %w", err)
	}
	if list.Issuer != c.Anchor.Authority || list.After != after {
		return protocol.ErasureList{}, fmt.Errorf("fetch erasures: %w: those of %q after %d", ErrAnswer, list.Issuer, list.After)
	}
	return list, nil
}

// dialAsSelf shows the device's leaf.
func (c *Credentials) dialAsSelf(o Options) (*client, error) {
	config := authorityTLS(c.Anchor, c.Root, o.Clock)
	config.Certificates = []tls.Certificate{c.Leaf}
	return newClient(o.AuthorityURL, config, o)
}

// isFor checks that a code is for a wallet and by our authority.
func (c *Credentials) isFor(code string, wallet protocol.ID) error {
	given, err := protocol.ParseEnrolmentText(code)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	if given.Role != protocol.RoleWallet || given.Subject != wallet || given.Authority != c.Anchor.Key.Thumbprint() {
		return fmt.Errorf("%w: the code is for another wallet", ErrAnswer)
	}
	return nil
}
