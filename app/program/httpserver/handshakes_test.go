package httpserver_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"countersign/app/program/httpserver"
)

// A listener whose clients say nothing lets others in while it has room, closes
// who comes beyond it at once, gives up who never shakes hands, and then has room
// again.
func TestHandshakes(t *testing.T) {
	model := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	defer model.Close()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const room = 3
	l := httpserver.Handshakes(inner, model.TLS.Clone(), httpserver.Bounds{Connections: room, Handshakes: room, Within: time.Second}, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil || !r.TLS.HandshakeComplete {
			t.Error("no TLS")
		}
		w.WriteHeader(http.StatusNoContent)
	})
	go func() { ended <- httpserver.Serve(ctx, l, &http.Server{Handler: handler}, "guests", time.Second) }()
	client := model.Client()
	client.Transport.(*http.Transport).DisableKeepAlives = true
	get := func() error {
		response, err := client.Get("https://" + inner.Addr().String())
		if err == nil {
			response.Body.Close()
		}
		return err
	}
	silent := make([]net.Conn, room)
	for i := range silent {
		if i == room-1 { // the last place is free until here
			if err := get(); err != nil {
				t.Errorf("beside silent clients: %v", err)
			}
			// A closed connection's place is free when the server has seen it.
			for get() != nil {
			}
		}
		if silent[i], err = net.Dial("tcp", inner.Addr().String()); err != nil {
			t.Fatal(err)
		}
		defer silent[i].Close()
	}
	began := time.Now()
	for err = get(); err == nil && time.Since(began) < 900*time.Millisecond; err = get() { // until the last silent one is counted
	}
	if err == nil {
		t.Error("there is room beyond the bound")
	}
	for _, conn := range silent { // given up: the server closes them
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && err == nil {
			t.Errorf("a silent client reads %v", err)
		}
	}
	for range 100 {
		if err = get(); err == nil {
			break
		}
	}
	if err != nil {
		t.Errorf("no room after the silent have gone: %v", err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if conn, err := tls.Dial("tcp", inner.Addr().String(), &tls.Config{InsecureSkipVerify: true}); err == nil {
		t.Error("it listens after its end", conn.Close())
	}
}
