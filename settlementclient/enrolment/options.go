package enrolment

import (
	"context"
	"log/slog"
	"net"
	"time"

	"countersign/protocol"
)

// Options are how a device talks to the authority. The zero value of a field
// means its default.
type Options struct {
	// AuthorityURL is the authority's address, "https://host:port". Enrol keeps
	// it; later calls need it only when the authority has moved.
	AuthorityURL string
	// Code is the enrolment code as text, CS1E:… (Enrol only).
	Code string
	// Role is the kind of device that enrols (Enrol only); a code for another
	// is refused before anything is sent.
	Role protocol.Role
	// Hosts are the host names and addresses that this device's TLS leaf is to
	// name, for servers. The authority grants those that the code allows.
	Hosts []string
	// ByHash asks for a wallet certificate with the template's hash only: a
	// smaller payment code, for a template deposited at settlement (Enrol only).
	ByHash bool
	// Clock defaults to time.Now.
	Clock func() time.Time
	// Connect and Answer bound the time to connect and the time to a whole
	// answer; 3 s and 10 s.
	Connect, Answer time.Duration
	// DialContext opens the connections that TLS goes through; nil is a
	// net.Dialer's. It is for a device without a network of its own.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// MaxListAge is how old a revocation list may be; by role: settlement
	// 5 minutes, terminal and desk 24 hours, wallet 7 days.
	MaxListAge time.Duration
	// Log receives what a Maintainer does; slog.Default.
	Log *slog.Logger
}

const (
	connectTimeout = 3 * time.Second
	answerTimeout  = 10 * time.Second
	// maxSkew is how far the two clocks may be apart.
	maxSkew = 5 * time.Minute
)

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Connect <= 0 {
		o.Connect = connectTimeout
	}
	if o.Answer <= 0 {
		o.Answer = answerTimeout
	}
	if o.DialContext == nil {
		o.DialContext = (&net.Dialer{Timeout: o.Connect}).DialContext
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

// MaxListAge is how old a revocation list a role accepts.
func MaxListAge(role protocol.Role) time.Duration {
	switch role {
	case protocol.RoleSettlement:
		return 5 * time.Minute
	case protocol.RoleWallet:
		return 7 * 24 * time.Hour
	default:
		return 24 * time.Hour
	}
}

func (o Options) maxListAge(role protocol.Role) time.Duration {
	if o.MaxListAge > 0 {
		return o.MaxListAge
	}
	return MaxListAge(role)
}
