package mediation_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/clientapi"
	"countersign/app/wallet/tee/monitor"
)

func TestCallsSideBySide(t *testing.T) {
	w := start(t, func(o *clientapi.Options) { o.RegionBytes = tee.MinRegion })
	var all sync.WaitGroup
	for g := range 50 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(g), 1))
			for range 40 {
				in := make([]byte, random.IntN(9000))
				for i := range in {
					in[i] = byte(random.Uint32())
				}
				out, err := w.session.InvokeCommand(t.Context(), cmdEcho, in)
				if err != nil || !bytes.Equal(out, in) {
					t.Errorf("%d bytes: %d came back, %v", len(in), len(out), err)
					return
				}
			}
		})
	}
	all.Wait()
}

func TestSizes(t *testing.T) {
	w := start(t, nil)
	for _, n := range []int{0, 1, 63, 64, 65, 4096, tee.MaxBulk - 1, tee.MaxBulk} {
		in := bytes.Repeat([]byte{0xA5}, n)
		if out := w.invoke(t, cmdEcho, in); !bytes.Equal(out, in) {
			t.Errorf("%d bytes came back as %d", n, len(out))
		}
	}
	_, err := w.session.InvokeCommand(t.Context(), cmdEcho, make([]byte, tee.MaxBulk+1))
	if !errors.Is(err, &tee.Error{Code: tee.CodeOutOfMemory}) {
		t.Errorf("too many bytes: %v", err)
	}
}

func TestErrorsCross(t *testing.T) {
	w := start(t, nil)
	for command, want := range map[uint32]tee.Error{
		cmdFail:  {Code: 42, Text: "not today"},
		cmdPlain: {Code: tee.CodeGeneric},
		9999:     {Code: tee.CodeNotSupported, Text: "no command 9999"},
	} {
		_, err := w.session.InvokeCommand(t.Context(), command, nil)
		if said := new(tee.Error); !errors.As(err, &said) || *said != want {
			t.Errorf("command %d: %v, not %v", command, err, &want)
		}
	}
	if _, err := w.OpenSession(t.Context(), []byte("refuse me")); !errors.Is(err, &tee.Error{Code: tee.CodeAccessDenied}) {
		t.Errorf("a session that was refused: %v", err)
	}
	if err := w.session.CloseSession(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := w.session.InvokeCommand(t.Context(), cmdEcho, nil); !errors.Is(err, &tee.Error{Code: tee.CodeItemNotFound}) {
		t.Errorf("a session that is closed: %v", err)
	}
}

func TestCancel(t *testing.T) {
	w := start(t, nil)
	var all sync.WaitGroup
	for range 3 * tee.MaxCalls { // the other side must let go of each, or the later ones wait for ever
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			if _, err := w.session.InvokeCommand(ctx, cmdHang, []byte("x")); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("cancelled: %v", err)
			}
		})
	}
	all.Wait()
	w.invoke(t, cmdEcho, []byte("still there"))
}

func TestRequestsAndEvents(t *testing.T) {
	var mu sync.Mutex
	var events []uint32
	w := start(t, func(o *clientapi.Options) {
		o.OnEvent = func(kind uint32, data []byte) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, binary.BigEndian.Uint32(data))
		}
	})
	if _, err := w.session.InvokeCommand(t.Context(), cmdRequest, nil); !errors.Is(err, &tee.Error{Code: tee.CodeItemNotFound}) {
		t.Errorf("a request that nobody answers: %v", err)
	}
	w.Handle(5, func(_ context.Context, data []byte) ([]byte, error) {
		if len(data) == 0 {
			return nil, tee.Errorf(3, "nothing asked")
		}
		return bytes.ToUpper(data), nil
	})
	if out := w.invoke(t, cmdRequest, []byte("abc")); string(out) != "ABC" {
		t.Errorf("request: %q", out)
	}
	if _, err := w.session.InvokeCommand(t.Context(), cmdRequest, nil); !errors.Is(err, &tee.Error{Code: 3}) {
		t.Errorf("a request that is refused: %v", err)
	}
	const many = 500
	w.invoke(t, cmdEmit, binary.BigEndian.AppendUint32(nil, many))
	w.finalize(t)
	mu.Lock()
	defer mu.Unlock()
	for i, e := range events {
		if e != uint32(i) {
			t.Fatalf("event %d came as number %d", e, i)
		}
	}
	if len(events) < many-tee.MaxEvents || len(events) > many {
		t.Errorf("%d events of %d", len(events), many)
	}
}

