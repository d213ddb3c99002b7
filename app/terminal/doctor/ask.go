package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"countersign/settlementclient/enrolment"
)

// maxAnswer bounds what is read of an answer, bytes: a full revocation list is the
// largest.
const maxAnswer = 1 << 20

// answered is a server's answer.
type answered struct {
	body []byte
	took time.Duration // connecting, TLS and answering
	// date is the server's clock, in whole seconds, zero where it does not tell; at is
	// ours in the middle of asking.
	date, at time.Time
}

// ask gets a path of a server.
func ask(ctx context.Context, base, path string, config *tls.Config, now func() time.Time) (a answered, err error) {
	address, err := url.Parse(base)
	if err != nil || address.Scheme != "https" || address.Host == "" {
		return a, &unasked{fmt.Errorf("%q is not an address", base), "It is not an address for HTTPS.", "Give it as https://name:port."}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(base, "/")+path, nil)
	if err != nil {
		return a, fmt.Errorf("ask %s: %w", address.Host, err)
	}
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true, MaxResponseHeaderBytes: 16 << 10}
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	began, clock := time.Now(), now()
	response, err := client.Do(request)
	if err != nil {
		return a, why(address.Host, err)
	}
	a.took = time.Since(began)
	a.at = clock.Add(a.took / 2)
	a.body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return a, why(address.Host, err)
	}
	a.date, _ = http.ParseTime(response.Header.Get("Date")) // zero where there is none
	if response.StatusCode != http.StatusOK {
		return a, &unasked{fmt.Errorf("%s answered %s", address.Host, response.Status), fmt.Sprintf("%s answers, but cannot serve: %s.", address.Host, response.Status),
			"Look at the server's own log and health, or call who runs it."}
	}
	return a, nil
}

// unasked is why a server gave no answer, in words.
type unasked struct {
	error
	found, do string
}

func (u *unasked) Unwrap() error { return u.error }

// why sorts what can go wrong on the way to a server.
func why(host string, err error) error {
	var name *net.DNSError
	var invalid x509.CertificateInvalidError
	var stranger x509.UnknownAuthorityError
	var otherHost x509.HostnameError
	var operation *net.OpError
	tell := func(found, do string) error { return &unasked{err, found, do} }
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return tell(fmt.Sprintf("The certificate of %s is not of this day by this machine's clock.", host), "Check the machine's clock first. If it is right, the server must renew its certificate: call who runs it.")
	case errors.As(err, &otherHost):
		return tell(fmt.Sprintf("The certificate of the server there is not for the name %s.", host), "Use the name that its certificate is for, or have the authority certify it for this one.")
	case errors.As(err, &stranger), errors.As(err, &invalid), errors.Is(err, enrolment.ErrPeer), errors.Is(err, enrolment.ErrWrongAuthority):
		return tell(fmt.Sprintf("Another server answers at %s than the one that it should be.", host), "Check the address. If it is right, somebody may be intercepting the connection: do not take payments, call the authority.")
	case errors.As(err, &name):
		return tell(fmt.Sprintf("The name %s is not known to this machine.", name.Name), "Check the address, the network cable and the machine's name server (DNS).")
	case errors.Is(err, context.DeadlineExceeded), operationTimedOut(err):
		return tell(fmt.Sprintf("%s does not answer in time.", host), "Check the network and the firewall between, and that the server runs.")
	case errors.As(err, &operation) && operation.Op == "dial":
		return tell(fmt.Sprintf("%s cannot be connected to.", host), "Check the network cable, the address and its port, and that the server runs.")
	case errors.As(err, &operation) && operation.Op == "remote error":
		return tell(fmt.Sprintf("%s refuses this terminal's certificate.", host), "Check the machine's clock and the certificate's dates; then ask the authority whether the terminal was taken back.")
	}
	return tell(fmt.Sprintf("%s breaks the connection off.", host), "Check that the address and port are the server's, and look at its log.")
}

func operationTimedOut(err error) bool {
	var slow net.Error
	return errors.As(err, &slow) && slow.Timeout()
}

// unanswered is a finding of it.
func (f finding) unanswered(err error) finding {
	f = f.fact("error", err.Error())
	var u *unasked
	if errors.As(err, &u) {
		return f.bad(u.found, u.do)
	}
	return f.failed(err, "Check the network.")
}
