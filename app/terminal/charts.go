package main

import (
	"context"
	"image"

	"countersign/app/terminal/charting"
	"countersign/app/terminal/office"
)

// chart draws what the manager's page asks for, from the log's index.
func (t *terminal) chart(ctx context.Context, ask office.ChartAsk) (image.Image, error) {
	return charting.Draw(ctx, t.logbook, t.currency, ask)
}
