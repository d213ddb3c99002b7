package main_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/protocol"
)

// A certificate that settlement was given anew, for another host, is used for new
// connections at once when the server is told; the connection of a terminal that was
// there goes on, and is answered under the new certificate as well.
func TestRotation(t *testing.T) {
	w := newTown(t)
	settlement := w.Settlement
	text, err := os.ReadFile(w.Code("terminal", "T-0001", "--name", "Corner Café"))
	if err != nil {
		t.Fatal(err)
	}
	terminal := w.enrol(protocol.RoleTerminal, "T-0001", strings.TrimSpace(string(text)), false)
	const host = "pay.example"
	// client keeps its connection; dialled says which it made.
	client := func(dialled *int) *http.Client {
		transport := &http.Transport{TLSClientConfig: terminal.ClientTLS(protocol.RoleSettlement), DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			*dialled++
			return (&net.Dialer{}).DialContext(ctx, network, settlement.Address())
		}}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport, Timeout: 20 * time.Second}
	}
	ask := func(c *http.Client, host string) (*tls.ConnectionState, *protocol.Signed[protocol.Certificate], error) {
		answer, err := c.Get("https://" + host + protocol.PathCertificate)
		if err != nil {
			return nil, nil, err
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			return nil, nil, err
		}
		certificate, err := protocol.Parse[protocol.Certificate](body)
		return answer.TLS, certificate, err
	}
	var before, after int
	old, fresh := client(&before), client(&after)
	state, _, err := ask(old, "localhost")
	if err != nil {
		t.Fatal(err)
	}
	leaf := state.PeerCertificates[0]
	if _, _, err := ask(fresh, host); !isHostname(err) {
		t.Fatalf("another host before the change: %v", err)
	}

	hosts := "127.0.0.1,localhost," + host
	settlement.OK("enrol", settlement.Own("--authority", w.Authority.URL(), "--host", hosts,
		"--code-file", w.Code("settlement", "settlement-1", "--name", "Settlement", "--host", hosts))...)
	settlement.Signal(syscall.SIGHUP)
	var second *protocol.Signed[protocol.Certificate]
	for limit := time.Now().Add(20 * time.Second); ; { // only a handshake tells
		if state, second, err = ask(fresh, host); err == nil {
			break
		}
		if !isHostname(err) || time.Now().After(limit) {
			t.Fatalf("after the change: %v\n%s", err, settlement.Log.Tail())
		}
	}
	if next := state.PeerCertificates[0]; next.Equal(leaf) || !slices.Contains(next.DNSNames, host) { // the certificate is the same if both were made in one second
		t.Errorf("leaf %v of %v, certificate %v", next.SerialNumber, next.DNSNames, second.Hash())
	}
	state, third, err := ask(old, "localhost")
	if err != nil || before != 1 || !state.PeerCertificates[0].Equal(leaf) || third.Hash() != second.Hash() {
		t.Errorf("the connection from before: %d dialled, %v", before, err)
	}
	if strings.Count(settlement.Log.String(), "certificate taken up from the secure unit") != 1 {
		t.Errorf("log:\n%s", settlement.Log.Tail())
	}
	if err := settlement.Stop(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

func isHostname(err error) bool {
	var wrong x509.HostnameError
	return errors.As(err, &wrong)
}
