package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"countersign/app/terminal/welcome"
	"countersign/devices/camera"
	"countersign/devices/contactless"
	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/devices/imager"
	"countersign/devices/printer"
	"countersign/protocol/minutiae"
	"countersign/settlementclient/enrolment"
)

// This file is which devices the first run finds.

// lookFor is how long a device is waited for.
const lookFor = 5 * time.Second

// Devices looks at everything at once that the settings name.
func (n newcomer) Devices(ctx context.Context) []welcome.Device {
	ctx, stop := context.WithTimeout(ctx, lookFor)
	defer stop()
	checks := []struct {
		id, at string
		needed bool
		check  func(context.Context) error
	}{
		{"settlement", n.settlement, true, n.lookForSettlement}, {"camera", n.camera, false, n.lookForCamera},
		{"sensor", n.sensor, false, n.lookForSensor}, {"reader", n.reader, false, n.lookForReader},
		{"printer", n.printerAddress, false, n.lookForPrinter}, {"imager", n.imager, false, n.lookForImager},
	}
	list := make([]welcome.Device, 0, len(checks))
	var looking sync.WaitGroup
	for _, c := range checks {
		if c.at == "" {
			continue // there is to be none
		}
		list = append(list, welcome.Device{ID: c.id, Detail: c.at, Needed: c.needed}) // never grows: its elements stay where they are
		d := &list[len(list)-1]
		looking.Go(func() {
			if err := c.check(ctx); err != nil {
				n.log.WarnContext(ctx, "device not found", "device", d.ID, "error", err.Error())
				return
			}
			d.Good = true
		})
	}
	looking.Wait()
	return list
}

// lookForSettlement has the authority's word who settlement is.
func (n newcomer) lookForSettlement(ctx context.Context) error {
	credentials, err := enrolment.Load(n.over())
	if err == nil && credentials.Settlement == nil {
		credentials, err = enrolment.FetchSettlement(ctx, n.over(), credentials, enrolment.Options{AuthorityURL: n.authority, Log: n.log})
	}
	if err == nil && credentials.Settlement == nil {
		return errNoSettlement
	}
	return err
}

func (n newcomer) lookForCamera(ctx context.Context) (err error) {
	lens, err := camera.Open(ctx, camera.Settings{Address: n.camera})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lens.Close()) }()
	looking, stop := context.WithCancel(ctx)
	defer stop()
	for range lens.PreviewUntil(looking) {
		return nil
	}
	return errors.Join(camera.ErrMissing, lens.State().Err)
}

func (n newcomer) lookForSensor(ctx context.Context) (err error) {
	extractor := extraction.New()
	glass := fingerprint.NewReader(fingerprint.Settings{Port: n.sensor}, extractor, minutiae.Large)
	defer func() { err = errors.Join(err, glass.Close(), extractor.Close()) }()
	return glass.Open(ctx)
}

func (n newcomer) lookForReader(ctx context.Context) (err error) {
	pattern := n.reader
	if strings.EqualFold(pattern, anyReader) {
		pattern = ""
	}
	radio, err := contactless.Open(ctx, contactless.Options{Reader: pattern, Log: n.log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, radio.Close()) }()
	for s := radio.State(); s.Condition != contactless.Ready; {
		next, err := radio.Changed(ctx, s)
		if err != nil {
			return errors.Join(err, s.Err)
		}
		s = next
	}
	return nil
}

func (n newcomer) lookForPrinter(ctx context.Context) (err error) {
	paper, err := printer.Open(ctx, printer.Settings{Address: n.printerAddress, Log: n.log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, paper.Close()) }()
	for {
		select {
		case s := <-paper.States():
			if s.Phase == printer.PhaseReady || s.Phase == printer.PhaseAttention { // there is a word for that at the till
				return nil
			}
			if s.Phase == printer.PhaseMissing || s.Phase == printer.PhaseLost {
				return errors.Join(printer.ErrMissing, s.Err)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (n newcomer) lookForImager(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	opened := errors.New("it is open")
	hand := imager.New(imager.Settings{Port: n.imager, Changed: func(err error) {
		if err == nil {
			err = opened
		}
		stop(err)
	}})
	_ = hand.Run(ctx) // whose end the cause tells
	if cause := context.Cause(ctx); !errors.Is(cause, opened) {
		return cause
	}
	return nil
}
