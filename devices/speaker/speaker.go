package speaker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Settings say what is to be heard and by which programs.
type Settings struct {
	Sounds bool // whether sounds are heard
	Speech bool // whether texts are spoken
	// Players are the programs that sounds are tried with, in this order; none means the system's. A name is looked for in PATH.
	Players []string
	// Speakers are the programs that speak, in this order; none means the system's.
	Speakers []string
	// SoundWithin and SpeechWithin end a program that takes longer; 0 means 3 s and 30 s.
	SoundWithin, SpeechWithin time.Duration
	Log                       *slog.Logger // nil for none
}

// Speaker plays and speaks on a goroutine of its own. Its methods may be called from any goroutine and return at once, but for Wait
// and Close.
type Speaker struct {
	settings Settings
	log      *slog.Logger
	folder   string // of the sounds' files
	players  []program
	voices   []program
	wake     chan struct{}
	changed  chan struct{}
	stop     context.CancelFunc
	done     chan struct{}

	mu      sync.Mutex
	waiting []job              // at most a sound and a text behind it
	current job                // what is heard, if cancel is not nil
	cancel  context.CancelFunc // ends what is heard
	idle    chan struct{}      // closed while nothing waits or is heard
	states  []State
	told    map[State]bool
}

// job is a sound or a text.
type job struct {
	sound          Sound // 0: a text
	language, text string
}

// Open looks for the programs and starts. It never fails: what is missing is told by [Speaker.States]. It ends with ctx or by Close,
// which must be called in either case.
func Open(ctx context.Context, settings Settings) *Speaker {
	ctx, stop := context.WithCancel(ctx)
	s := &Speaker{settings: settings, log: settings.Log, wake: make(chan struct{}, 1), changed: make(chan struct{}, 1), stop: stop,
		done: make(chan struct{}), idle: make(chan struct{}), told: map[State]bool{}}
	close(s.idle)
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.settings.SoundWithin <= 0 {
		s.settings.SoundWithin = 3 * time.Second
	}
	if s.settings.SpeechWithin <= 0 {
		s.settings.SpeechWithin = 30 * time.Second
	}
	s.find()
	go s.run(ctx)
	return s
}

// find looks for programs and lays the sounds' files down.
func (s *Speaker) find() {
	if !s.settings.Sounds && !s.settings.Speech {
		s.note(State{Part: Sounds, Phase: Off})
		s.note(State{Part: Speech, Phase: Off})
		return
	}
	folder, err := os.MkdirTemp("", "countersign-sounds-")
	for _, sound := range []Sound{Approved, Refused, Attention} {
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, sound.String()+".wav"), sound.WAV(), 0o600)
		}
	}
	s.folder = folder
	s.players = players(s.settings.Players)
	s.voices = voices(s.settings.Speakers)
	show := func(part Part, on bool, programs []program, advice string) {
		switch {
		case !on:
			s.note(State{Part: part, Phase: Off})
		case err != nil:
			s.note(State{Part: part, Phase: Failed, Trouble: err.Error()})
		case len(programs) == 0:
			s.note(State{Part: part, Phase: Missing, Trouble: advice})
		default:
			s.note(State{Part: part, Phase: Ready, Program: programs[0].name})
		}
	}
	show(Sounds, s.settings.Sounds, s.players, soundAdvice)
	show(Speech, s.settings.Speech, s.voices, speechAdvice)
}

// Play has a sound heard at once, instead of anything else.
func (s *Speaker) Play(sound Sound) {
	if !s.settings.Sounds || sound.Long() == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = []job{{sound: sound}}
	s.interrupt(true)
}

// Say has a text spoken in a language ("en", "zh", "de") instead of any older text; a sound that is heard ends first.
func (s *Speaker) Say(language, text string) {
	if !s.settings.Speech || text == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.waiting[:0]
	for _, j := range s.waiting {
		if j.sound != 0 {
			kept = append(kept, j)
		}
	}
	s.waiting = append(kept, job{language: language, text: text})
	s.interrupt(s.current.sound == 0)
}

