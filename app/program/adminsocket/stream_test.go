package adminsocket_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/app/program/adminsocket"
	"countersign/app/program/programtest"
	"countersign/protocol/problem"
)

// A stream comes whole, or the client is told that it did not; the bound on other
// answers is none on it.
func TestStream(t *testing.T) {
	dir := t.TempDir()
	l, err := adminsocket.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	log := &programtest.Log{}
	mux, turn := http.NewServeMux(), make(chan struct{})
	long := bytes.Repeat([]byte("record "), 300_000)
	add := func(path string, do func(io.Writer) error) {
		adminsocket.HandleStream(mux, slog.New(slog.NewTextHandler(log, nil)), "GET "+path, func(_ context.Context, w io.Writer) error { return do(w) })
	}
	add("/long", func(w io.Writer) error { _, err := w.Write(long); return err })
	add("/late", func(w io.Writer) error {
		if _, err := io.WriteString(w, "early, "); err != nil {
			return err
		}
		<-turn // longer than an answer may take
		_, err := io.WriteString(w, "late")
		return err
	})
	add("/refused", func(io.Writer) error { return problem.New(http.StatusConflict, problem.Conflict, "not now", "Later.") })
	add("/broken", func(w io.Writer) error {
		_, err := w.Write(long)
		return errors.Join(err, errors.New("the disk is on fire"))
	})
	const bound = 200 * time.Millisecond
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- adminsocket.Serve(ctx, l, mux, bound) }()
	ask := func(path string) (string, error) {
		var b strings.Builder
		err := adminsocket.Stream(t.Context(), adminsocket.NewClient("shop", dir, bound), path, &b)
		return b.String(), err
	}
	if have, err := ask("/long"); err != nil || have != string(long) {
		t.Errorf("long: %d bytes, %v", len(have), err)
	}
	began := time.AfterFunc(2*bound, func() { close(turn) })
	defer began.Stop()
	if have, err := ask("/late"); err != nil || have != "early, late" {
		t.Errorf("late: %q, %v", have, err)
	}
	var p *problem.Problem
	if _, err := ask("/refused"); !errors.As(err, &p) || p.Hint != "Later." {
		t.Errorf("refused: %v", err)
	}
	if have, err := ask("/broken"); err == nil || len(have) == 0 || !strings.Contains(log.String(), "on fire") {
		t.Errorf("broken: %d bytes, %v", len(have), err)
	}
	if _, err := ask("/nowhere"); err == nil {
		t.Error("a path that there is not")
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	if _, err := ask("/long"); !errors.Is(err, adminsocket.ErrNotRunning) {
		t.Errorf("after its end: %v", err)
	}
}
