package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"countersign/app/demo/air"
	"countersign/app/demo/chronicle"
	"countersign/app/demo/display"
	"countersign/app/demo/relay"
	"countersign/app/demo/scene"
	"countersign/app/demo/shop"
	"countersign/app/demo/world"
	"countersign/devices/contactless/virtualreader"
)

// This file is the demonstration's part for taps: reader, radio, trusted screen, and
// what a cheat does to a phone.

// ownerPIN is what the phone's owner keys on its trusted screen.
const ownerPIN = "481593"

// nothingAsked is the trusted screen's name while it is hidden.
const nothingAsked = "trusted-hidden"

// openRadio starts a private PC/SC daemon with a reader for the terminal, and the air
// between it and the phone. Where the daemon is not installed there is no tap.
func (t *theatre) openRadio(ctx context.Context, s *settings, o *shop.Options) error {
	dir, err := os.MkdirTemp("", "countersign-reader-")
	if err != nil {
		return fmt.Errorf("open a reader: %w", err)
	}
	t.later(func() error { return os.RemoveAll(dir) })
	daemon, err := virtualreader.Start(ctx, virtualreader.Options{Dir: dir})
	switch {
	case errors.Is(err, virtualreader.ErrMissing) && !s.taps():
		t.teller.note(noTap[s.language])
		return nil
	case err != nil:
		return err
	}
	t.later(daemon.Close)
	t.stage.Field = daemon.Address(0)
	if t.stage.Air, err = air.Open(t.stage.Field); err != nil {
		return err
	}
	t.later(t.stage.Air.Close)
	o.Radio, o.ReaderEnv, o.Load = t.stage.Air.Address(), daemon.Env(), scene.Load
	return nil
}

// noTap says that this machine has no virtual reader.
var noTap = map[string]string{
	"en": "no tap: pcscd and vsmartcard-vpcd are not installed (packaging/setup.sh demo)",
	"zh": "不能碰一碰：未安装 pcscd 和 vsmartcard-vpcd（packaging/setup.sh demo）",
}

// openPhoneLink puts a network between phone and settlement.
func (t *theatre) openPhoneLink(settlement string) (string, error) {
	link, err := relay.Open(settlement)
	if err != nil {
		return "", err
	}
	t.stage.PhoneLink = link
	t.later(link.Close)
	return link.Address(), nil
}

// placeSecure puts the phone's trusted screen over the phone.
func (t *theatre) placeSecure(ctx context.Context, w *display.Window) (*world.Window, error) {
	ctx, stop := context.WithTimeout(ctx, placing)
	defer stop()
	_ = w.Place(ctx, phoneAt) // it can be read wherever it is
	_ = w.Raise(ctx)
	window := t.window(chronicle.Trusted(shop.Wallet), w)
	t.gallery.add(window)
	return window, nil
}

// attendSecure puts the trusted screen over the phone whenever it is shown, until ctx ends.
func (t *theatre) attendSecure(ctx context.Context, screen *world.SecureScreen) {
	party := chronicle.Trusted(shop.Wallet)
	shown := func(e chronicle.Event) bool {
		return e.Party == party && e.Screen != nil && e.Screen.Name != nothingAsked
	}
	for from := 0; ; {
		_, next, err := t.stage.Chronicle.Wait(ctx, from, shown)
		if err != nil {
			return
		}
		from = next
		// A person sees it wherever it is; one that has been answered is not waited for.
		shown, stop := context.WithTimeout(ctx, placing)
		_, _ = screen.Wait(shown)
		stop()
	}
}

// books are settlement's, and what a cheat does to the phone.
type books struct{ *theatre }

// Balance is what the owner's account holds.
func (b books) Balance(ctx context.Context) (int64, error) { return b.shop.Balance(ctx) }

// Card is how the owner's virtual card stands.
func (b books) Card(ctx context.Context) (c scene.CardBook, err error) {
	line, err := b.shop.CardBook(ctx)
	if err == nil {
		err = json.Unmarshal([]byte(line), &c)
	}
	return c, err
}

// Copy keeps a copy of the phone.
func (b books) Copy(ctx context.Context) error { return b.reopenPhone(ctx, b.shop.CopyPhone) }

// PutBack puts the copy in the phone's place.
func (b books) PutBack(ctx context.Context) error { return b.reopenPhone(ctx, b.shop.PutBackPhone) }

// reopenPhone does something to the phone that closes and opens it.
func (b books) reopenPhone(ctx context.Context, do func(context.Context) (from int, err error)) (err error) {
	b.stage.Phone, err = b.reopened(ctx, shop.Wallet, phoneAt, chronicle.WithControl(shop.Wallet, "card", "ready"), do)
	return err
}
