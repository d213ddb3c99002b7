package httpserver_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/app/program/httpserver"
	"countersign/app/program/programtest"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// What is under way when the server is told to stop is answered; who comes later
// is not let in.
func TestServe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	begun, goOn := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-goOn
		_, _ = io.WriteString(w, "answered")
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- httpserver.Serve(ctx, l, &http.Server{Handler: handler}, "guests", 10*time.Second) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer := make(chan string, 1)
	go func() {
		response, err := client.Get("http://" + l.Addr().String())
		if err != nil {
			answer <- err.Error()
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body) // what came is looked at
		answer <- string(body)
	}()
	<-begun
	stop()
	for { // the listener is closed soon
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			break
		}
		conn.Close()
	}
	close(goOn)
	if said := <-answer; said != "answered" {
		t.Errorf("said %q", said)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := httpserver.Serve(t.Context(), l, &http.Server{}, "guests", time.Second); err == nil || !strings.Contains(err.Error(), "guests") {
		t.Errorf("on a closed listener: %v", err)
	}
}

// What does not end in time is cut off, and that is an error.
func TestServeEndsByForce(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	begun := make(chan struct{})
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- httpserver.Serve(ctx, l, &http.Server{Handler: handler}, "guests", 50*time.Millisecond)
	}()
	answered := make(chan error, 1)
	go func() {
		response, err := http.Get("http://" + l.Addr().String())
		if err == nil {
			response.Body.Close()
		}
		answered <- err
	}()
	<-begun
	stop()
	if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended with %v", err)
	}
	if err := <-answered; err == nil {
		t.Error("it was answered")
	}
}

func TestAnswers(t *testing.T) {
	log := &programtest.Log{}
	a := httpserver.Answers{Log: slog.New(slog.NewJSONHandler(log, nil)), Failed: "See the log."}
	for _, c := range []struct {
		err        error
		status     int
		code       problem.Code
		retryAfter string
		logs       string
	}{
		{problem.New(http.StatusForbidden, problem.Unauthorised, "not you", ""), 403, problem.Unauthorised, "", `"detail":"not you"`},
		{problem.New(http.StatusServiceUnavailable, problem.Busy, "", ""), 503, problem.Busy, "1", `"code":"busy"`},
		{errors.New("the disk is full"), 500, problem.Internal, "", `"reason":"the disk is full"`},
	} {
		w := httptest.NewRecorder()
		a.Refuse(w, httptest.NewRequest(http.MethodPost, "/x", nil), c.err)
		p := problem.Decode(w.Code, w.Body.Bytes())
		if w.Code != c.status || p.Code != c.code || w.Header().Get("Retry-After") != c.retryAfter || w.Header().Get("Content-Type") != problem.ContentType {
			t.Errorf("%v: %d %s %v", c.err, w.Code, w.Body, w.Header())
		}
		if said := log.Take(); !strings.Contains(said, c.logs) {
			t.Errorf("%v: logged %s", c.err, said)
		}
		if c.code == problem.Internal && (p.Detail != "" || p.Hint != "See the log.") {
			t.Errorf("a failure of our own tells %+v", p)
		}
	}
	w := httptest.NewRecorder()
	a.Write(w, httptest.NewRequest(http.MethodPost, "/x", nil), httpserver.Reply{Status: http.StatusNoContent})
	if w.Code != http.StatusNoContent || w.Body.Len() != 0 || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
}

func TestTyped(t *testing.T) {
	for have, good := range map[string]bool{
		protocol.ContentTypeCOSE: true, strings.ToUpper(protocol.ContentTypeCOSE): true, protocol.ContentTypeCBOR: protocol.ContentTypeCBOR == protocol.ContentTypeCOSE,
		"": false, "text/plain": false, ";": false,
	} {
		r := httptest.NewRequest(http.MethodPost, "/x", nil)
		r.Header.Set("Content-Type", have)
		if err := httpserver.Typed(r, protocol.ContentTypeCOSE); (err == nil) != good {
			t.Errorf("%q: %v", have, err)
		}
	}
}
