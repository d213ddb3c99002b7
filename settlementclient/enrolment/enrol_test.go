package enrolment_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient/enrolment"
	"countersign/settlementclient/enrolment/enrolmenttest"
)

func newAuthority(t *testing.T) *enrolmenttest.Authority {
	t.Helper()
	return enrolmenttest.New(t, protocoltest.New(t, "countersign/1"))
}

func TestEnrolKeepsEverything(t *testing.T) {
	a := newAuthority(t)
	_, settlement := a.Enrol(protocol.RoleSettlement, "settlement-1", "localhost")
	unit, enrolled := a.Enrol(protocol.RoleTerminal, "T-0001")
	c, err := enrolment.Load(unit)
	if err != nil {
		t.Fatal(err)
	}
	if c.Certificate.Hash() != enrolled.Certificate.Hash() || c.Role != protocol.RoleTerminal || c.Subject != "T-0001" ||
		c.Anchor != a.Realm.Anchor() || c.AuthorityURL != a.URL || c.Settlement.Hash() != settlement.Certificate.Hash() ||
		c.Trust.Revocation == nil || c.Trust.Revocation.Sequence != 1 {
		t.Errorf("loaded %+v", c)
	}
	if _, err := c.Trust.Certificate(c.Settlement, protocol.RoleSettlement, a.Clock()); err != nil {
		t.Error(err)
	}
	if pending, err := enrolment.PendingDeposit(unit); pending != nil || err != nil {
		t.Errorf("a terminal's deposit: %v, %v", pending, err)
	}
}

// Guarantee: at first contact the authority is believed because of the code
// alone, and the code's secret is not sent to anybody else.
func TestManInTheMiddle(t *testing.T) {
	a := newAuthority(t)
	code := a.Code(protocol.RoleTerminal, "T-0001")
	own := protocoltest.New(t, "countersign/1")
	own.Key = protocoltest.SignatureKey(t, "the man in the middle")

	other := enrolmenttest.New(t, own)
	relaying := enrolmenttest.New(t, own)
	identity := protocoltest.Sign(t, a.Realm.Key, protocol.Identity{
		Authority: "countersign/1", Key: a.Realm.Anchor().Key, Root: rootOf(t, a), Issued: protocol.At(a.Clock()),
	}).Bytes()
	relaying.Answer = func(path string) []byte {
		if path == protocol.PathIdentity {
			return identity
		}
		return nil
	}
	device := newAuthority(t)
	device.Name = protocol.TLSName(protocol.RoleTerminal, "T-0666")
	for name, middle := range map[string]*enrolmenttest.Authority{
		"another key under the same name":        other,
		"genuine identity over a TLS of its own": relaying,
		"a device with a genuine TLS leaf":       device,
	} {
		o := middle.Options(code)
		_, err := enrolment.Enrol(t.Context(), enrolmenttest.NewUnit(), o)
		if !errors.Is(err, enrolment.ErrWrongAuthority) || !strings.Contains(enrolment.Hint(err), "intercepting") {
			t.Errorf("%s: %v", name, err)
		}
		if n := middle.Asked(protocol.PathChallenges) + middle.Asked(protocol.PathEnrolments); n != 0 {
			t.Errorf("%s: was told of the code", name)
		}
	}
	_, c := a.Enrol(protocol.RoleTerminal, "T-0002")
	for name, middle := range map[string]*enrolmenttest.Authority{"another root": other, "a device": device} {
		o := middle.Options("")
		if _, err := enrolment.Renew(t.Context(), enrolmenttest.NewUnit(), c, o); err == nil {
			t.Errorf("%s: renewed", name)
		}
		if _, err := enrolment.FetchRevocationList(t.Context(), enrolmenttest.NewUnit(), c, o); !errors.Is(err, enrolment.ErrWrongAuthority) {
			t.Errorf("%s after enrolment: %v", name, err)
		}
	}
}

// rootOf is the genuine root, as a device of the realm has it.
func rootOf(t *testing.T, a *enrolmenttest.Authority) []byte {
	t.Helper()
	_, c := a.Enrol(protocol.RoleDesk, "D-0001")
	return c.Root.Raw
}

