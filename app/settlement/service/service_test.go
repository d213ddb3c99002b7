package service_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"

	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient"
	"countersign/settlementclient/virtualsettlement"
)

// A whole life through client, TLS, service, deciding part and ledger.
func TestSale(t *testing.T) {
	h := newHouse(t)
	terminal, wallet := h.client(protocol.RoleTerminal, h.sale.Terminal), h.client(protocol.RoleWallet, h.sale.Wallet)
	h.register(wallet)
	s := h.submission(h.hand.Capture(h.enrolled))
	paid, err := virtualsettlement.Submit(t.Context(), terminal, s)
	if err != nil || !paid.Paid() || paid.Outcome.Reference == 0 {
		t.Fatalf("submit: %+v, %v", paid.Outcome, err)
	}
	query := protocol.Query(advice(s))
	if _, err := wallet.Query(t.Context(), protocoltest.Sign(t, h.sale.Wallet.Key, query)); !errors.Is(err, settlementclient.ErrUndecided) {
		t.Errorf("wallet before the acknowledgement: %v", err)
	}
	if a, err := terminal.Acknowledge(t.Context(), protocoltest.Sign(t, h.sale.Terminal.Key, protocol.Acknowledgement(query))); err != nil || !a.Paid() {
		t.Errorf("acknowledge: %+v, %v", a.Outcome, err)
	}
	a, err := wallet.Query(t.Context(), protocoltest.Sign(t, h.sale.Wallet.Key, query))
	if err != nil || !bytes.Equal(a.Signed.Bytes(), paid.Signed.Bytes()) {
		t.Errorf("wallet: %v", err)
	}
	if a, err := terminal.Reverse(t.Context(), protocoltest.Sign(t, h.sale.Terminal.Key, protocol.Reversal(query))); err != nil || !a.Paid() {
		t.Errorf("reversal after the acknowledgement: %+v, %v", a.Outcome, err)
	}
	_, err = terminal.Query(t.Context(), protocoltest.Sign(t, h.sale.Terminal.Key, protocol.Query(advice(h.submission(h.hand.Capture(h.enrolled))))))
	if !errors.Is(err, settlementclient.ErrNeverSeen) {
		t.Errorf("never seen: %v", err)
	}
	other, err := virtualsettlement.Submit(t.Context(), terminal, h.submission(h.hand.Capture(h.hand.Finger())))
	if err != nil || !other.Retry() {
		t.Errorf("wrong finger: %+v, %v", other.Outcome, err)
	}
}

// Outcomes from before a renewal of settlement's certificate stay good.
func TestRenewedCertificate(t *testing.T) {
	h := newHouse(t)
	h.register(h.client(protocol.RoleWallet, h.sale.Wallet))
	s := h.submission(h.hand.Capture(h.enrolled))
	before, err := virtualsettlement.Submit(t.Context(), h.client(protocol.RoleTerminal, h.sale.Terminal), s)
	if err != nil {
		t.Fatal(err)
	}
	claims := h.sale.Settlement.Certificate.Unverified()
	claims.Expires++
	h.mutex.Lock()
	h.identity.Certificate = h.sale.Realm.Certify(claims).Certificate
	h.mutex.Unlock()
	terminal := h.client(protocol.RoleTerminal, h.sale.Terminal) // knows nothing of the old one
	again, err := virtualsettlement.Submit(t.Context(), terminal, s)
	if err != nil || !bytes.Equal(again.Signed.Bytes(), before.Signed.Bytes()) {
		t.Errorf("repeat after the renewal: %v", err)
	}
	next, err := virtualsettlement.Submit(t.Context(), terminal, h.submission(h.hand.Capture(h.enrolled)))
	if err != nil || next.Outcome.Signer == before.Outcome.Signer {
		t.Errorf("next sale: %+v, %v", next.Outcome, err)
	}
}

