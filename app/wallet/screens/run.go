package screens

import (
	"context"
	"fmt"
	"time"

	"countersign/app/widgets"
)

// Setup is what a phone shows besides its payments.
type Setup struct {
	// Language is the one to begin with: "en" or "zh".
	Language string
	// Now is the phone's clock.
	Now func() time.Time
}

// Run opens the phone's window and returns when it was closed or the context has
// ended. It must be called from the program's main goroutine. ready is called
// once with the handset, when it can be shown things; what it returns is called
// after the window has gone. At 512 by 920 a payment code has five pixels a
// module up to version 19, and four at version 21, the largest.
func Run(ctx context.Context, w widgets.Window, setup Setup, intents Intents, ready func(*Handset) (stop func())) error {
	w.ID, w.Title = "countersign.wallet", "Countersign wallet"
	return widgets.Run(ctx, w, func(stage *widgets.Stage) (*Handset, error) {
		handset, err := newHandset(stage, setup.Language, setup.Now, intents)
		if err != nil {
			return nil, fmt.Errorf("language %q: %w", setup.Language, err)
		}
		return handset, nil
	}, ready)
}
