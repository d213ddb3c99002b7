package screens

import (
	"context"

	"countersign/app/widgets"
)

// Run opens the kiosk's window and returns when it was closed or the context has
// ended. It must be called from the program's main goroutine. ready is called
// once, before the first frame, with the kiosk; what it returns is called after
// the window has gone.
func Run(ctx context.Context, w widgets.Window, setup Setup, intents Intents, ready func(*Kiosk) (stop func())) error {
	w.ID, w.Title = "countersign.terminal", "Countersign terminal"
	return widgets.Run(ctx, w, func(stage *widgets.Stage) (*Kiosk, error) { return newKiosk(stage, setup, intents) }, ready)
}

// Do changes what other windows of the program show, on the goroutine that owns them all;
// see [widgets.Do].
func (k *Kiosk) Do(f func()) { k.stage.Do(f) }
