package certification

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"countersign/app/authority/store"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// maxHosts bounds the hosts that one leaf names.
const maxHosts = 8

// CodeRequest asks for an enrolment code.
type CodeRequest struct {
	Role    protocol.Role
	Subject protocol.ID
	// Name is what phones show of a shop: needed for a terminal, taken from
	// the subject for a settlement server, and for nobody else.
	Name string
	// Hosts are what the device's TLS leaf may name, for servers.
	Hosts []string
	// NoPrint says that the wallet's owner has no readable print.
	NoPrint bool
}

// GivenCode is a code that was given out.
type GivenCode struct {
	Text    string
	Expires time.Time
}

// NewCode gives out an enrolment code and cancels the unused ones of the same
// subject. A wallet's is given only once a desk has deposited its owner's
// template, or when it is said that the owner has no readable print.
func (a *Authority) NewCode(ctx context.Context, r CodeRequest) (GivenCode, error) {
	r, err := r.checked()
	if err != nil {
		return GivenCode{}, err
	}
	var given GivenCode
	err = a.registry.Update(func(tx *store.Tx) error {
		if r.Role == protocol.RoleWallet && !r.NoPrint {
			if _, ok, err := tx.Deposit(r.Subject); err != nil {
				return err
			} else if !ok {
				return problem.New(http.StatusConflict, problem.NotReady, fmt.Sprintf("no template of the owner of %q was deposited", r.Subject),
					"Capture the owner's finger at the enrolment desk, or say that there is no readable print (--no-print).")
			}
		}
		if err := a.vacant(tx, r); err != nil {
			return err
		}
		given, err = a.giveCode(tx, r)
		return err
	})
	a.decided(ctx, "enrolment code", err, "role", r.Role.String(), "subject", r.Subject, "no-print", r.NoPrint)
	return given, err
}

// vacant refuses a code for a subject that is a device of another role.
func (a *Authority) vacant(tx *store.Tx, r CodeRequest) error {
	device, ok, err := tx.Device(r.Subject)
	if err != nil || !ok || device.Role == r.Role {
		return err
	}
	return conflict(fmt.Sprintf("%q is a %v", r.Subject, device.Role), "Choose another subject.")
}

func (a *Authority) giveCode(tx *store.Tx, r CodeRequest) (GivenCode, error) {
	if _, err := tx.CancelCodes(r.Subject); err != nil {
		return GivenCode{}, err
	}
	now := a.clock()
	code := protocol.EnrolmentCode{Role: r.Role, Subject: r.Subject, Authority: a.Thumbprint(), Secret: protocol.NewCode()}
	text, err := protocol.EnrolmentText(code)
	if err != nil {
		return GivenCode{}, malformed(err.Error())
	}
	expires := now.Add(CodeLife)
	return GivenCode{text, expires}, tx.PutCode(store.CodeKey(code.Secret), store.Code{
		Role: r.Role, Subject: r.Subject, Name: r.Name, Hosts: r.Hosts, NoPrint: r.NoPrint, Made: now, Expires: expires,
	})
}

func (r CodeRequest) checked() (CodeRequest, error) {
	if r.Role < protocol.RoleTerminal || r.Role > protocol.RoleDesk {
		return r, malformed("there is no such role")
	}
	if !plainName(string(r.Subject), "") {
		return r, malformed("a subject is 1 to 16 letters, digits, '-', '_' or '.'")
	}
	if r.Role == protocol.RoleSettlement && r.Name == "" {
		r.Name = string(r.Subject)
	}
	if r.Role.Agrees() != (r.Name != "") || len(r.Name) > 48 {
		return r, malformed("a terminal needs a name of 1 to 48 bytes; wallets and desks have none")
	}
	if r.NoPrint && r.Role != protocol.RoleWallet {
		return r, malformed("only a wallet's owner has a print")
	}
	if len(r.Hosts) > maxHosts {
		return r, malformed(fmt.Sprintf("at most %d hosts", maxHosts))
	}
	r.Hosts = slices.Clone(r.Hosts)
	for i, host := range r.Hosts {
		if ip := net.ParseIP(host); ip != nil {
			r.Hosts[i] = ip.String()
		} else if !hostName(host) {
			return r, malformed(fmt.Sprintf("%q is no host name or address", host))
		}
	}
	return r, nil
}

// plainName keeps names to what URIs, commands and file names carry unchanged.
func plainName(name, more string) bool {
	return len(name) >= 1 && len(name) <= 16 && strings.IndexFunc(name, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune("-_."+more, r)
	}) < 0
}

func hostName(host string) bool {
	return len(host) <= 253 && !strings.HasPrefix(host, ".") && !strings.HasSuffix(host, ".") && host != "" &&
		strings.IndexFunc(host, func(r rune) bool {
			letter := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
			return !letter && r != '-' && r != '.'
		}) < 0
}

// decided logs a decision. Refusals are ordinary; failures are errors.
func (a *Authority) decided(ctx context.Context, what string, err error, args ...any) {
	if err == nil {
		a.log.InfoContext(ctx, what, append([]any{"decision", "granted"}, args...)...)
		return
	}
	decision := "failed"
	if isRefusal(err) {
		decision = "refused"
	}
	a.log.WarnContext(ctx, what, append([]any{"decision", decision, "reason", err.Error()}, args...)...)
}
