package service_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/app/program/admission"
	"countersign/app/program/httpserver"
	"countersign/app/program/metrics"
	"countersign/app/settlement/service"
	"countersign/app/settlement/settletest"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient"
	"countersign/settlementclient/virtualsettlement"
)

// atOnce is how soon a message that there is no room for is refused. The machine
// that tests run on is shared, and busy with those that are let in.
const atOnce = 2 * time.Second

// Ten times as many payments as there is room for, each reversed by its terminal
// if it is turned away: every answer is a signed outcome or a refusal that comes
// soon and says when to come back, no reversal is turned away, every sale has one
// end on both sides, and the books are right.
func TestOverload(t *testing.T) {
	room := service.Limits{
		Opening: admission.Limits{Places: 4, Queue: 4, Wait: 10 * time.Millisecond},
		Ending:  admission.Limits{Places: 2, Queue: 128, Wait: 9 * time.Second},
		// Connecting is not what is tried here, and slow under the race detector.
		Connections: httpserver.Bounds{Connections: 1024, Handshakes: 8, Within: time.Minute},
	}
	registry := metrics.New("settlement")
	h := newHouse(t, service.WithLimits(room), service.WithMetrics(registry))
	h.register(h.client(protocol.RoleWallet, h.sale.Wallet))
	terminal := h.client(protocol.RoleTerminal, h.sale.Terminal, func(o *settlementclient.Options) { o.Connect, o.Answer = time.Minute, time.Minute })
	if _, err := terminal.Certificate(t.Context()); err != nil {
		t.Fatal(err)
	}
	offered := 10 * (room.Opening.Places + room.Opening.Queue)
	sales := make([]*protocol.Signed[protocol.Submission], offered)
	reversals := make([]*protocol.Signed[protocol.Reversal], offered)
	for i := range sales {
		sales[i] = h.submission(h.hand.Capture(h.enrolled))
		reversals[i] = protocoltest.Sign(t, h.sale.Terminal.Key, protocol.Reversal(advice(sales[i])))
	}

	ends := make([]protocol.Result, offered)
	refused := make([]bool, offered)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i, s := range sales {
		all.Go(func() {
			<-start
			answer, err := virtualsettlement.Submit(t.Context(), terminal, s)
			switch {
			case err == nil:
				ends[i] = answer.Outcome.Result
				return
			case !errors.Is(err, settlementclient.ErrNotKept) || !errors.Is(err, &problem.Problem{Code: problem.Busy}):
				t.Errorf("sale %d: %v", i, err)
				return
			}
			refused[i] = true
			reversed, err := terminal.Reverse(t.Context(), reversals[i])
			if err != nil {
				t.Errorf("reversal of sale %d: %v", i, err)
				return
			}
			ends[i] = reversed.Outcome.Result
		})
	}
	// Beside them somebody who counts the seconds that he is told to stay away.
	watcher := &http.Client{Transport: &http.Transport{TLSClientConfig: h.tls.Client(protocol.RoleTerminal, h.sale.Terminal.Subject), DisableKeepAlives: true}}
	for range offered {
		all.Go(func() {
			<-start
			var connected time.Time
			trace := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected = time.Now() }})
			request, err := http.NewRequestWithContext(trace, http.MethodPost, h.url+protocol.PathPayments, strings.NewReader("no envelope"))
			if err != nil {
				t.Error(err)
				return
			}
			request.Header.Set("Content-Type", protocol.ContentTypeCBOR)
			response, err := watcher.Do(request)
			if err != nil {
				t.Error(err)
				return
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Error(err)
			}
			if took := time.Since(connected); took > atOnce {
				t.Errorf("%d after %v", response.StatusCode, took)
			}
			after := response.Header.Get("Retry-After")
			seconds, _ := strconv.Atoi(after)
			code := problem.Decode(response.StatusCode, body).Code
			switch {
			case response.StatusCode == http.StatusBadRequest && code == problem.Malformed && after == "":
			case response.StatusCode == http.StatusServiceUnavailable && code == problem.Busy && seconds >= 1 && seconds <= 3:
			default:
				t.Errorf("%d %s, Retry-After %q", response.StatusCode, body, after)
			}
		})
	}
	close(start)
	all.Wait()

	count := map[protocol.Result]int{}
	for i, end := range ends {
		count[end]++
		if refused[i] != (end == protocol.ResultReversed) {
			t.Errorf("sale %d: refused %v, ended %v", i, refused[i], end)
		}
	}
	if count[protocol.ResultPaid] == 0 || count[protocol.ResultReversed] == 0 || count[protocol.ResultPaid]+count[protocol.ResultReversed] != offered {
		t.Errorf("%d sales ended as %v", offered, count)
	}
	for i, s := range sales { // asked later, settlement says the same
		answer, err := terminal.Query(t.Context(), protocoltest.Sign(t, h.sale.Terminal.Key, protocol.Query(advice(s))))
		if err != nil || answer.Outcome.Result != ends[i] {
			t.Errorf("sale %d ended %v, settlement says %+v, %v", i, ends[i], answer.Outcome, err)
		}
	}
	if have := h.balance(t, "merchant/M-0001"); have != int64(count[protocol.ResultPaid])*int64(h.sale.RequestClaims().Amount) {
		t.Errorf("the merchant has %d of %d sales", have, count[protocol.ResultPaid])
	}
	t.Logf("%d paid, %d turned away and reversed", count[protocol.ResultPaid], count[protocol.ResultReversed])

	told := scrape(t, registry)
	for _, want := range []string{
		`countersign_settlement_message_seconds_count{message="payment",result="paid"} ` + strconv.Itoa(count[protocol.ResultPaid]) + "\n",
		`countersign_settlement_message_seconds_count{message="reversal",result="reversed"} ` + strconv.Itoa(count[protocol.ResultReversed]) + "\n",
		`countersign_settlement_messages_over_capacity_total{message="reversal"} 0` + "\n",
		`countersign_settlement_messages_under_way{message="payment"} 0` + "\n",
		"countersign_settlement_messages_waiting 0\n", "go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(told, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if strings.Contains(told, `over_capacity_total{message="payment"} 0`) {
		t.Error("no payment was counted as refused")
	}
	h.keepsSecrets(t, told)
	h.keepsSecrets(t, h.log.String())
}

