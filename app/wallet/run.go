package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"countersign/app/wallet/client"
	"countersign/app/wallet/client/session"
	"countersign/app/wallet/screens"
	"countersign/app/widgets"
	"countersign/devices/camera"
	"countersign/protocol"
)

// open runs the phone until its window is closed or the context ends.
func open(ctx context.Context, args []string, out, errOut io.Writer) (err error) {
	var s settings
	if err := s.parse("run", args, errOut, s.window); err != nil {
		return err
	}
	if err := s.checkWindow(); err != nil {
		return err
	}
	r := &running{phone: &phone{}, looking: make(chan bool, 1)}
	if s.announce {
		out = &lines{out: out}
		r.announced = out
	}
	r.told, r.tapped = r.changed, r.happened
	if err := s.openPhone(ctx, errOut, r.phone, append(s.screenFlags(), "--maintain")...); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	if s.radio != "" {
		r.front = newRadio(s.radio, r.trusted, r.log)
	}
	if r.eye, err = camera.Open(ctx, camera.Settings{Address: s.camera}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.eye.Close()) }()
	return r.window(ctx, s, out)
}

// running is the phone while its window is open.
type running struct {
	*phone
	cardSide
	eye     *camera.Camera
	looking chan bool // newest wish of the screen for previews

	mu    sync.Mutex
	held  *client.Phone // nil until the window is open
	state session.State
}

// window opens the window, and the phone behind it.
func (r *running) window(ctx context.Context, s settings, out io.Writer) error {
	look := widgets.Window{
		Width: s.width, Height: s.height,
		Appearance: widgets.Appearance{Light: s.light, HighContrast: s.highContrast, TextScale: float32(s.textScale)},
	}
	if s.announce {
		look.Announce = out
	}
	failed := make(chan error, 1)
	err := screens.Run(ctx, look, screens.Setup{Language: s.language, Now: time.Now}, r, func(h *screens.Handset) func() {
		stop, err := r.begin(ctx, h)
		if err != nil {
			failed <- err
			h.Quit()
		}
		return stop
	})
	select {
	case began := <-failed:
		return fmt.Errorf("start the phone: %w", began)
	default:
		return err
	}
}

// begin starts the phone behind the window. The returned function ends all of it
// and waits.
func (r *running) begin(ctx context.Context, h *screens.Handset) (stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	held, err := client.Open(ctx, client.Defaults(), client.Ports{
		Trusted: r.trusted, Codes: lens{r.eye}, Settlement: r.trusted, Log: r.log, Now: time.Now,
		Show: func(v client.View) {
			h.Show(v)
			r.wantPreviews(v.Stage == client.Looking || v.Stage == client.Showing || v.Stage == client.Waiting)
		},
	})
	if err != nil {
		cancel()
		return func() {}, err
	}
	r.mu.Lock()
	r.held = held
	held.SetTrusted(clientState(r.state)) // it may have ended meanwhile
	r.mu.Unlock()
	stopCard := r.cardSide.begin(ctx, h, r.trusted, r.log)
	var all sync.WaitGroup
	all.Go(func() { r.preview(ctx, h) })
	all.Go(func() { r.watchCamera(ctx) })
	return func() {
		cancel()
		stopCard()
		held.Close()
		all.Wait()
	}, nil
}

// wantPreviews leaves the newest wish for preview. Only the client calls it, one
// call at a time.
func (r *running) wantPreviews(wanted bool) {
	select {
	case <-r.looking:
	default:
	}
	r.looking <- wanted
}

// preview hands the camera's pictures to the screen while it wants them: they
// cost work.
func (r *running) preview(ctx context.Context, h *screens.Handset) {
	for ctx.Err() == nil {
		select {
		case wanted := <-r.looking:
			if wanted {
				r.showPictures(ctx, h)
			}
		case <-ctx.Done():
		}
	}
}

// showPictures returns when the screen wants no more.
func (r *running) showPictures(ctx context.Context, h *screens.Handset) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	pictures := r.eye.PreviewUntil(ctx)
	for {
		select {
		case wanted := <-r.looking:
			if !wanted {
				return
			}
		case p, open := <-pictures:
			if !open {
				return
			}
			h.ShowFrame(p.Image, p.Outline)
		}
	}
}

// watchCamera tells the phone whether its camera works.
func (r *running) watchCamera(ctx context.Context) {
	states := r.eye.States()
	for {
		select {
		case state, ok := <-states:
			if !ok {
				return
			}
			r.held.SetCamera(state.Phase == camera.PhaseOpen || state.Phase == camera.PhaseOpening)
		case <-ctx.Done():
			return
		}
	}
}

// changed tells the phone that its trusted application has ended or is back.
func (r *running) changed(_ context.Context, state session.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = state
	if r.held != nil {
		r.held.SetTrusted(clientState(state))
	}
}

func clientState(s session.State) client.TrustedState {
	switch s {
	case session.Restarting:
		return client.TrustedRestarting
	case session.Lost:
		return client.TrustedLost
	}
	return client.TrustedServing
}

// lines keeps the lines of several announcers whole.
type lines struct {
	mu  sync.Mutex
	out io.Writer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(line)
}

// The screen's intents.

func (r *running) Scan() error                { return r.held.Scan() }
func (r *running) Choose(account int) error   { return r.held.Choose(account) }
func (r *running) Confirm() error             { return r.held.Confirm() }
func (r *running) Back() error                { return r.held.Back() }
func (r *running) Dismiss() error             { return r.held.Dismiss() }
func (r *running) Show(h protocol.Hash) error { return r.held.Show(h) }
func (r *running) Ask() error                 { return r.held.Ask() }
