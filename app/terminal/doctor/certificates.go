package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// renews is what an installer can do about dates: the terminal does the rest.
const renews = "Start the terminal where it reaches the authority: it renews by itself, up to 30 days late. After that ask the authority for a new enrolment code."

// notEnrolled is what the checks say that have nothing to look at.
func notEnrolled() Finding {
	return finding{}.warn("Not looked at: what it needs is in the token.", "See to the token first.").done()
}

// with looks at what the token holds, when it is open.
func (e *Enrolled) with(look func(*enrolment.Credentials) Finding) func(context.Context) Finding {
	return func(ctx context.Context) Finding {
		c := e.Credentials(ctx)
		if c == nil {
			return notEnrolled()
		}
		return look(c)
	}
}

// Certificate looks at the terminal's own certificate: its dates, and whether it was
// taken back.
func (e *Enrolled) Certificate(now func() time.Time) func(context.Context) Finding {
	return e.with(func(c *enrolment.Credentials) Finding {
		var f finding
		f = f.fact("subject", string(c.Subject)).fact("authority", string(c.Anchor.Authority))
		if name := c.Claims.Device.Name; name != nil {
			f = f.fact("shop", *name)
		}
		if list := c.Trust.Revocation; list != nil && list.Revokes(c.Claims) {
			return f.bad("The authority has taken this terminal's certificate back.", "Ask the authority why; with a new enrolment code the terminal can be enrolled again.").done()
		}
		return dates(f, fmt.Sprintf("%s's certificate", c.Subject), c.Claims.NotBefore.Time(), c.Claims.Expires.Time(), now()).done()
	})
}

// TLSCertificate looks at the dates of the leaf for connections.
func (e *Enrolled) TLSCertificate(now func() time.Time) func(context.Context) Finding {
	return e.with(func(c *enrolment.Credentials) Finding {
		return dates(finding{}, "The certificate for connections", c.Leaf.Leaf.NotBefore, c.Leaf.Leaf.NotAfter, now()).done()
	})
}

// dates judges a certificate that the terminal renews in the last third of its life: one
// of which less than a sixth is left should have been renewed.
func dates(f finding, what string, begins, ends, now time.Time) finding {
	f = f.fact("begins", begins.UTC()).fact("ends", ends.UTC())
	switch left := ends.Sub(now); {
	case now.Before(begins):
		return f.bad(fmt.Sprintf("%s is good from %s only, %s from now by this clock.", what, moment(begins), span(begins.Sub(now))), "Set the machine's clock, and let a time service keep it.")
	case left <= 0:
		return f.bad(fmt.Sprintf("%s ended on %s, %s ago.", what, moment(ends), span(left)), "If that date is not past, set the machine's clock. "+renews)
	case left < ends.Sub(begins)/6:
		return f.warn(fmt.Sprintf("%s ends on %s, in %s, and should have been renewed by now.", what, moment(ends), span(left)), renews)
	default:
		return f.ok(fmt.Sprintf("%s is good until %s.", what, moment(ends)))
	}
}

// RevocationList looks at how old the newest one is.
func (e *Enrolled) RevocationList(now func() time.Time) func(context.Context) Finding {
	return e.with(func(c *enrolment.Credentials) Finding {
		var f finding
		list := c.Trust.Revocation
		if list == nil {
			return f.warn("There is none yet.", "Start the terminal where it reaches the authority: it fetches the list, and takes no payments before.").done()
		}
		f = f.fact("sequence", list.Sequence).fact("issued", list.Issued.Time().UTC()).fact("revoked", len(list.Revoked))
		age := now().Sub(list.Issued.Time())
		switch most := enrolment.MaxListAge(protocol.RoleTerminal); {
		case age < -protocol.MaxSkew:
			return f.bad(fmt.Sprintf("It was made %s from now by this clock.", span(age)), "Set the machine's clock, and let a time service keep it.").done()
		case age > most:
			return f.warn(fmt.Sprintf("It is %s old, more than the %s that are allowed.", span(age), span(most)),
				"Start the terminal where it reaches the authority: it fetches a new list, and takes no payments before.").done()
		}
		return f.ok(fmt.Sprintf("Number %d, %s old.", list.Sequence, span(age))).done()
	})
}

// SettlementCertificate looks at settlement's, as the authority gave it out.
func (e *Enrolled) SettlementCertificate(now func() time.Time) func(context.Context) Finding {
	return e.with(func(c *enrolment.Credentials) Finding {
		var f finding
		if c.Settlement == nil {
			return f.bad("The authority has named no settlement server yet.", "Enrol the settlement server with the authority, then start the terminal again.").done()
		}
		claims := c.Settlement.Unverified()
		f = f.fact("subject", string(claims.Subject)).fact("ends", claims.Expires.Time().UTC())
		switch _, err := c.Trust.Certificate(c.Settlement, protocol.RoleSettlement, now()); {
		case errors.Is(err, protocol.ErrExpired):
			return f.fact("error", err.Error()).warn(fmt.Sprintf("%s's certificate is not of this day: it is good from %s until %s.", claims.Subject, moment(claims.NotBefore.Time()), moment(claims.Expires.Time())),
				"Check the machine's clock. If it is right, start the terminal where it reaches the authority: it fetches the new certificate.").done()
		case errors.Is(err, protocol.ErrRevoked):
			return f.fact("error", err.Error()).bad("The authority has taken settlement's certificate back.", "Call settlement's operator. The terminal takes no payments until there is a new one.").done()
		case err != nil:
			return f.failed(fmt.Errorf("settlement's certificate is not genuine: %w", err), "Call the authority; the terminal takes no payments.").done()
		}
		return f.ok(fmt.Sprintf("%s's certificate is good until %s.", claims.Subject, moment(claims.Expires.Time()))).done()
	})
}
