package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/forgery"
	"countersign/app/demo/program"
	"countersign/app/demo/scene"
	"countersign/protocol"
)

// TestJumpAndTap drives the terminal's real window as a touch panel does: the
// finger is at once where it taps, with no motion on the way, and keys that lie
// far apart are tapped in quick succession. What is charged is what was tapped,
// to be read from the code that the window shows. (A toolkit that takes a tap to
// be where the pointer was before charges another amount.)
func TestJumpAndTap(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := &settings{bin: bin(t), out: t.TempDir(), auto: true, language: "en", seed: 7, chosen: []scene.Scene{scene.Sale()}, stdout: &out, stderr: os.Stderr}
	ctx, fail := context.WithCancelCause(t.Context())
	defer fail(nil)
	ctx, stop := context.WithTimeout(ctx, 2*time.Minute)
	defer stop()
	var th theatre
	defer func() {
		if err := th.close(); err != nil {
			t.Error(err)
		}
	}()
	if err := th.open(ctx, s, fail); err != nil {
		t.Fatal(because(ctx, err))
	}
	w, c := th.stage.Terminal, th.stage.Chronicle
	for _, sale := range []struct {
		keys []string
		want protocol.Amount
	}{
		{[]string{"key.7", "key.8", "key.00"}, 7800},
		{[]string{"key.7", "key.3", "key.00"}, 7300},                                                  // corner to corner
		{[]string{"key.9", "key.00", "key.7", "key.3"}, 90073},                                        // and back
		{[]string{"key.1", "key.9", "key.back", "key.9", "key.1", "key.back", "key.0"}, 190},          // with a mistake mended
		{[]string{"key.4", "key.6", "key.4", "key.6", "key.4", "key.6"}, 464646},                      // to and fro
		{[]string{"key.5", "key.5", "clear", "key.2", "key.8"}, 28},                                   // and begun anew
		{[]string{"quick.3"}, 10000},                                                                  // at the far right
		{[]string{"key.0", "key.00", "key.3", "key.7", "key.back", "key.back", "key.00", "key.1"}, 1}, // zeros first
	} {
		from := c.Len()
		for _, key := range append(sale.keys, "charge") {
			if err := w.Tap(ctx, key); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := c.Wait(ctx, from, chronicle.WithControl(w.Party, "code", "present")); err != nil {
			t.Fatalf("%v: %v", sale.keys, because(ctx, err))
		}
		picture, err := w.Photograph(ctx)
		if err != nil {
			t.Fatal(err)
		}
		text, err := forgery.Read(picture, protocol.PrefixRequest)
		if err != nil {
			t.Fatalf("%v: %v", sale.keys, err)
		}
		request, err := protocol.ParseRequestText(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := request.Unverified().Amount; got != sale.want {
			t.Errorf("%v charges %d, want %d", sale.keys, got, sale.want)
		}
		for _, way := range []struct{ control, next string }{{"cancel", "outcome"}, {"new-sale", "amount"}} {
			from := c.Len()
			if err := w.Tap(ctx, way.control); err != nil {
				t.Fatal(err)
			}
			if _, _, err := c.Wait(ctx, from, chronicle.OnScreen(w.Party, way.next)); err != nil {
				t.Fatal(because(ctx, err))
			}
		}
	}

	// A program that dies while it is needed ends everything, and says why.
	if err := syscall.Kill(th.shop.PID(w.Party), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	var died *program.Died
	if !errors.As(context.Cause(ctx), &died) || died.Name != "terminal run" || died.Cause == nil {
		t.Errorf("the terminal was killed: %v", context.Cause(ctx))
	}
}
