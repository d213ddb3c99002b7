package mediation_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/monitor"
)

// TestBreachesEndTheClient: none of these reaches the trusted side, and each ends
// both in order.
func TestBreachesEndTheClient(t *testing.T) {
	message := func(m tee.Message) []byte { return m.Append(nil) }
	invoke := func(offset, length uint32) []byte {
		return message(tee.Message{Kind: tee.KindInvoke, ID: 2, Session: 1, Number: cmdEcho, Offset: offset, Length: length})
	}
	for name, b := range map[string][]byte{
		"garbage":                      bytes.Repeat([]byte{0xA5}, 300),
		"one byte":                     {1},
		"a giant message":              bytes.Repeat([]byte{1}, 100_000),
		"a message and a half":         append(invoke(0, 1), 1, 2, 3),
		"outside the memory":           invoke(tee.DefaultRegion, 1),
		"over the end of the memory":   invoke(tee.DefaultRegion-64, 65),
		"around the end of addresses":  invoke(1<<32-64, 64),
		"a giant length":               invoke(0, 1<<32-1),
		"an unaligned place":           invoke(1, 1),
		"what only the other side may": message(tee.Message{Kind: tee.KindEvent, Number: 1}),
		"what only the middle may":     message(tee.Message{Kind: tee.KindTerminate}),
		"a forged end":                 message(tee.Message{Kind: tee.KindGone, Text: "boo"}),
		"another handshake":            message(tee.Message{Kind: tee.KindMapped}),
	} {
		t.Run(name, func(t *testing.T) {
			s := standing(t)
			if err := s.raw(b); err != nil {
				t.Fatal(err)
			}
			if m := s.until(t, tee.KindGone); m == nil {
				t.Error("it was not told")
			}
			<-s.over
			refused := false
			_, err := monitor.Read(s.log, func(e monitor.Entry) error {
				refused = refused || e.What == monitor.WhatRefused && e.From == "client"
				return nil
			})
			if err != nil || !refused || s.calls.Load() != 0 {
				t.Errorf("%v, recorded %v, %d calls", err, refused, s.calls.Load())
			}
		})
	}
}

// TestBreachesThatPassTheMiddle are well-formed; the trusted side ends by itself.
func TestBreachesThatPassTheMiddle(t *testing.T) {
	for name, m := range map[string]tee.Message{
		"an answer to nothing":   {Kind: tee.KindResult, ID: 77},
		"a release of nothing":   {Kind: tee.KindRelease, Offset: 640},
		"a release of its place": {Kind: tee.KindRelease, Offset: 1 << 31},
	} {
		t.Run(name, func(t *testing.T) {
			s := standing(t)
			s.send(t, m)
			if m := s.until(t, tee.KindGone); m == nil {
				t.Error("it was not told")
			}
		})
	}
}

func TestAFileNobodyAskedFor(t *testing.T) {
	s := standing(t)
	m := tee.Message{Kind: tee.KindInvoke, ID: 2, Session: 1, Number: cmdEcho}
	if err := unix.Sendmsg(int(s.end.Fd()), m.Append(nil), unix.UnixRights(0, 1), nil, 0); err != nil {
		t.Fatal(err)
	}
	if m := s.until(t, tee.KindGone); m == nil || s.calls.Load() != 0 {
		t.Errorf("%+v, %d calls", m, s.calls.Load())
	}
}

