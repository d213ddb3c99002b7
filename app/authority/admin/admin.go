// Package admin is how an administrator on the authority's own machine gives
// out codes, revokes, erases and lists devices: the API on the running server's socket
// (package adminsocket says who may use it), and its client.
package admin

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"countersign/app/authority/certification"
	"countersign/app/authority/store"
	"countersign/app/program/adminsocket"
	"countersign/protocol"
	"countersign/protocol/problem"
)

const (
	pathCodes       = "/codes"
	pathRevocations = "/revocations"
	pathDevices     = "/devices"
	pathErasures    = "/erasures"
	pathBackup      = "/backup"
)

// NewCode asks for an enrolment code.
type NewCode struct {
	Role    string   `json:"role"`
	Subject string   `json:"subject"`
	Name    string   `json:"name,omitempty"`
	Hosts   []string `json:"hosts,omitempty"`
	NoPrint bool     `json:"noPrint,omitempty"`
}

// Code is the code that was given out.
type Code struct {
	Code    string    `json:"code"`
	Expires time.Time `json:"expires"`
}

// Revocation names the device to revoke.
type Revocation struct {
	Subject string `json:"subject"`
}

// Device is a certified device.
type Device struct {
	Subject  string    `json:"subject"`
	Role     string    `json:"role"`
	Name     string    `json:"name,omitempty"`
	Hosts    []string  `json:"hosts,omitempty"`
	Enrolled time.Time `json:"enrolled"`
	Issued   time.Time `json:"issued"`
	Expires  time.Time `json:"expires"`
	Revoked  bool      `json:"revoked"`
}

// NewErasure asks for the erasure of a template.
type NewErasure struct {
	Wallet  string `json:"wallet"`
	Officer string `json:"officer"` // who does it
	Reason  string `json:"reason"`  // what the owner asked for
}

// Erasure is what is left of an erased template.
type Erasure struct {
	Number   uint64    `json:"number"`
	Wallet   string    `json:"wallet"`
	Template string    `json:"template"` // SHA-256 of the sealed template, hex
	At       time.Time `json:"at"`
	Desk     string    `json:"desk,omitempty"`
	Officer  string    `json:"officer"`
	Reason   string    `json:"reason"`
	Consent  bool      `json:"consent"` // whether the owner's consent is on record
}

func shown(all []store.NumberedErasure) []Erasure {
	list := make([]Erasure, len(all))
	for i, e := range all {
		list[i] = Erasure{
			Number: e.Number, Wallet: string(e.Wallet), Template: hex.EncodeToString(e.Template), At: e.At,
			Desk: string(e.Desk), Officer: e.Officer, Reason: e.Reason, Consent: e.Consent != nil,
		}
	}
	return list
}

// answerWithin bounds the answer to an administrator.
const answerWithin = 15 * time.Second

// Serve answers on l until ctx ends.
func Serve(ctx context.Context, l net.Listener, authority *certification.Authority, log *slog.Logger) error {
	return adminsocket.Serve(ctx, l, Handler(authority, log), answerWithin)
}

// Handler is the API.
func Handler(authority *certification.Authority, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	adminsocket.Handle(mux, log, "POST "+pathCodes, func(ctx context.Context, asked NewCode) (Code, error) {
		role, err := protocol.ParseRole(asked.Role)
		if err != nil {
			return Code{}, problem.New(http.StatusBadRequest, problem.Malformed, fmt.Sprintf("no role %q", asked.Role),
				"Roles are terminal, wallet, settlement and desk.")
		}
		given, err := authority.NewCode(ctx, certification.CodeRequest{
			Role: role, Subject: protocol.ID(asked.Subject), Name: asked.Name, Hosts: asked.Hosts, NoPrint: asked.NoPrint,
		})
		return Code{given.Text, given.Expires}, err
	})
	adminsocket.Handle(mux, log, "POST "+pathRevocations, func(ctx context.Context, asked Revocation) (struct{}, error) {
		return struct{}{}, authority.Revoke(ctx, protocol.ID(asked.Subject))
	})
	adminsocket.Handle(mux, log, "POST "+pathErasures, func(ctx context.Context, asked NewErasure) ([]Erasure, error) {
		done, err := authority.Erase(ctx, certification.EraseRequest{Wallet: protocol.ID(asked.Wallet), Officer: asked.Officer, Reason: asked.Reason})
		return shown(done), err
	})
	adminsocket.Handle(mux, log, "GET "+pathErasures, func(context.Context, struct{}) ([]Erasure, error) {
		all, err := authority.Tombstones()
		return shown(all), err
	})
	adminsocket.HandleStream(mux, log, "GET "+pathBackup, authority.Backup)
	adminsocket.Handle(mux, log, "GET "+pathDevices, func(context.Context, struct{}) ([]Device, error) {
		devices, err := authority.Devices()
		list := make([]Device, len(devices))
		for i, d := range devices {
			list[i] = Device{
				Subject: string(d.Subject), Role: d.Role.String(), Name: d.Name, Hosts: d.Hosts, Enrolled: d.Enrolled,
				Issued: d.Issued, Expires: d.Expires.Time(), Revoked: d.Revoked,
			}
		}
		return list, err
	})
	return mux
}