func TestNothingLeaksIn(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	leaky, err := leak(file)
	if err != nil {
		t.Fatal(err)
	}
	defer leaky.Close()
	w := start(t, nil)
	sockets := 0
	for line := range strings.Lines(string(w.invoke(t, cmdFiles, nil))) {
		number, to, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case number == "0" || number == "1" || number == "2", strings.HasPrefix(to, "anon_inode:[event"), strings.HasPrefix(to, "/sys/fs/cgroup/"): // Go's own
		case strings.HasPrefix(to, "socket:"):
			sockets++
		default:
			t.Errorf("the trusted application has %s open as %s", to, number)
		}
	}
	if sockets != 1 {
		t.Errorf("%d sockets", sockets)
	}
}

func TestRecord(t *testing.T) {
	w := start(t, nil)
	secret := "content that must not be recorded"
	w.invoke(t, cmdEcho, []byte(secret))
	_, _ = w.session.InvokeCommand(t.Context(), cmdFail, nil)
	w.finalize(t)
	var kinds []string
	_, err := monitor.Read(w.log, func(e monitor.Entry) error {
		if e.What == monitor.WhatMessage && e.Kind != "release" {
			kinds = append(kinds, fmt.Sprintf("%s %s %d/%d %d", e.From, e.Kind, e.Session, e.Number, e.Length))
		}
		if strings.HasPrefix(e.Kind, "invoke") && e.Number == cmdEcho && e.SHA256 != sum(secret) {
			t.Errorf("digest %s", e.SHA256)
		}
		return nil
	})
	want := []string{"trusted ready 0/0 0", "client open 0/0 5", "trusted result 1/0 0", "client invoke 1/1 33", "trusted result 1/0 33",
		"client invoke 1/9 0", "trusted result 1/42 0", "client finalize 0/0 0"}
	if err != nil || strings.Join(kinds, "\n") != strings.Join(want, "\n") {
		t.Errorf("%v\n%s", err, strings.Join(kinds, "\n"))
	}
	raw, err := os.ReadFile(w.log)
	if err != nil || bytes.Contains(raw, []byte("content that")) || bytes.Contains(raw, []byte("not today")) {
		t.Errorf("the record has content: %v\n%s", err, raw)
	}
	if trace, err := os.ReadFile(w.trace); err != nil || string(trace) != "<nil>" {
		t.Errorf("the trusted application ended with %s, %v", trace, err)
	}
}

func BenchmarkInvoke500(b *testing.B) {
	w := start(b, nil)
	in := make([]byte, 500)
	times := make([]time.Duration, 0, 100_000)
	for b.Loop() {
		begin := time.Now()
		w.invoke(b, cmdEcho, in)
		times = append(times, time.Since(begin))
	}
	report(b, times)
}

func TestSharedMemory(t *testing.T) {
	w := start(t, nil)
	m, err := w.RegisterSharedMemory(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i := range byte(50) {
		if _, err := m.WriteAt(bytes.Repeat([]byte{i}, 500), 100); err != nil {
			t.Fatal(err)
		}
		out, err := w.session.InvokeCommandShared(t.Context(), cmdEcho, m, 600)
		if want := append(make([]byte, 100), bytes.Repeat([]byte{i}, 500)...); err != nil || !bytes.Equal(out, want) {
			t.Fatalf("round %d: %d bytes, %v", i, len(out), err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	hung := make(chan error)
	go func() {
		_, err := w.session.InvokeCommandShared(ctx, cmdHang, m, 1)
		hung <- err
	}()
	busy := &tee.Error{Code: tee.CodeBusy}
	for { // until the call is under way
		if _, err := m.WriteAt(nil, 0); errors.Is(err, busy) {
			break
		}
	}
	if _, err := w.session.InvokeCommandShared(t.Context(), cmdEcho, m, 1); !errors.Is(err, busy) {
		t.Errorf("two calls with one memory: %v", err)
	}
	if err := m.Release(); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-hung; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := m.WriteAt([]byte("x"), 0); !errors.Is(err, &tee.Error{Code: tee.CodeBadParameters}) {
		t.Errorf("after its release: %v", err)
	}
	if _, err := w.RegisterSharedMemory(t.Context(), tee.MaxBulk+1); !errors.Is(err, &tee.Error{Code: tee.CodeOutOfMemory}) {
		t.Errorf("too large: %v", err)
	}
}
