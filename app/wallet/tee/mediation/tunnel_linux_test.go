package mediation_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/clientapi"
)

func trusting(file string) (*tls.Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, errors.New("no certificate")
	}
	return &tls.Config{RootCAs: roots}, nil
}

// TestHTTPSFromTheTrustedSide: TLS ends inside the trusted application; the client
// only opens the connection and moves bytes.
func TestHTTPSFromTheTrustedSide(t *testing.T) {
	body := make([]byte, 700_000)
	for i := range body {
		body[i] = byte(i * i >> 3)
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(body) }))
	defer server.Close()
	roots := filepath.Join(t.TempDir(), "roots.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(roots, text, 0o600); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	asked := map[string]int{}
	w := start(t, func(o *clientapi.Options) {
		o.Trusted = append(o.Trusted, roots)
		o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			mu.Lock()
			asked[network+" "+address]++
			mu.Unlock()
			if address != server.Listener.Addr().String() {
				return nil, fmt.Errorf("nobody at %s", address)
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		}
	})
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			for range 3 {
				if out := w.invoke(t, cmdFetch, []byte(server.URL)); sha256.Sum256(out) != sha256.Sum256(body) {
					t.Errorf("%d bytes came", len(out))
				}
			}
		})
	}
	all.Wait()
	if n := asked["tcp "+server.Listener.Addr().String()]; n != 18 || len(asked) != 1 {
		t.Errorf("connections: %v", asked)
	}
	if _, err := w.session.InvokeCommand(t.Context(), cmdFetch, []byte("https://127.0.0.1:1/")); !errors.Is(err, &tee.Error{Code: tee.CodeCommunication}) {
		t.Errorf("nobody there: %v", err)
	}
}
