package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/confinement"
	"countersign/app/wallet/tee/internalapi"
	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/cardservice"
	"countersign/app/wallet/trusted/commands"
	"countersign/app/wallet/trusted/screens"
	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/protocol/minutiae"
)

// serve answers the client's commands until it finishes or is gone.
func serve(ctx context.Context, args []string) (err error) {
	s, err := parse(args)
	if err != nil {
		return err
	}
	if s.Data != "" {
		if err := s.MakeData(); err != nil {
			return err
		}
	}
	log, closeLog, err := s.OpenLog(os.Stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	if s.screen != "" {
		if err := s.prepareScreen(); err != nil {
			return err
		}
	}
	// Here the program starts anew, within what it may reach: directories and log
	// are there by now.
	if err := confinement.Enter(s.profile()); err != nil {
		return err
	}
	environment, err := internalapi.Attach(ctx)
	if err != nil {
		return err
	}
	if s.screen == "" {
		return answer(ctx, s, log, environment, nil)
	}
	look := s.look()
	look.Now = time.Now
	if s.announce {
		look.Announce = announcements{environment}
	}
	var served error
	err = screens.Run(ctx, look, func(ctx context.Context, screen *screens.Screen) {
		served = answer(ctx, s, log, environment, screen)
	})
	return errors.Join(err, served)
}

// answer opens what the trusted application needs, has the rest taken away, and
// answers commands. What cannot be opened is told to whoever asks: the client is
// the one that can tell a person.
func answer(ctx context.Context, s *settings, log *slog.Logger, environment *internalapi.Environment, screen *screens.Screen) (err error) {
	application := &application{environment: environment}
	desk := &desk{Cards: withoutCard{}, screen: screen != nil}
	var sensor trusted.Sensor
	if s.sensor != "" {
		// Sixty minutiae reject fewer owners than forty; the code still has four pixels
		// a module. The extractor is the one that wipes all that it held: a process of
		// its own for the other's copies is what is taken away from this one.
		reader := fingerprint.NewReader(fingerprint.Settings{Port: s.sensor}, extraction.Ridges{}, minutiae.Large)
		defer func() { err = errors.Join(err, reader.Close()) }()
		sensor = glass{reader}
	}
	var prompter trusted.Prompter
	if screen != nil {
		prompter = screen
	}
	desk.files, application.failed = readPINFiles(s)
	if application.failed == nil {
		desk.phone, application.failed = openPhone(ctx, s, log, environment.Dial, prompter, sensor)
	}
	if application.failed != nil {
		return ended(environment.Serve(ctx, application))
	}
	defer func() { err = errors.Join(err, desk.close()) }()
	var card *cardservice.Service
	if s.Data != "" {
		card = newCards(desk.phone)
		desk.Cards = card
		defer func() { err = errors.Join(err, card.Close()) }()
	}
	report, err := confinement.Seal(s.profile())
	if err != nil {
		return err
	}
	log.InfoContext(ctx, "trusted application confined", "applied", report.Applied, "missing", report.Missing)
	desk.confined = report
	application.services = desk
	ctx, stop := context.WithCancel(ctx)
	var beside sync.WaitGroup
	defer beside.Wait()
	defer stop()
	if s.maintain {
		beside.Go(func() { desk.maintain(ctx) })
	}
	if card != nil {
		beside.Go(func() { card.Tell(ctx, environment.Emit) })
		if s.maintain {
			beside.Go(func() { keepCard(ctx, desk.phone, card) })
		}
	}
	return ended(environment.Serve(ctx, application))
}

// ended says how serving ended: that the client is gone is no failure of ours.
func ended(err error) error {
	if errors.Is(err, tee.ErrGone) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// application is the entry points (internal API).
type application struct {
	environment *internalapi.Environment
	services    commands.Services
	failed      error // why there are none

	mu       sync.Mutex
	sessions map[uint32]*commands.Dispatcher
}

// OpenSession admits every session: whoever started this process is its client.
func (a *application) OpenSession(_ context.Context, session uint32, _ []byte) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sessions == nil {
		a.sessions = map[uint32]*commands.Dispatcher{}
	}
	a.sessions[session] = commands.NewDispatcher(a.services, a.environment.Emit)
	return nil, nil
}

// InvokeCommand carries out a command; what went wrong is in the reply.
func (a *application) InvokeCommand(ctx context.Context, session, command uint32, in []byte) ([]byte, error) {
	if a.failed != nil {
		return commands.Failed(a.failed), nil
	}
	a.mu.Lock()
	dispatcher := a.sessions[session]
	a.mu.Unlock()
	if dispatcher == nil {
		return nil, tee.Errorf(tee.CodeItemNotFound, "no session %d", session)
	}
	return dispatcher.Invoke(ctx, command, in), nil
}

// CloseSession ends a session.
func (a *application) CloseSession(session uint32) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.sessions, session)
}

// announcements sends the trusted screen's announcements to the client.
type announcements struct{ environment *internalapi.Environment }

func (a announcements) Write(line []byte) (int, error) {
	event, err := commands.ScreenEvent(string(line))
	if err != nil {
		return 0, err
	}
	// The call is short: the client takes events as they come, or is gone.
	return len(line), a.environment.Emit(context.Background(), commands.EventScreen, event)
}
