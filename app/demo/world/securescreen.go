package world

import (
	"context"
	"fmt"
	"sync"

	"countersign/app/demo/display"
)

// SecureTitle is the trusted screen's, a window of its own.
const SecureTitle = "Countersign secure screen"

// SecureScreen is a phone's trusted screen. It is hidden while nothing is asked, and a
// phone that was opened anew has another one.
type SecureScreen struct {
	Screen *display.Display
	// Found puts a window that was not seen before where it belongs, and says what it is.
	Found func(context.Context, *display.Window) (*Window, error)

	mu     sync.Mutex
	window *Window
}

// Wait returns the window once it is on the screen. It may be called by several goroutines.
func (s *SecureScreen) Wait(ctx context.Context) (*Window, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, err := s.Screen.Wait(ctx, display.Titled(SecureTitle))
	if err != nil {
		return nil, fmt.Errorf("the phone's trusted screen: %w", err)
	}
	if s.window != nil && s.window.Same(w) {
		return s.window, nil
	}
	found, err := s.Found(ctx, w)
	if err == nil {
		s.window = found
	}
	return found, err
}
