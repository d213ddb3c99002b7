package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"countersign/app/wallet/client"
	"countersign/app/wallet/screens"
	"countersign/app/wallet/trusted"
	"countersign/app/widgets"
	"countersign/devices/camera"
	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/protocol"
	"countersign/protocol/minutiae"
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
	var sensor trusted.Sensor
	if s.sensor != "" {
		// Sixty minutiae reject fewer owners than forty; the code still has four pixels
		// a module.
		reader := fingerprint.NewReader(fingerprint.Settings{Port: s.sensor}, extraction.Libfprint{}, minutiae.Large)
		defer func() { err = errors.Join(err, reader.Close()) }()
		sensor = glass{reader}
	}
	p, err := s.openPhone(ctx, errOut, sensor)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	eye, err := camera.Open(ctx, camera.Settings{Address: s.camera})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, eye.Close()) }()
	running := &running{phone: p, eye: eye, looking: make(chan bool, 1)}
	return running.window(ctx, s, out)
}

// running is the phone while its window is open.
type running struct {
	*phone
	eye     *camera.Camera
	held    *client.Phone
	looking chan bool // newest wish of the screen for previews
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
	r.held, err = client.Open(ctx, client.Defaults(), client.Ports{
		Trusted: r.trusted, Codes: lens{r.eye}, Settlement: settlement{r.client}, Log: r.log, Now: time.Now,
		Show: func(v client.View) {
			h.Show(v)
			r.wantPreviews(v.Stage == client.Looking || v.Stage == client.Showing || v.Stage == client.Waiting)
		},
	})
	if err != nil {
		cancel()
		return func() {}, err
	}
	var all sync.WaitGroup
	all.Go(func() { _ = r.papers.Run(ctx) }) // ends with ctx, and logs its failures
	all.Go(func() { r.deposit(ctx) })
	all.Go(func() { r.preview(ctx, h) })
	all.Go(func() { r.watchCamera(ctx) })
	return func() {
		cancel()
		r.held.Close()
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

// deposit hands settlement the sealed template of a wallet that was enrolled by
// hash; without it no payment can be verified.
func (r *running) deposit(ctx context.Context) {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		err := deliverDeposit(ctx, r.over, r.client, r.log)
		if err == nil || ctx.Err() != nil {
			return
		}
		r.log.WarnContext(ctx, "sealed template not handed to settlement yet", "again_in", wait.String(), "error", err.Error())
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// The screen's intents.

func (r *running) Scan() error                { return r.held.Scan() }
func (r *running) Choose(account int) error   { return r.held.Choose(account) }
func (r *running) Confirm() error             { return r.held.Confirm() }
func (r *running) Back() error                { return r.held.Back() }
func (r *running) Dismiss() error             { return r.held.Dismiss() }
func (r *running) Show(h protocol.Hash) error { return r.held.Show(h) }
func (r *running) Ask() error                 { return r.held.Ask() }
