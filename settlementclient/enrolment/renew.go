package enrolment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/protocol"
	"countersign/protocol/problem"
)

// lateRenewal is how long after its end the authority renews a certificate.
const lateRenewal = 30 * 24 * time.Hour

// Renew has the device certified anew in the last third of its certificate's
// life, or up to 30 days after its end. The signature key stays; the newest
// agreement key is proved, so that who wants another one makes it before. It
// may be interrupted at any point and run again. o.Hosts is ignored: the hosts
// of the old leaf are asked for.
//
// Errors: ErrTooEarly, ErrTooLate, ErrRevoked, and those of Enrol.
func Renew(ctx context.Context, unit Unit, c *Credentials, o Options) (*Credentials, error) {
	o = c.complete(o)
	authority, err := c.dial(o)
	if err != nil {
		return nil, fmt.Errorf("renew %v %q: %w", c.Role, c.Subject, err)
	}
	next, err := renew(ctx, unit, authority, c, o)
	if err != nil {
		return nil, fmt.Errorf("renew %v %q: %w", c.Role, c.Subject, err)
	}
	return next, nil
}

func renew(ctx context.Context, unit Unit, authority *client, c *Credentials, o Options) (*Credentials, error) {
	keys, err := loadKeys(unit, c.Role)
	if err != nil {
		return nil, err
	}
	challenge, err := authority.challenge(ctx, c.Anchor.Key, protocol.ChallengeRequest{About: c.Certificate.Hash(), Agreement: keys.point})
	if err != nil {
		return nil, err
	}
	application := protocol.Renewal{Nonce: challenge.Nonce, Certificate: c.Certificate, Agreement: keys.point}
	if application.Answer, err = keys.answer(challenge); err != nil {
		return nil, err
	}
	if application.Request, err = keys.request(challenge.Nonce, c.hosts()); err != nil {
		return nil, err
	}
	signed, err := protocol.Sign(keys.signing, application)
	if err != nil {
		return nil, err
	}
	answer, err := authority.post(ctx, protocol.PathRenewals, protocol.ContentTypeCOSE, signed.Bytes())
	if err != nil {
		return nil, c.window(err, o.Clock())
	}
	issued, err := protocol.DecodeIssued(answer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	expected := expectation{authority: identityOf(c), role: c.Role, subject: c.Subject, keys: keys, now: o.Clock()}
	if err := expected.check(issued); err != nil {
		return nil, err
	}
	if err := storeIssued(ctx, unit, issued, false); err != nil {
		return nil, err
	}
	next, err := Load(unit)
	if err != nil {
		return nil, err
	}
	next.Clock, next.Trust = c.Clock, c.Trust
	return next, nil
}

func identityOf(c *Credentials) authority { return authority{c.Anchor, c.Root} }

// window tells a renewal that was refused for its time by the certificate's own
// dates.
func (c *Credentials) window(err error, now time.Time) error {
	if !errors.Is(err, &problem.Problem{Code: problem.Stale}) {
		return err
	}
	switch {
	case !c.RenewalDue(now):
		return fmt.Errorf("%w: %w", ErrTooEarly, err)
	case now.After(c.Claims.Expires.Time().Add(lateRenewal)):
		return fmt.Errorf("%w: %w", ErrTooLate, err)
	}
	return err
}

// hosts are those of the present leaf.
func (c *Credentials) hosts() []string {
	hosts := append([]string{}, c.Leaf.Leaf.DNSNames...)
	for _, ip := range c.Leaf.Leaf.IPAddresses {
		hosts = append(hosts, ip.String())
	}
	return hosts
}

// fetchSettlement asks for settlement's certificate (step 12) and keeps it when
// it is another one. There may be none yet.
func fetchSettlement(ctx context.Context, unit Unit, authority *client, c *Credentials, o Options) (*Credentials, error) {
	answer, err := authority.get(ctx, protocol.PathSettlements)
	if errors.Is(err, &problem.Problem{Code: problem.NotFound}) {
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	signed, err := protocol.Parse[protocol.Certificate](answer)
	if err != nil {
		return nil, fmt.Errorf("%w: settlement's certificate: %w", ErrAnswer, err)
	}
	if _, err := c.Trust.Certificate(signed, protocol.RoleSettlement, o.Clock()); err != nil {
		return nil, fmt.Errorf("%w: settlement's certificate: %w", ErrAnswer, err)
	}
	if c.Settlement != nil && c.Settlement.Hash() == signed.Hash() {
		return c, nil
	}
	if err := (object{labelSettlement, signed.Bytes()}).store(ctx, unit); err != nil {
		return nil, err
	}
	next := *c
	next.Settlement = signed
	return &next, nil
}

// FetchSettlement asks the authority for settlement's certificate and keeps it;
// Settlement stays as it was while there is none.
func FetchSettlement(ctx context.Context, unit Unit, c *Credentials, o Options) (*Credentials, error) {
	o = c.complete(o)
	authority, err := c.dial(o)
	if err != nil {
		return nil, fmt.Errorf("fetch settlement's certificate: %w", err)
	}
	next, err := fetchSettlement(ctx, unit, authority, c, o)
	if err != nil {
		return nil, fmt.Errorf("fetch settlement's certificate: %w", err)
	}
	return next, nil
}
