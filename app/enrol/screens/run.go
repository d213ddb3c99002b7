package screens

import (
	"context"
	"fmt"

	"countersign/app/widgets"
)

// Run opens the desk's window and returns when it was closed or the context has
// ended. It must be called from the program's main goroutine. ready is called once
// with the counter, when it can be shown things; what it returns is called after
// the window has gone. language is the one to begin with, "en" or "zh"; officer
// who is at the desk, if that is known.
func Run(ctx context.Context, w widgets.Window, language, officer string, intents Intents, ready func(*Counter) (stop func())) error {
	w.ID, w.Title = "countersign.enrol", "Countersign enrolment desk"
	return widgets.Run(ctx, w, func(stage *widgets.Stage) (*Counter, error) {
		counter, err := newCounter(stage, language, officer, intents)
		if err != nil {
			return nil, fmt.Errorf("language %q: %w", language, err)
		}
		return counter, nil
	}, ready)
}
