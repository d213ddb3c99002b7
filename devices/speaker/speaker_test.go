//go:build !windows

package speaker

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// card makes ALSA's default device a file, which gets what would have been heard.
func card(t *testing.T) (heard func() []byte) {
	t.Helper()
	folder := t.TempDir()
	raw, config := filepath.Join(folder, "heard.raw"), filepath.Join(folder, "asound.conf")
	text := fmt.Sprintf("pcm.!default { type file slave.pcm { type null } file %q format raw }\n", raw)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ALSA_CONFIG_PATH", config)
	return func() []byte {
		data, err := os.ReadFile(raw)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		_ = os.Remove(raw)
		return data
	}
}

// fake is a program made of shell lines.
func fake(t *testing.T, name, lines string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+lines+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// lockedBuffer is a log.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func open(t *testing.T, settings Settings) (*Speaker, *lockedBuffer) {
	t.Helper()
	log := &lockedBuffer{}
	settings.Log = slog.New(slog.NewTextHandler(log, nil))
	s := Open(context.Background(), settings)
	t.Cleanup(s.Close)
	return s, log
}

func wait(t *testing.T, s *Speaker) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.Wait(ctx); err != nil {
		t.Fatal(err)
	}
}

func state(s *Speaker, part Part) State {
	for _, state := range s.States() {
		if state.Part == part {
			return state
		}
	}
	return State{}
}

// TestSoundsAreHeard: the real aplay has every sample of every sound played.
func TestSoundsAreHeard(t *testing.T) {
	heard := card(t)
	s, log := open(t, Settings{Sounds: true, Players: []string{"aplay"}})
	for _, sound := range []Sound{Approved, Refused, Attention} {
		s.Play(sound)
		wait(t, s)
		got, want := heard(), sound.WAV()[44:]
		if len(got) < len(want) || !bytes.Equal(got[:len(want)], want) { // a card's last period is filled up with silence
			t.Errorf("%v: %d bytes are heard, want %d; %s", sound, len(got), len(want), log)
		}
	}
	if got := state(s, Sounds); got.Phase != Ready || got.Program != "aplay" || state(s, Speech).Phase != Off || log.String() != "" {
		t.Errorf("state %+v, log %s", got, log)
	}
}

// TestTextsAreSpoken: the real espeak-ng speaks every language with a voice of its own.
func TestTextsAreSpoken(t *testing.T) {
	heard := card(t)
	s, log := open(t, Settings{Speech: true, Players: []string{"aplay"}, Speakers: []string{"espeak-ng"}})
	seen := map[string]string{}
	for _, text := range []struct{ language, text string }{
		{"en", "78 yuan. Scan the code."}, {"zh-CN", "78元。请扫描二维码。"}, {"de", "78 Yuan. Bitte scannen Sie den Code."}, {"en", "-w"}, {"en", "78 yuan"},
	} {
		s.Say(text.language, text.text)
		wait(t, s)
		got := heard()
		loud := 0
		for i := 1; i < len(got); i += 2 {
			if v := int8(got[i]); v > 4 || v < -4 {
				loud++
			}
		}
		if loud < 1000 {
			t.Errorf("%s %q: only %d of %d samples are heard; %s", text.language, text.text, loud, len(got)/2, log)
		}
		if other, same := seen[string(got)]; same {
			t.Errorf("%q sounds like %q", text.text, other)
		}
		seen[string(got)] = text.text
	}
	s.Say("tlh", "nuqneH")
	wait(t, s)
	if got := state(s, Speech); got.Phase != Failed || got.Program != "espeak-ng" || strings.Contains(log.String(), "nuqneH") {
		t.Errorf("a language without a voice: %+v, log %s", got, log)
	}
	s.Say("en", "thank you")
	wait(t, s)
	if got := state(s, Speech); got.Phase != Ready {
		t.Errorf("after it: %+v", got)
	}
	if left, _ := os.ReadDir(s.folder); len(left) != 3 {
		t.Errorf("%d files are left beside the sounds", len(left)-3)
	}
}

