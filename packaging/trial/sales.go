package main

import (
	"context"
	"fmt"

	"countersign/app/demo/scene"
)

// saleByScan plays one whole sale by QR code and finger (CN103985036A).
func (t *town) saleByScan(ctx context.Context) (figures string, err error) {
	taken := make(chan error, 1)
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go func() { taken <- t.pictured(watching, "present", "sale-code") }()
	ending, err := t.play(ctx, scene.Sale())
	stop()
	if e := <-taken; err == nil && e != nil {
		return "", e
	}
	if err != nil {
		return "", err
	}
	return ending, t.picture(ctx, "approved")
}

// pictured keeps a picture of a screen of the terminal as soon as it has a code.
func (t *town) pictured(ctx context.Context, screen, name string) error {
	if _, err := t.shown(ctx, "code", screen); err != nil {
		return err
	}
	return t.picture(ctx, name)
}

// saleByTap plays one whole sale by tap (CN103942678A).
func (t *town) saleByTap(ctx context.Context) (figures string, err error) {
	return t.play(ctx, scene.Tap())
}

// play plays a scene that must be paid, and has settlement prove its ledger.
func (t *town) play(ctx context.Context, s scene.Scene) (string, error) {
	ending, err := s.Play(ctx, &t.stage)
	if err != nil {
		return "", err
	}
	if ending.How != scene.Approved {
		return "", fmt.Errorf("%s", ending)
	}
	if _, err := t.settlement.do(ctx, "proof", t.settlement.at()); err != nil {
		return "", err
	}
	return ending.String(), nil
}