func scrape(t *testing.T, r *metrics.Registry) string {
	t.Helper()
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for line := range strings.Lines(w.Body.String()) {
		for _, name := range []string{"T-0001", "W-0001", "M-0001"} {
			if strings.Contains(line, name) {
				t.Errorf("%s is in %s", name, line)
			}
		}
	}
	return w.Body.String()
}

// keepsSecrets fails if a text holds what only the ledger and the parties may
// know.
func (h *house) keepsSecrets(t *testing.T, text string) {
	t.Helper()
	secrets := [][]byte{[]byte(h.sale.Account), []byte("ABCDEFGHIJKLMNOP")}
	template := settletest.NewHand(t, 1)
	for _, secret := range append(secrets, template.Template(template.Finger())) {
		for _, shown := range []string{string(secret), hex.EncodeToString(secret), base64.StdEncoding.EncodeToString(secret), base64.RawURLEncoding.EncodeToString(secret)} {
			if strings.Contains(text, shown) {
				t.Errorf("a secret of %d bytes is in the text", len(secret))
			}
		}
	}
}

// A body that comes slowly does not keep its place, and one that is too long is
// not read to its end.
func TestBodies(t *testing.T) {
	h := newHouse(t, service.WithLimits(service.Limits{
		Opening: admission.Limits{Places: 1}, Ending: admission.Limits{Places: 1}, Connections: service.DefaultLimits().Connections,
	}))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: h.tls.Client(protocol.RoleTerminal, h.sale.Terminal.Subject)}}
	defer client.CloseIdleConnections()
	slow, sends := io.Pipe()
	defer sends.Close()
	ended := make(chan int, 1)
	go func() {
		response, err := client.Post(h.url+protocol.PathPayments, protocol.ContentTypeCBOR, slow)
		if err != nil {
			ended <- 0 // the connection was closed under the sender, which is as good
			return
		}
		response.Body.Close()
		ended <- response.StatusCode
	}()
	if _, err := sends.Write([]byte{0}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if status := <-ended; !slices.Contains([]int{0, http.StatusBadRequest}, status) || time.Since(began) > 8*time.Second {
		t.Errorf("a slow body: %d after %v", status, time.Since(began))
	}
	response, err := client.Post(h.url+protocol.PathPayments, protocol.ContentTypeCBOR, bytes.NewReader(make([]byte, 65<<10)))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a long body: %d", response.StatusCode)
	}
}
