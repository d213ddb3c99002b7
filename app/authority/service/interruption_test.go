package service_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"countersign/app/authority/certification"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// aborting answers requests but cuts the connection in front of the nth answer.
type aborting struct {
	handler http.Handler
	cut     func(path string) (cut, done bool)
}

func (a aborting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	cut, done := a.cut(r.URL.Path)
	if cut && !done {
		panic(http.ErrAbortHandler)
	}
	if cut {
		a.handler.ServeHTTP(discarded{http.Header{}}, r)
		panic(http.ErrAbortHandler)
	}
	a.handler.ServeHTTP(w, r)
}

// discarded is an answer that never leaves.
type discarded struct{ header http.Header }

func (d discarded) Header() http.Header         { return d.header }
func (d discarded) Write(b []byte) (int, error) { return len(b), nil }
func (d discarded) WriteHeader(int)             {}

// failing is a secure unit that fails at its nth change.
type failing struct {
	enrolment.Unit
	left *int
}

var errPulled = errors.New("token was pulled out")

func (f failing) count() error {
	if *f.left--; *f.left < 0 {
		return errPulled
	}
	return nil
}

func (f failing) EnsureKey(ctx context.Context, use enrolment.Use) error {
	if err := f.count(); err != nil {
		return err
	}
	return f.Unit.EnsureKey(ctx, use)
}

func (f failing) Store(ctx context.Context, label string, data []byte, secret bool) error {
	if err := f.count(); err != nil {
		return err
	}
	return f.Unit.Store(ctx, label, data, secret)
}

// Guarantee: an enrolment may be interrupted at any point and run again with
// the same code.
func TestInterruptedEnrolment(t *testing.T) {
	r := newRealm(t, "pulled", "cut")
	text := r.code(protocol.RoleTerminal, "T-0001")
	for step := 0; ; step++ {
		left := step
		_, err := enrolment.Enrol(t.Context(), failing{r.unit("pulled"), &left}, r.options(text))
		if err == nil {
			if step < 10 {
				t.Errorf("only %d changes of the token", step)
			}
			break
		}
		if !errors.Is(err, errPulled) {
			t.Fatalf("token fails at change %d: %v", step, err)
		}
		if c, err := enrolment.Load(r.unit("pulled")); err == nil && c.Subject != "T-0001" || err != nil && !errors.Is(err, enrolment.ErrNotEnrolled) {
			t.Fatalf("half an enrolment after %d changes: %v", step, err)
		}
	}

	text = r.code(protocol.RoleTerminal, "T-0002")
	for _, path := range []string{protocol.PathIdentity, protocol.PathChallenges, protocol.PathEnrolments, protocol.PathRevocationList} {
		for _, done := range []bool{false, true} {
			o := r.options(text)
			o.AuthorityURL = r.serveCut(func(at string) (bool, bool) { return at == path, done })
			if _, err := enrolment.Enrol(t.Context(), r.unit("cut"), o); !errors.Is(err, enrolment.ErrUnreachable) {
				t.Errorf("%s cut, done %v: %v", path, done, err)
			}
		}
	}
	c, err := enrolment.Enrol(t.Context(), r.unit("cut"), r.options(text))
	if err != nil {
		t.Fatal(err)
	}
	devices, err := r.authority.Devices()
	if err != nil || len(devices) != 2 {
		t.Errorf("%d devices: %v", len(devices), err)
	}
	// Once complete, nothing more is asked for.
	r.clock.advance(certification.CodeLife + time.Minute)
	o := r.options(text)
	o.AuthorityURL = "https://127.0.0.1:1"
	if again, err := enrolment.Enrol(t.Context(), r.unit("cut"), o); err != nil || again.Certificate.Hash() != c.Certificate.Hash() {
		t.Errorf("complete enrolment run again: %v", err)
	}
}
