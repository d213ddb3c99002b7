package line

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestRoundTrip(t *testing.T) {
	var wire bytes.Buffer
	orders := []Order{{ID: 1, Command: "printf 'a\nb'", Seconds: 5}, {ID: 2, Command: strings.Repeat("x", 1<<20), Seconds: 1}}
	for _, o := range orders {
		if err := Write(&wire, o); err != nil {
			t.Fatal(err)
		}
	}
	r := NewReader[Order](&wire)
	for _, want := range orders {
		if got, err := r.Read(); err != nil || got != want {
			t.Fatalf("read %.80v, %v", got, err)
		}
	}
	if _, err := r.Read(); !errors.Is(err, io.EOF) {
		t.Fatalf("after the last: %v", err)
	}
}

// A machine that was reset in the middle of a line greets on the next.
func TestGoesOnAfterARuin(t *testing.T) {
	r := NewReader[Answer](strings.NewReader("{\"id\":3,\"out\n{\"boot\":\"b\"}\n"))
	if _, err := r.Read(); !errors.Is(err, ErrLine) {
		t.Fatalf("a ruined line: %v", err)
	}
	if got, err := r.Read(); err != nil || got.Boot != "b" {
		t.Fatalf("then: %v, %v", got, err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("{\"id\":1,\"code\":-1,\"output\":\"x\"}\n"))
	f.Add([]byte("\n\n{"))
	f.Fuzz(func(t *testing.T, wire []byte) {
		r := NewReader[Answer](bytes.NewReader(wire))
		for range len(wire) + 1 {
			got, err := r.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				continue
			}
			var again bytes.Buffer
			if err := Write(&again, got); err != nil {
				t.Fatal(err)
			}
			if back, err := NewReader[Answer](&again).Read(); err != nil || back != got {
				t.Fatalf("%v became %v, %v", got, back, err)
			}
		}
		t.Fatal("more messages than bytes")
	})
}