// Hush ends what is spoken and forgets what was to be; sounds go on.
func (s *Speaker) Hush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.waiting[:0]
	for _, j := range s.waiting {
		if j.sound != 0 {
			kept = append(kept, j)
		}
	}
	s.waiting = kept
	if s.cancel != nil && s.current.sound == 0 {
		s.cancel()
	}
}

// interrupt ends what is heard, if it is to be ended, and wakes the goroutine. The caller holds the lock.
func (s *Speaker) interrupt(end bool) {
	if end && s.cancel != nil {
		s.cancel()
	}
	select {
	case <-s.idle:
		s.idle = make(chan struct{})
	default:
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Wait returns when nothing is heard and nothing waits, or with ctx's error.
func (s *Speaker) Wait(ctx context.Context) error {
	for {
		s.mu.Lock()
		idle := s.idle
		s.mu.Unlock()
		select {
		case <-idle:
			return nil
		case <-s.done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Close ends what is heard and waits until its program has ended.
func (s *Speaker) Close() {
	s.stop()
	<-s.done
}

func (s *Speaker) run(ctx context.Context) {
	defer close(s.done)
	defer func() {
		if s.folder != "" {
			_ = os.RemoveAll(s.folder) // in the system's folder for such files
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		}
		for {
			j, heard, end := s.next(ctx)
			if j == nil {
				break
			}
			s.perform(heard, *j)
			end()
		}
	}
}

// next takes what is to be heard next, or says that there is nothing.
func (s *Speaker) next(ctx context.Context) (*job, context.Context, context.CancelFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancel, s.current = nil, job{}
	if len(s.waiting) == 0 || ctx.Err() != nil {
		select {
		case <-s.idle:
		default:
			close(s.idle)
		}
		return nil, nil, nil
	}
	j := s.waiting[0]
	s.waiting = s.waiting[1:]
	heard, end := context.WithCancel(ctx)
	s.current, s.cancel = j, end
	return &j, heard, end
}

// perform has one sound or text heard, by the first program that can.
func (s *Speaker) perform(ctx context.Context, j job) {
	part, programs, within := Sounds, s.players, s.settings.SoundWithin
	if j.sound == 0 {
		part, programs, within = Speech, s.voices, s.settings.SpeechWithin
	}
	var failed State
	for i, p := range programs {
		limited, cancel := context.WithTimeout(ctx, within)
		var err error
		if j.sound != 0 {
			err = p.run(limited, request{file: filepath.Join(s.folder, j.sound.String()+".wav"), long: j.sound.Long()})
		} else {
			err = s.speak(limited, p, j)
		}
		hung := errors.Is(limited.Err(), context.DeadlineExceeded)
		cancel()
		switch {
		case ctx.Err() != nil: // something newer, or the end
			return
		case hung: // it is too late for this one; the next is tried with another program first
			copy(programs[i:], programs[i+1:])
			programs[len(programs)-1] = p
			s.note(State{Part: part, Phase: Failed, Program: p.name, Trouble: fmt.Sprintf("did not end within %v", within)})
			return
		}
		if err == nil {
			if i > 0 { // it is tried first from now on
				programs[0], programs[i] = programs[i], programs[0]
			}
			s.note(State{Part: part, Phase: Ready, Program: p.name})
			return
		}
		failed = State{Part: part, Phase: Failed, Program: p.name, Trouble: err.Error()}
	}
	if len(programs) > 0 {
		s.note(failed)
	}
}

// speak speaks a text by one program.
func (s *Speaker) speak(ctx context.Context, p program, j job) error {
	file := filepath.Join(s.folder, "speech.wav")
	if err := p.run(ctx, request{language: j.language, text: j.text, file: file}); err != nil || !p.writes {
		return err
	}
	defer os.Remove(file)
	long, err := wavLong(file)
	if err != nil {
		return fmt.Errorf("the speech that was written: %w", err)
	}
	err = errors.New("nothing plays it")
	for _, player := range s.players {
		if err = player.run(ctx, request{file: file, long: long}); err == nil || ctx.Err() != nil {
			return err
		}
		err = fmt.Errorf("%s: %w", player.name, err)
	}
	return err
}