// TestPlayersThatMisbehave: nobody waits for one that hangs, with its children it is ended, the next is taken, and it is told once.
func TestPlayersThatMisbehave(t *testing.T) {
	folder := t.TempDir()
	pids, played := filepath.Join(folder, "pids"), filepath.Join(folder, "played")
	hangs := fake(t, "hangs", "sleep 1000 & echo $$ $! >> "+pids+"; wait")
	fails := fake(t, "fails", "echo 'no card today' >&2; exit 3")
	plays := fake(t, "plays", "cat \"$1\" | wc -c >> "+played)

	s, log := open(t, Settings{Sounds: true, Players: []string{"/nowhere/player", hangs, fails, plays}, SoundWithin: 300 * time.Millisecond})
	begun := time.Now()
	s.Play(Approved)
	if took := time.Since(begun); took > 100*time.Millisecond {
		t.Errorf("Play took %v", took)
	}
	wait(t, s)
	if got := state(s, Sounds); got.Phase != Failed || got.Program != "hangs" || !strings.Contains(got.Trouble, "did not end within 300ms") {
		t.Errorf("after one that hangs: %+v", got)
	}
	gone(t, pids)
	for range 3 { // the next one fails and the one after it plays
		s.Play(Refused)
		wait(t, s)
	}
	data, _ := os.ReadFile(played)
	if want := strings.Repeat(fmt.Sprintln(len(Refused.WAV())), 3); string(data) != want {
		t.Errorf("played %q, want %q", data, want)
	}
	if got := state(s, Sounds); got.Phase != Ready || got.Program != "plays" || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("in the end: %+v, log %s", got, log)
	}

	s, log = open(t, Settings{Sounds: true, Speech: true, Players: []string{fails}, Speakers: []string{"/nowhere/speaks"}})
	if got := state(s, Speech); got.Phase != Missing || !strings.Contains(got.Trouble, "espeak-ng") {
		t.Errorf("without a program: %+v", got)
	}
	for range 3 {
		s.Play(Approved)
		s.Say("en", "hello")
		wait(t, s)
	}
	if got := state(s, Sounds); got.Phase != Failed || !strings.Contains(got.Trouble, "no card today") || strings.Count(log.String(), "\n") != 2 {
		t.Errorf("when all fail: %+v, log %s", got, log)
	}
	select {
	case <-s.Changed():
	default:
		t.Error("nobody is told of the change")
	}
}

// gone waits for processes to be no more.
func gone(t *testing.T, pids string) {
	t.Helper()
	data, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range strings.Fields(string(data)) {
		pid, err := strconv.Atoi(word)
		if err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			if err != nil && syscall.Kill(pid, 0) != nil || bytes.Contains(state, []byte(") Z ")) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("process %d is still there", pid)
			}
		}
	}
}

// TestTheNewestWins: a sound ends what is heard, a text an older text, and a sound is heard out before a text.
func TestTheNewestWins(t *testing.T) {
	folder := t.TempDir()
	diary, gate := filepath.Join(folder, "diary"), filepath.Join(folder, "gate")
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	// The player waits at the gate before it has played; the speaker says what it was given.
	player := fake(t, "player", "n=$(basename \"$1\" .wav); echo begin $n >> "+diary+"; read go < "+gate+"; echo end $n >> "+diary)
	speaks := fake(t, "spd-say", "for t; do :; done; echo say $t >> "+diary)
	s, _ := open(t, Settings{Sounds: true, Speech: true, Players: []string{player}, Speakers: []string{speaks}, SoundWithin: 20 * time.Second})
	reads := func() string {
		data, _ := os.ReadFile(diary)
		return strings.ReplaceAll(strings.TrimSpace(string(data)), "\n", ", ")
	}
	until := func(want string) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); reads() != want; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("the diary reads %q, want %q", reads(), want)
			}
		}
	}
	s.Play(Attention)
	until("begin attention")
	s.Say("en", "never said")
	s.Play(Refused) // newer than both
	until("begin attention, begin refused")
	s.Say("en", "one")
	s.Say("en", "two") // newer than one
	if err := os.WriteFile(gate, []byte("go\n"), 0); err != nil {
		t.Fatal(err)
	}
	until("begin attention, begin refused, end refused, say two")
	s.Play(Approved)
	until("begin attention, begin refused, end refused, say two, begin approved")
	s.Say("en", "hushed")
	s.Hush()
	if err := os.WriteFile(gate, []byte("go\n"), 0); err != nil {
		t.Fatal(err)
	}
	wait(t, s)
	until("begin attention, begin refused, end refused, say two, begin approved, end approved")
	s.Play(Attention)
	until("begin attention, begin refused, end refused, say two, begin approved, end approved, begin attention")
	begun := time.Now()
	s.Close() // at once, in the middle of a sound
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("Close took %v", took)
	}
	if _, err := os.Stat(s.folder); !os.IsNotExist(err) {
		t.Errorf("the sounds' folder is left: %v", err)
	}
}

// TestOff: nothing is looked for and nothing done.
func TestOff(t *testing.T) {
	s, log := open(t, Settings{})
	s.Play(Approved)
	s.Say("en", "hello")
	s.Hush()
	wait(t, s)
	if state(s, Sounds).Phase != Off || state(s, Speech).Phase != Off || s.folder != "" || log.String() != "" {
		t.Errorf("states %+v, log %s", s.States(), log)
	}
}
