package loopback_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/clientapi"
	"countersign/app/wallet/tee/internalapi"
	"countersign/app/wallet/tee/loopback"
)

type echo struct{ environment *internalapi.Environment }

func (e echo) OpenSession(context.Context, uint32, []byte) ([]byte, error) { return nil, nil }
func (e echo) CloseSession(uint32)                                         {}
func (e echo) InvokeCommand(ctx context.Context, session, command uint32, in []byte) ([]byte, error) {
	switch command {
	case 1:
		return in, nil
	case 2:
		return e.environment.Request(ctx, 7, in)
	}
	return nil, tee.Errorf(17, "no command %d", command)
}

func TestLoopback(t *testing.T) {
	ctx := t.Context()
	client, err := loopback.Start(ctx, clientapi.Options{}, func(e *internalapi.Environment) (internalapi.TrustedApplication, error) {
		return echo{e}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	client.Handle(7, func(_ context.Context, data []byte) ([]byte, error) { return bytes.ToUpper(data), nil })
	session, err := client.OpenSession(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := session.InvokeCommand(ctx, 1, []byte("abc")); err != nil || string(out) != "abc" {
		t.Errorf("echo: %q, %v", out, err)
	}
	if out, err := session.InvokeCommand(ctx, 2, []byte("abc")); err != nil || string(out) != "ABC" {
		t.Errorf("request: %q, %v", out, err)
	}
	if _, err := session.InvokeCommand(ctx, 3, nil); !errors.Is(err, &tee.Error{Code: 17}) {
		t.Errorf("refused: %v", err)
	}
	if err := client.FinalizeContext(ctx); err != nil {
		t.Error(err)
	}
	if _, err := session.InvokeCommand(ctx, 1, nil); !errors.Is(err, tee.ErrGone) {
		t.Errorf("after the end: %v", err)
	}
}