// TestMemoryChangedAfterTheTrigger: a writer changes the bytes all the time. The
// trusted side sees one state or refuses; what it saw is what was recorded.
func TestMemoryChangedAfterTheTrigger(t *testing.T) {
	s := standing(t)
	const length = 60_000
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for v := byte(0); ; v++ {
			select {
			case <-stop:
				return
			default:
			}
			for i := range s.memory[:length] {
				s.memory[i] = v
			}
		}
	}()
	// The checking application counts a mixture as misread, which cannot be ruled
	// out here: a mixture that was recorded is what the client sent. So judge by the
	// record instead.
	var passed, refused int
	for id := uint64(2); id < 400; id++ {
		s.send(t, tee.Message{Kind: tee.KindInvoke, ID: id, Session: 1, Number: cmdEcho, Length: length})
		m := s.until(t, tee.KindResult)
		switch {
		case m == nil:
			t.Fatal("it ended")
		case m.Number == uint32(tee.CodeSecurity):
			refused++
		case m.Number == 0:
			passed++
			s.send(t, tee.Message{Kind: tee.KindRelease, Offset: m.Offset})
		default:
			t.Fatalf("%+v", m)
		}
	}
	close(stop)
	<-stopped
	if refused == 0 {
		t.Errorf("no change was noticed; %d passed", passed)
	}
	s.misread.Store(0)
	digests := map[uint64]string{}
	s.close()
	<-s.over
	_, err := monitor.Read(s.log, func(e monitor.Entry) error {
		switch {
		case e.Kind == "invoke":
			digests[e.ID] = e.SHA256
		case e.Kind == "result" && e.Session == 1 && e.Number == 0 && digests[e.ID] != "" && digests[e.ID] != e.SHA256:
			t.Errorf("call %d: recorded %s, acted on %s", e.ID, digests[e.ID], e.SHA256)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	t.Logf("%d passed, %d refused", passed, refused)
}

// TestOverlappingReferences: many calls over the same bytes at once each get their
// own copy.
func TestOverlappingReferences(t *testing.T) {
	s := standing(t)
	for i := range s.memory[:8192] {
		s.memory[i] = 7
	}
	want := sha256.Sum256(bytes.Repeat([]byte{7}, 4096))
	for id := uint64(2); id < 2+tee.MaxCalls; id++ {
		s.send(t, tee.Message{Kind: tee.KindInvoke, ID: id, Session: 1, Number: cmdEcho, Offset: uint32(id%8) * tee.Align, Length: 4096})
	}
	for range tee.MaxCalls {
		if m := s.until(t, tee.KindResult); m == nil || m.Number != 0 || m.Digest != want {
			t.Fatalf("%+v", m)
		}
	}
}

// TestFlood: more calls than are served are refused, and no more run at once, while
// nobody reads the answers.
func TestFlood(t *testing.T) {
	s := standing(t)
	if err := unix.SetNonblock(int(s.end.Fd()), true); err != nil {
		t.Fatal(err)
	}
	sent := 0
	var stuck time.Time
	for id := uint64(2); id < 200_000; id++ {
		m := tee.Message{Kind: tee.KindInvoke, ID: id, Session: 1, Number: cmdHang}
		err := s.raw(m.Append(nil))
		for errors.Is(err, unix.EAGAIN) {
			if stuck.IsZero() {
				stuck = time.Now()
			}
			time.Sleep(time.Millisecond) // the other end lets nobody know
			if time.Since(stuck) > 5*time.Second {
				break
			}
			err = s.raw(m.Append(nil))
		}
		if err != nil {
			break
		}
		sent++
	}
	if most := s.most.Load(); most > tee.MaxCalls {
		t.Errorf("%d ran at once", most)
	}
	if sent == 200_000-2 {
		t.Error("the flood was never stopped")
	}
	t.Logf("%d calls were taken before the client was ended", sent)
}

// TestAnswersNeverReleased: calls whose answers are never released occupy no more
// than their share.
func TestAnswersNeverReleased(t *testing.T) {
	s := standing(t)
	var busy, done int
	const many = 300
	for id := uint64(2); id < 2+many; id++ { // 4 MiB hold 4 of the greatest answers
		s.send(t, tee.Message{Kind: tee.KindInvoke, ID: id, Session: 1, Number: cmdEcho, Length: tee.MaxBulk})
	}
	for busy+done < many-tee.MaxCalls {
		m := s.until(t, tee.KindResult)
		if m == nil {
			t.Fatal("it ended")
		}
		if m.Number == uint32(tee.CodeBusy) {
			busy++
		} else {
			done++
		}
	}
	if busy == 0 || done > 4 {
		t.Errorf("%d were done and %d refused", done, busy)
	}
}

// TestRandomMessages sends what decodes, in any order, and reads nothing.
func TestRandomMessages(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 9))
			s := standing(t)
			for range 100 {
				m := tee.Message{Kind: tee.Kind(random.UintN(20)), ID: random.Uint64N(5), Session: uint32(random.UintN(3)), Number: uint32(random.UintN(3)),
					Offset: uint32(random.UintN(4)) * tee.Align, Length: uint32(random.UintN(200))}
				b := m.Append(nil)
				if _, err := tee.Decode(b); err == nil && s.raw(b) != nil {
					break
				}
			}
		})
	}
}
