package main

import (
	"context"
	"io"
	"sync"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/narration"
)

// teller tells the steps as the chronicle brings them. Its methods may be called
// by any goroutine.
type teller struct {
	chronicle *chronicle.Chronicle

	mu       sync.Mutex
	narrator *narration.Narrator
	next     int
}

func newTeller(out io.Writer, language string, c *chronicle.Chronicle) *teller {
	return &teller{chronicle: c, narrator: narration.New(out, language)}
}

func (t *teller) run(ctx context.Context) {
	for from := 0; ; {
		_, next, err := t.chronicle.Wait(ctx, from, func(e chronicle.Event) bool { return e.Entry != nil })
		if err != nil {
			return
		}
		from = next
		t.catchUp()
	}
}

// catchUp tells what has come and was not told.
func (t *teller) catchUp() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for end := t.chronicle.Len(); t.next < end; t.next++ {
		if e, found := t.chronicle.Find(t.next, t.next+1, func(chronicle.Event) bool { return true }); found {
			t.narrator.Hear(e)
		}
	}
}

// enrolled tells step 1.
func (t *teller) enrolled() {
	t.catchUp()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.narrator.Enrolled()
}

// note tells what is done, after what has happened before it.
func (t *teller) note(text string) {
	t.catchUp()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.narrator.Note(text)
}

func (t *teller) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.narrator.End()
}
