package imager

import (
	"context"
	"sync"
)

// waitingTexts is how many texts are kept for one who waits and has not looked yet.
const waitingTexts = 8

// Texts hands texts that are read on to whoever waits for one at that moment, and keeps
// none for anybody else. [Imager] is one, of what its line brings; an imager that types
// as a keyboard does is another, of what the window has told apart from keys. The zero
// value is of use; its methods are safe for concurrent use.
type Texts struct {
	mu      sync.Mutex
	waiting map[chan<- string]bool
}

// Offer hands a text to everybody who waits now, and says whether anybody does. It
// returns at once: whoever has not looked at the last eight misses it, and a person
// reads anew.
func (t *Texts) Offer(text string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for to := range t.waiting {
		select {
		case to <- text:
		default:
		}
	}
	return len(t.waiting) > 0
}

// Scan returns the first text for which want is true, of those that are offered while it
// waits; want is called on the caller's goroutine for each. It ends with the context's
// error.
func (t *Texts) Scan(ctx context.Context, want func(text string) bool) (string, error) {
	texts := make(chan string, waitingTexts)
	t.mu.Lock()
	if t.waiting == nil {
		t.waiting = map[chan<- string]bool{}
	}
	t.waiting[texts] = true
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.waiting, texts)
	}()
	for {
		select {
		case text := <-texts:
			if want(text) {
				return text, nil
			}
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}
