package main

import (
	"context"
	"errors"
	"image"
	"path/filepath"

	"countersign/app/terminal/office"
	"countersign/devices/contactless"
	"countersign/devices/fingerprint"
	"countersign/devices/speaker"
)

// This file is the manager's page of devices, and where files can go.

// TestCamera shows what the camera sees, and codes that it finds, until ctx ends.
func (b backoffice) TestCamera(ctx context.Context, frame func(*image.RGBA, []image.Point)) error {
	if err := b.may(office.ToTestCamera); err != nil {
		return err
	}
	if word := cameraWord(b.lens.State()); word != "" {
		return office.ErrNotThere
	}
	for p := range b.lens.PreviewUntil(ctx) {
		frame(p.Image, p.Outline)
	}
	return nil
}

// TestFinger reads one finger, and says whether it was read at once, only after advice,
// or not. What it gave is dropped.
func (b backoffice) TestFinger(ctx context.Context, progress func(office.Finger)) error {
	if err := b.may(office.ToTestFinger); err != nil {
		return err
	}
	quality := office.Clear
	template, _, _, err := b.glass.Read(ctx, func(p fingerprint.Progress) {
		at := office.Finger{Touching: p.Stage == fingerprint.Reading}
		if p.Total > 0 {
			at.Fraction = min(float64(p.Received)/float64(p.Total), 1)
		}
		if p.Advice != "" {
			quality = office.Fair
		}
		progress(at)
	})
	clear(template)
	switch {
	case errors.Is(err, fingerprint.ErrTooPoor), errors.Is(err, fingerprint.ErrFinger):
		quality = office.Poor
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return errors.Join(office.ErrNotThere, err)
	}
	progress(office.Finger{Fraction: 1, Quality: quality})
	return nil
}

// TestReader waits for a card or phone, and does no more than find it.
func (b backoffice) TestReader(ctx context.Context) error {
	if err := b.may(office.ToTestReader); err != nil {
		return err
	}
	if b.radio == nil || b.radio.State().Condition != contactless.Ready {
		return office.ErrNotThere
	}
	card, err := b.radio.Wait(ctx)
	if err != nil {
		return err
	}
	return card.Close()
}

// TestSound plays one, and says the word for it where speech is on.
func (b backoffice) TestSound(context.Context) error {
	if err := b.may(office.ToTestSound); err != nil {
		return err
	}
	for _, s := range b.speaker.States() {
		if s.Part == speaker.Sounds && (s.Phase == speaker.Missing || s.Phase == speaker.Failed) {
			return office.ErrNotThere
		}
	}
	b.speaker.Play(speaker.Approved)
	return nil
}

// tests are what the page can try of each device.
var tests = map[string]office.Test{
	"camera": office.SeeCamera, "sensor": office.ReadFinger, "printer": office.PrintPage, "reader": office.ReadCard, "speaker": office.PlaySound,
}

// devices are those of the page, as the row of marks was last told.
func (t *terminal) devices() []office.Device {
	var list []office.Device
	for _, m := range t.board.list() {
		list = append(list, office.Device{ID: m.ID, Word: m.Word, Bad: m.Bad, Detail: m.detail, Since: m.since, Test: tests[m.ID]})
	}
	return list
}

// folders are where a file can go: a folder of the terminal's own, and what is plugged in.
func (t *terminal) folders() []office.Folder {
	return append([]office.Folder{{Name: "exports", Path: filepath.Join(t.Data, "exports")}}, plugged()...)
}