// Who may say what, and in which form.
func TestRefusals(t *testing.T) {
	h := newHouse(t)
	s := h.submission(h.hand.Capture(h.enrolled))
	envelope, err := protocol.SealSubmission(h.sale.Settlement.Point(t), "T-0001", s)
	if err != nil {
		t.Fatal(err)
	}
	body, err := protocol.EncodeEnvelope(envelope)
	if err != nil {
		t.Fatal(err)
	}
	reversal := protocoltest.Sign(t, h.sale.Terminal.Key, protocol.Reversal(advice(s))).Bytes()
	tests := []struct {
		name   string
		role   protocol.Role
		path   string
		kind   string
		body   []byte
		status int
		code   problem.Code
	}{
		{"payment by a wallet", protocol.RoleWallet, protocol.PathPayments, protocol.ContentTypeCBOR, body, http.StatusForbidden, problem.Unauthorised},
		{"reversal by a wallet", protocol.RoleWallet, protocol.PathReversals, protocol.ContentTypeCOSE, reversal, http.StatusForbidden, problem.Unauthorised},
		{"account by a terminal", protocol.RoleTerminal, protocol.PathAccounts, protocol.ContentTypeCOSE, reversal, http.StatusForbidden, problem.Unauthorised},
		{"anything by a desk", protocol.RoleDesk, protocol.PathQueries, protocol.ContentTypeCOSE, reversal, http.StatusForbidden, problem.Unauthorised},
		{"other content type", protocol.RoleTerminal, protocol.PathPayments, "text/plain", body, http.StatusUnsupportedMediaType, problem.Malformed},
		{"trailing byte", protocol.RoleTerminal, protocol.PathPayments, protocol.ContentTypeCBOR, append(bytes.Clone(body), 0), http.StatusBadRequest, problem.Malformed},
		{"too large", protocol.RoleTerminal, protocol.PathPayments, protocol.ContentTypeCBOR, make([]byte, 65<<10), http.StatusRequestEntityTooLarge, problem.Malformed},
		{"advice without certificate", protocol.RoleTerminal, protocol.PathReversals, protocol.ContentTypeCOSE, reversal, http.StatusBadRequest, problem.Malformed},
		{"no such path", protocol.RoleTerminal, "/v2/payments", protocol.ContentTypeCBOR, body, http.StatusNotFound, problem.NotFound},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := h.tls.Client(test.role, "T-0001")
			config.ServerName = "127.0.0.1"
			client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+test.path, bytes.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", test.kind)
			response, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			answer, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			p := problem.Decode(response.StatusCode, answer)
			if p.Status != test.status || p.Code != test.code || response.Header.Get("Content-Type") != problem.ContentType {
				t.Errorf("have %d, %s", response.StatusCode, answer)
			}
		})
	}
	t.Run("without a client certificate", func(t *testing.T) {
		config := h.tls.Client(protocol.RoleTerminal, "T-0001")
		config.Certificates = nil
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+protocol.PathCertificate, nil)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := client.Do(request); err == nil {
			response.Body.Close()
			t.Errorf("answered with %d", response.StatusCode)
		}
	})
}

// A message under way is finished before the server stops.
func TestGracefulStop(t *testing.T) {
	h := newHouse(t)
	h.register(h.client(protocol.RoleWallet, h.sale.Wallet))
	terminal := h.client(protocol.RoleTerminal, h.sale.Terminal)
	if _, err := terminal.Certificate(t.Context()); err != nil {
		t.Fatal(err)
	}
	results := make(chan error, 4)
	for range cap(results) {
		s := h.submission(h.hand.Capture(h.enrolled))
		go func() {
			_, err := virtualsettlement.Submit(t.Context(), terminal, s)
			results <- err
		}()
	}
	first := <-results // some are answered, some under way, some perhaps not begun
	if err := h.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if first != nil {
		t.Error(first)
	}
	for range cap(results) - 1 {
		if err := <-results; err != nil && !errors.Is(err, settlementclient.ErrUnreachable) && !errors.Is(err, settlementclient.ErrUnknown) {
			t.Error(err)
		}
	}
}