func TestClocks(t *testing.T) {
	for name, c := range map[string]struct {
		skew time.Duration
		want error
	}{
		"four minutes ahead":  {4 * time.Minute, nil},
		"four minutes behind": {-4 * time.Minute, nil},
		"a day ahead":         {24 * time.Hour, enrolment.ErrClock},
		"a day behind":        {-24 * time.Hour, enrolment.ErrClock},
	} {
		a := newAuthority(t)
		a.Skew = c.skew
		_, err := enrolment.Enrol(t.Context(), enrolmenttest.NewUnit(), a.Options(a.Code(protocol.RoleTerminal, "T-0001")))
		if !errors.Is(err, c.want) || err != nil && enrolment.Hint(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Nothing of a wrong answer is kept.
func TestAnswersAreChecked(t *testing.T) {
	stranger := protocoltest.SignatureKey(t, "stranger")
	for name, spoil := range map[string]func(*enrolmenttest.Authority){
		"certificate for another subject": func(a *enrolmenttest.Authority) {
			a.Alter = func(c *protocol.Certificate) { c.Subject = "T-0002" }
		},
		"certificate for another key": func(a *enrolmenttest.Authority) {
			a.Alter = func(c *protocol.Certificate) { c.Holder.Key = protocoltest.PublicKey(t, stranger) }
		},
		"certificate for another agreement key": func(a *enrolmenttest.Authority) {
			a.Alter = func(c *protocol.Certificate) {
				point, err := protocol.NewPoint(protocoltest.AgreementKey(t, "stranger").PublicKey())
				if err != nil {
					t.Error(err)
				}
				c.Device.Agreement = &point
			}
		},
		"certificate for another role": func(a *enrolmenttest.Authority) {
			a.Alter = func(c *protocol.Certificate) { c.Device.Role = protocol.RoleSettlement }
		},
		"certificate that has ended": func(a *enrolmenttest.Authority) {
			a.Alter = func(c *protocol.Certificate) { c.NotBefore, c.Expires = 1, 2 }
		},
		"certificate of another authority": func(a *enrolmenttest.Authority) {
			a.Alter = func(c *protocol.Certificate) { c.Issuer = "elsewhere/1" }
		},
		"settlement's certificate by somebody else": func(a *enrolmenttest.Authority) {
			a.Settlement = protocoltest.New(t, "elsewhere/1").Settlement("settlement-1").Certificate
		},
		"no identity":  junk(protocol.PathIdentity),
		"no challenge": junk(protocol.PathChallenges),
		"no answer":    junk(protocol.PathEnrolments),
		"no list":      junk(protocol.PathRevocationList),
	} {
		a := newAuthority(t)
		spoil(a)
		unit := enrolmenttest.NewUnit()
		if _, err := enrolment.Enrol(t.Context(), unit, a.Options(a.Code(protocol.RoleTerminal, "T-0001"))); !errors.Is(err, enrolment.ErrAnswer) {
			t.Errorf("%s: %v", name, err)
		}
		if kept, err := unit.List(""); len(kept) != 0 || err != nil {
			t.Errorf("%s: kept %v", name, kept)
		}
		if _, err := enrolment.Load(unit); !errors.Is(err, enrolment.ErrNotEnrolled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func junk(path string) func(*enrolmenttest.Authority) {
	return func(a *enrolmenttest.Authority) {
		a.Answer = func(asked string) []byte {
			if asked == path {
				return []byte("junk")
			}
			return nil
		}
	}
}

func TestRefusalsHaveNamesAndHints(t *testing.T) {
	for code, want := range map[problem.Code]error{
		problem.CodeUsed: enrolment.ErrCodeUsed, problem.CodeUnknown: enrolment.ErrCodeUnknown, problem.Proof: enrolment.ErrProof,
		problem.Revoked: enrolment.ErrRevoked, problem.Busy: enrolment.ErrBusy, problem.Internal: enrolment.ErrRefused,
		problem.Conflict: enrolment.ErrRefused,
	} {
		a := newAuthority(t)
		a.Refuse = func(path string) *problem.Problem {
			if path == protocol.PathEnrolments {
				return problem.New(http.StatusConflict, code, "detail", "what the authority advises")
			}
			return nil
		}
		_, err := enrolment.Enrol(t.Context(), enrolmenttest.NewUnit(), a.Options(a.Code(protocol.RoleWallet, "W-0001")))
		if !errors.Is(err, want) || enrolment.Hint(err) != "what the authority advises" || !strings.Contains(err.Error(), "detail") {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestWhatIsNotReached(t *testing.T) {
	a := newAuthority(t)
	code := a.Code(protocol.RoleTerminal, "T-0001")
	for address, want := range map[string]error{
		"https://127.0.0.1:1":                       enrolment.ErrUnreachable,
		"http" + strings.TrimPrefix(a.URL, "https"): enrolment.ErrUnreachable,
		"":           enrolment.ErrUnreachable,
		"https://%":  enrolment.ErrUnreachable,
		a.URL + "/x": enrolment.ErrRefused,
	} {
		o := a.Options(code)
		o.AuthorityURL = address
		if _, err := enrolment.Enrol(t.Context(), enrolmenttest.NewUnit(), o); !errors.Is(err, want) || enrolment.Hint(err) == "" {
			t.Errorf("%q: %v", address, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := enrolment.Enrol(ended, enrolmenttest.NewUnit(), a.Options(code)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for _, text := range []string{"", "CS1E:", "CS1R:ABC", "hello"} {
		if _, err := enrolment.Enrol(t.Context(), enrolmenttest.NewUnit(), a.Options(text)); !errors.Is(err, enrolment.ErrCode) {
			t.Errorf("code %q: %v", text, err)
		}
	}
}
