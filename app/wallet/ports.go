package main

import (
	"context"

	"countersign/devices/camera"
)

// lens reads codes with the phone's camera.
type lens struct{ *camera.Camera }

func (l lens) Scan(ctx context.Context, want func(text string) bool) (string, error) {
	code, err := l.Camera.Scan(ctx, want)
	return code.Text, err
}
