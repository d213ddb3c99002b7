package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/app/authority/admin"
	"countersign/app/authority/certification"
	"countersign/app/authority/store"
	"countersign/app/program/adminsocket"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

// newAuthority has software keys: these tests are not about tokens.
func newAuthority(t testing.TB) *certification.Authority {
	t.Helper()
	registry, err := store.Open(filepath.Join(t.TempDir(), "registry.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := registry.Close(); err != nil {
			t.Error(err)
		}
	})
	config := certification.Config{
		Registry: registry, Signer: protocoltest.SignatureKey(t, "PriA"), CA: protocoltest.SignatureKey(t, "CA"),
		Clock: time.Now, Log: slog.New(slog.DiscardHandler),
	}
	if err := certification.Found(config, "countersign/1"); err != nil {
		t.Fatal(err)
	}
	authority, err := certification.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return authority
}

func TestAdministration(t *testing.T) {
	dir := t.TempDir()
	if _, err := admin.NewClient(dir).Devices(t.Context()); !errors.Is(err, adminsocket.ErrNotRunning) {
		t.Errorf("without server: %v", err)
	}
	// A socket that a server left behind when it died is no hindrance.
	if err := os.WriteFile(adminsocket.Path(dir), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := adminsocket.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- admin.Serve(ctx, l, newAuthority(t), slog.New(slog.DiscardHandler)) }()
	client := admin.NewClient(dir)
	given, err := client.NewCode(t.Context(), admin.NewCode{Role: "settlement", Subject: "settlement-1", Hosts: []string{"localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	code, err := protocol.ParseEnrolmentText(given.Code)
	if err != nil || code.Role != protocol.RoleSettlement || code.Subject != "settlement-1" || time.Until(given.Expires) < 23*time.Hour {
		t.Errorf("%+v until %v: %v", code, given.Expires, err)
	}
	if err := client.Revoke(t.Context(), "settlement-1"); err != nil {
		t.Errorf("revoke before it enrolled: %v", err)
	}
	if err := client.Revoke(t.Context(), "T-0404"); !errors.Is(err, &problem.Problem{Code: problem.NotFound}) {
		t.Errorf("revoke nobody: %v", err)
	}
	if devices, err := client.Devices(t.Context()); err != nil || len(devices) != 0 {
		t.Errorf("%v, %v", devices, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

// Whatever is posted is granted or refused by name, never a failure.
func FuzzNewCode(f *testing.F) {
	for _, seed := range []string{
		`{"role":"terminal","subject":"T-0001","name":"Corner Café","hosts":["localhost","::1"]}`,
		`{"role":"wallet","subject":"W-0001","noPrint":true}`, `{"role":"desk","subject":"D-0001"}{}`,
		`{"role":"desk","subject":"D-0001","colour":"red"}`, `{"role":"settlement","subject":"S","hosts":[".","a b",""]}`, `[]`, ``,
	} {
		f.Add([]byte(seed))
	}
	handler := admin.Handler(newAuthority(f), slog.New(slog.DiscardHandler))
	f.Fuzz(func(t *testing.T, body []byte) {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/codes", bytes.NewReader(body)))
		switch {
		case w.Code == http.StatusOK:
			var given admin.Code
			if err := json.Unmarshal(w.Body.Bytes(), &given); err != nil {
				t.Fatal(err)
			}
			if _, err := protocol.ParseEnrolmentText(given.Code); err != nil {
				t.Fatal(err)
			}
		case w.Code >= 500 || problem.Decode(w.Code, w.Body.Bytes()).Code == problem.Internal:
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
}
