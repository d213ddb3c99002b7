// Package admin is how an administrator on the authority's own machine gives
// out codes, revokes and lists devices: a small HTTP and JSON API on a unix
// socket in the data directory, and its client. Who may open the socket (mode
// 0600, so its owner) may do everything; there is no other authentication.
package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"countersign/app/authority/certification"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// Socket is where the running server listens in a data directory.
func Socket(data string) string { return filepath.Join(data, "admin.sock") }

const (
	pathCodes       = "/codes"
	pathRevocations = "/revocations"
	pathDevices     = "/devices"
	maxBody         = 64 << 10
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

// Listen makes the socket. One left behind by a server that died is replaced;
// the caller has the registry's lock, so no other server is running.
func Listen(data string) (net.Listener, error) {
	path := Socket(data)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open administration socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open administration socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("open administration socket: %w", err), l.Close())
	}
	return l, nil
}

// Serve answers on l until ctx ends.
func Serve(ctx context.Context, l net.Listener, authority *certification.Authority, log *slog.Logger) error {
	server := &http.Server{Handler: Handler(authority, log), ReadTimeout: 10 * time.Second, WriteTimeout: 15 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve administration: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := server.Shutdown(grace)
	if err != nil {
		err = errors.Join(fmt.Errorf("stop administration: %w", err), server.Close())
	}
	<-ended
	return err
}

// Handler is the API.
func Handler(authority *certification.Authority, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+pathCodes, func(w http.ResponseWriter, r *http.Request) {
		var asked NewCode
		if !read(w, r, &asked) {
			return
		}
		role, err := protocol.ParseRole(asked.Role)
		if err != nil {
			refuse(w, log, problem.New(http.StatusBadRequest, problem.Malformed, fmt.Sprintf("no role %q", asked.Role),
				"Roles are terminal, wallet, settlement and desk."))
			return
		}
		given, err := authority.NewCode(r.Context(), certification.CodeRequest{
			Role: role, Subject: protocol.ID(asked.Subject), Name: asked.Name, Hosts: asked.Hosts, NoPrint: asked.NoPrint,
		})
		answer(w, log, Code{given.Text, given.Expires}, err)
	})
	mux.HandleFunc("POST "+pathRevocations, func(w http.ResponseWriter, r *http.Request) {
		var asked Revocation
		if !read(w, r, &asked) {
			return
		}
		answer(w, log, struct{}{}, authority.Revoke(r.Context(), protocol.ID(asked.Subject)))
	})
	mux.HandleFunc("GET "+pathDevices, func(w http.ResponseWriter, _ *http.Request) {
		devices, err := authority.Devices()
		shown := make([]Device, len(devices))
		for i, d := range devices {
			shown[i] = Device{
				Subject: string(d.Subject), Role: d.Role.String(), Name: d.Name, Hosts: d.Hosts, Enrolled: d.Enrolled,
				Issued: d.Issued, Expires: d.Expires.Time(), Revoked: d.Revoked,
			}
		}
		answer(w, log, shown, err)
	})
	return mux
}

func read(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one JSON value")
		}
	}
	if err != nil {
		write(w, http.StatusBadRequest, problem.ContentType, problem.New(http.StatusBadRequest, problem.Malformed, err.Error(), "").Encode())
	}
	return err == nil
}

func answer(w http.ResponseWriter, log *slog.Logger, value any, err error) {
	if err != nil {
		refuse(w, log, err)
		return
	}
	body, err := json.Marshal(value)
	if err != nil {
		refuse(w, log, err)
		return
	}
	write(w, http.StatusOK, "application/json", body)
}

func refuse(w http.ResponseWriter, log *slog.Logger, err error) {
	var p *problem.Problem
	if !errors.As(err, &p) {
		log.Error("administration failed", "reason", err.Error())
		p = problem.New(http.StatusInternalServerError, problem.Internal, err.Error(), "See the authority's log.")
	}
	write(w, p.Status, problem.ContentType, p.Encode())
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the administrator has gone: nobody to tell
}
