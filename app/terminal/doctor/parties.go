package doctor

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// slow is how long an answer may take before somebody should look at the line: a sale
// needs a few of them.
const slow = 2 * time.Second

// Settlement connects to settlement as a sale does, both sides authenticated, and has it
// show its certificate (step 12).
func (e *Enrolled) Settlement(url string, now func() time.Time) func(context.Context) Finding {
	return func(ctx context.Context) Finding {
		f := finding{}.fact("url", url)
		if url == "" {
			return f.bad("No address of settlement is set.", "Set it: --settlement https://name:port.").done()
		}
		c := e.Credentials(ctx)
		if c == nil {
			return notEnrolled()
		}
		a, err := ask(ctx, url, protocol.PathCertificate, timed(c.ClientTLS(protocol.RoleSettlement), now), now)
		if err != nil {
			return f.unanswered(err).done()
		}
		signed, err := protocol.Parse[protocol.Certificate](a.body)
		if err == nil {
			_, err = c.Trust.Certificate(signed, protocol.RoleSettlement, now())
		}
		if err != nil {
			return f.failed(fmt.Errorf("settlement answers with a certificate that cannot be trusted: %w", err), "Check the machine's clock; if it is right, call settlement's operator.").done()
		}
		return f.answers(a, string(signed.Unverified().Subject)).done()
	}
}

// Authority fetches the authority's revocation list, and keeps nothing of it. url may be
// empty: it is where the terminal enrolled, then.
func (e *Enrolled) Authority(url string, now func() time.Time) func(context.Context) Finding {
	return func(ctx context.Context) Finding {
		c := e.Credentials(ctx)
		if c == nil {
			return notEnrolled()
		}
		url := cmp.Or(url, c.AuthorityURL)
		f := finding{}.fact("url", url)
		a, err := ask(ctx, url, protocol.PathRevocationList, authorityTLS(c, now), now)
		if err != nil {
			return f.unanswered(err).done()
		}
		signed, err := protocol.Parse[protocol.RevocationList](a.body)
		if err == nil {
			_, err = c.Trust.AcceptList(signed, now(), enrolment.MaxListAge(protocol.RoleTerminal))
		}
		if err != nil {
			return f.failed(fmt.Errorf("the authority answers with a revocation list that cannot be used: %w", err), "Check the machine's clock; if it is right, call the authority.").done()
		}
		return f.fact("sequence", signed.Unverified().Sequence).answers(a, string(c.Anchor.Authority)).done()
	}
}

// answers says who has answered and how soon.
func (f finding) answers(a answered, who string) finding {
	f = f.fact("answer_ms", a.took.Milliseconds())
	if a.took > slow {
		return f.warn(fmt.Sprintf("%s answers, after %s.", who, span(a.took)), "Sales will be slow: look at the network between.")
	}
	return f.ok(fmt.Sprintf("%s answers, after %s.", who, span(a.took)))
}

// timed has a configuration verify by a clock.
func timed(config *tls.Config, now func() time.Time) *tls.Config {
	config.Time = now
	return config
}

// authorityTLS verifies the authority's leaf: by the realm's root, and named after the
// authority.
func authorityTLS(c *enrolment.Credentials, now func() time.Time) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Time: now, RootCAs: c.Roots, SessionTicketsDisabled: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			if uris := state.PeerCertificates[0].URIs; len(uris) != 1 || uris[0].String() != protocol.AuthorityTLSName(c.Anchor.Authority) {
				return enrolment.ErrWrongAuthority
			}
			return nil
		},
	}
}

// How far the machine's clock may be off: a server tells whole seconds, and requests live
// for a minute.
const (
	clockFine = 3 * time.Second
	clockMost = 30 * time.Second
)

// Clock compares the machine's clock with settlement's, or the authority's where
// settlement does not answer, over TLS: a server whose certificate is of another day is
// asked as well, for that may be the clock. system says what the operating system knows
// of time synchronisation.
func (e *Enrolled) Clock(settlement, authority string, now func() time.Time, system func() protocol.ClockState) func(context.Context) Finding {
	return func(ctx context.Context) Finding {
		var f finding
		kept := system()
		f = f.fact("synchronised", map[protocol.ClockState]string{protocol.ClockSynchronised: "yes", protocol.ClockUnsynchronised: "no", protocol.ClockUnknown: "unknown"}[kept])
		a, from, err := e.dated(ctx, settlement, authority, now)
		switch {
		case from == "":
			f = f.warn("Not compared: what it needs is in the token.", "See to the token first.")
		case err != nil:
			f = f.fact("error", err.Error()).warn("It could not be compared, because neither settlement nor the authority answers.", "See to the network first.")
		default:
			off := a.at.Sub(a.date.Add(time.Second / 2))
			f = f.fact("off_seconds", off.Seconds()).fact("compared_with", from)
			words := "ahead of"
			if off < 0 {
				words = "behind"
			}
			switch {
			case off.Abs() > clockMost:
				f = f.bad(fmt.Sprintf("It is %s %s %s's.", span(off), words, from), "Set it, and have a time service keep it: timedatectl set-ntp true.")
			case off.Abs() > clockFine:
				f = f.warn(fmt.Sprintf("It is %s %s %s's.", span(off), words, from), "Have a time service keep it: timedatectl set-ntp true.")
			default:
				f = f.ok(fmt.Sprintf("It goes with %s's.", from))
			}
		}
		if kept == protocol.ClockUnsynchronised {
			f = f.warn("No time service keeps it.", "Have one keep it: timedatectl set-ntp true, and check that the network lets NTP (UDP port 123) through.")
		}
		return f.done()
	}
}

// dated asks for a server's time. from is empty where nobody could be asked.
func (e *Enrolled) dated(ctx context.Context, settlement, authority string, now func() time.Time) (a answered, from string, err error) {
	c := e.Credentials(ctx)
	if c == nil {
		return a, "", nil
	}
	half, stop := context.WithTimeout(ctx, DefaultLimit/2)
	defer stop()
	if settlement != "" {
		from = "settlement"
		a, err = datedBy(half, settlement, protocol.PathCertificate, c.ClientTLS(protocol.RoleSettlement), now)
		if err == nil && !a.date.IsZero() {
			return a, from, nil
		}
	}
	from = "the authority"
	a, err = datedBy(ctx, cmp.Or(authority, c.AuthorityURL), protocol.PathRevocationList, authorityTLS(c, now), now)
	if err == nil && a.date.IsZero() {
		err = errors.New("no server says what time it is")
	}
	return a, from, err
}

// datedBy asks a server, again at the time of its certificate if that is not ours: all
// else of the certificate is verified still.
func datedBy(ctx context.Context, url, path string, config *tls.Config, now func() time.Time) (answered, error) {
	a, err := ask(ctx, url, path, timed(config, now), now)
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		at := invalid.Cert.NotBefore.Add(invalid.Cert.NotAfter.Sub(invalid.Cert.NotBefore) / 2)
		a, err = ask(ctx, url, path, timed(config, func() time.Time { return at }), now)
	}
	if !a.date.IsZero() { // whatever else it said
		return a, nil
	}
	return a, err
}
