package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/display"
	"countersign/app/demo/world"
)

// gallery saves a picture of each screen that the windows show, as
// NUMBER-PARTY-SCREEN.png in the order in which they came, and one more when a
// screen says what was wrong.
type gallery struct {
	out       string
	chronicle *chronicle.Chronicle
	windows   map[string]*world.Window

	mu      sync.Mutex // one walk through the chronicle at a time
	next    int
	number  int
	showing map[string]string // the screen that a party's last picture is of
	writing errgroup.Group
}

func newGallery(out string, c *chronicle.Chronicle, windows ...*world.Window) *gallery {
	g := &gallery{out: out, chronicle: c, windows: map[string]*world.Window{}, showing: map[string]string{}}
	for _, w := range windows {
		g.windows[w.Party] = w
	}
	return g
}

// add has a window that was opened later, or anew, in the gallery.
func (g *gallery) add(w *world.Window) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.windows[w.Party] = w
}

// run takes pictures until the context ends.
func (g *gallery) run(ctx context.Context) {
	for from := 0; ; {
		_, next, err := g.chronicle.Wait(ctx, from, func(e chronicle.Event) bool { return e.Screen != nil })
		if err != nil {
			return
		}
		from = next
		g.catchUp(ctx)
	}
}

// catchUp takes the pictures that are due.
func (g *gallery) catchUp(ctx context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for end := g.chronicle.Len(); g.next < end; g.next++ {
		e, found := g.chronicle.Find(g.next, g.next+1, func(e chronicle.Event) bool { return e.Screen != nil })
		if !found || g.windows[e.Party] == nil {
			continue
		}
		name := titled(e.Screen)
		if now := g.chronicle.Now(e.Party); g.showing[e.Party] == name || now == nil || titled(now) != name {
			continue // nothing new, or too late: it shows another screen
		}
		picture, err := g.windows[e.Party].Grab(ctx)
		if err != nil {
			continue // it was closed
		}
		g.showing[e.Party] = name
		g.number++
		file := filepath.Join(g.out, fmt.Sprintf("%02d-%s-%s.png", g.number, e.Party, name))
		g.writing.Go(func() error { return display.WritePNG(file, picture) })
	}
}

// titled is what a screen's picture is called.
func titled(s *chronicle.Screen) string {
	if notice := s.Notice(); notice != "" {
		return s.Name + "-" + strings.ReplaceAll(notice, ".", "-")
	}
	return s.Name
}

// close waits until all pictures are written. Nothing may run any more.
func (g *gallery) close() error {
	if err := g.writing.Wait(); err != nil {
		return fmt.Errorf("save pictures: %w", err)
	}
	return nil
}

// clearOut makes the directory for pictures and logs, and takes the last time's
// away.
func clearOut(out string) error {
	if err := os.MkdirAll(filepath.Join(out, "logs"), 0o755); err != nil {
		return fmt.Errorf("make room for pictures: %w", err)
	}
	var errs []error
	for _, pattern := range []string{"[0-9][0-9]-*-*.png", "logs/*.log"} {
		old, err := filepath.Glob(filepath.Join(out, pattern))
		errs = append(errs, err)
		for _, name := range old {
			errs = append(errs, os.Remove(name))
		}
	}
	return errors.Join(errs...)
}
