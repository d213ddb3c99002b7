package service_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/protocol"
)

// A client that stays connected over the change of the server's TLS leaf goes on; one
// that comes after it sees the new leaf, by the same root. Nothing was restarted.
func TestTLSRotation(t *testing.T) {
	r := newRealm(t)
	url := r.serve()
	visit := func() (ask func() *x509.Certificate) {
		transport := &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: newPool(r.authority.Root()), Time: r.clock.Now}}
		t.Cleanup(transport.CloseIdleConnections)
		client := &http.Client{Transport: transport, Timeout: 20 * time.Second}
		return func() *x509.Certificate {
			t.Helper()
			answer, err := client.Get(url + protocol.PathIdentity)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK {
				t.Fatalf("%d, %v", answer.StatusCode, err)
			}
			return answer.TLS.PeerCertificates[0]
		}
	}
	stays := visit()
	first := stays()
	if again := visit()(); !again.Equal(first) {
		t.Error("each connection gets another leaf")
	}
	if err := r.service.Rotate(); err != nil {
		t.Fatal(err)
	}
	second := visit()()
	if second.Equal(first) || !stays().Equal(first) {
		t.Error("rotated: new connections have the old leaf, or the old one was cut off")
	}
	// In the last third of its life, by itself.
	life := second.NotAfter.Sub(second.NotBefore)
	r.clock.advance(life / 2)
	if half := visit()(); !half.Equal(second) {
		t.Error("at half its life there is another leaf")
	}
	r.clock.advance(life / 4)
	third := visit()()
	if third.Equal(second) || !third.NotAfter.After(second.NotAfter) || !stays().Equal(first) {
		t.Error("in the last third the old leaf serves, or the old connection was cut off")
	}
	r.clock.advance(-life * 3 / 4)
	if log := r.log.String(); strings.Count(log, "TLS certificate signed") < 3 {
		t.Errorf("log: %s", log)
	}
}
