package adminsocket_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/app/program/adminsocket"
	"countersign/app/program/programtest"
	"countersign/protocol/problem"
)

type greeting struct {
	Name string `json:"name"`
}

// handler greets, refuses who is nobody, fails for who is broken, and counts
// nothing to who asks nothing.
func handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	adminsocket.Handle(mux, log, "POST /greetings", func(_ context.Context, asked greeting) (greeting, error) {
		switch asked.Name {
		case "nobody":
			return greeting{}, problem.New(http.StatusNotFound, problem.NotFound, "nobody is there", "Name somebody.")
		case "broken":
			return greeting{}, errors.New("the pipe is broken")
		}
		return greeting{"Hello, " + asked.Name}, nil
	})
	adminsocket.Handle(mux, log, "GET /greetings", func(context.Context, struct{}) ([]greeting, error) { return []greeting{{"a"}, {"b"}}, nil })
	return mux
}

func TestSocket(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	client := adminsocket.NewClient("greeter", dir, 5*time.Second)
	greet := func(name string) (greeting, error) {
		return adminsocket.Ask[greeting](t.Context(), client, http.MethodPost, "/greetings", greeting{name})
	}
	if _, err := greet("you"); !errors.Is(err, adminsocket.ErrNotRunning) || !strings.Contains(err.Error(), "greeter") {
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
	if info, err := os.Stat(adminsocket.Path(dir)); err != nil || info.Mode().Perm() != 0o600 || info.Mode()&os.ModeSocket == 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	log := &programtest.Log{}
	go func() {
		ended <- adminsocket.Serve(ctx, l, handler(slog.New(slog.NewJSONHandler(log, nil))), 5*time.Second)
	}()
	if given, err := greet("you"); err != nil || given.Name != "Hello, you" {
		t.Errorf("%+v, %v", given, err)
	}
	if all, err := adminsocket.Ask[[]greeting](t.Context(), client, http.MethodGet, "/greetings", struct{}{}); err != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, err)
	}
	var p *problem.Problem
	if _, err := greet("nobody"); !errors.As(err, &p) || p.Code != problem.NotFound || p.Hint != "Name somebody." {
		t.Errorf("nobody: %v", err)
	}
	if _, err := greet("broken"); !errors.As(err, &p) || p.Code != problem.Internal || !strings.Contains(log.String(), "the pipe is broken") {
		t.Errorf("broken: %v, log %s", err, log)
	}
	if _, err := greet(strings.Repeat("long", 20<<10)); !errors.As(err, &p) || p.Code != problem.Malformed {
		t.Errorf("too long: %v", err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	if _, err := greet("you"); !errors.Is(err, adminsocket.ErrNotRunning) {
		t.Errorf("after its end: %v", err)
	}
	if l, err := adminsocket.Listen(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a socket in no directory", l.Close())
	}
	if _, err := net.Dial("unix", adminsocket.Path(dir)); err == nil {
		t.Error("the socket is still there")
	}
}

// Whatever is posted is one whole JSON value of the right shape, or refused.
func FuzzHandle(f *testing.F) {
	for _, seed := range []string{`{"name":"you"}`, `{"name":"you"}{}`, `{"name":"you","age":3}`, `{"name":3}`, `[]`, `null`, ``, `{`} {
		f.Add([]byte(seed))
	}
	h := handler(slog.New(slog.DiscardHandler))
	f.Fuzz(func(t *testing.T, body []byte) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/greetings", bytes.NewReader(body)))
		switch {
		case w.Code == http.StatusOK && strings.Contains(w.Body.String(), "Hello, "):
		case w.Code == http.StatusBadRequest && problem.Decode(w.Code, w.Body.Bytes()).Code == problem.Malformed:
		case w.Code == http.StatusNotFound && bytes.Contains(body, []byte("nobody")), w.Code == http.StatusInternalServerError && bytes.Contains(body, []byte("broken")):
		default:
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
}
