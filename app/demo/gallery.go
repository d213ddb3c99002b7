package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"sync"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/display"
	"countersign/app/demo/world"
)

// gallery saves a picture of each screen that the windows show, as
// NUMBER-PARTY-SCREEN.png in the order in which they came.
type gallery struct {
	out       string
	chronicle *chronicle.Chronicle
	windows   map[string]*world.Window

	mu      sync.Mutex // one walk through the chronicle at a time
	next    int
	number  int
	showing map[string]string // the screen that a party's last picture is of
	writing sync.WaitGroup
}

func newGallery(out string, c *chronicle.Chronicle, windows ...*world.Window) *gallery {
	g := &gallery{out: out, chronicle: c, windows: map[string]*world.Window{}, showing: map[string]string{}}
	for _, w := range windows {
		g.windows[w.Party] = w
	}
	return g
}

// run takes pictures until the context ends, and waits until they are written.
func (g *gallery) run(ctx context.Context) {
	defer g.writing.Wait()
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
		if !found || g.windows[e.Party] == nil || g.showing[e.Party] == e.Screen.Name {
			continue
		}
		if now := g.chronicle.Now(e.Party); now == nil || now.Name != e.Screen.Name {
			continue // too late: it shows another screen
		}
		picture, err := g.windows[e.Party].Grab(ctx)
		if err != nil {
			continue // it was closed
		}
		g.showing[e.Party] = e.Screen.Name
		g.number++
		file := filepath.Join(g.out, fmt.Sprintf("%02d-%s-%s.png", g.number, e.Party, e.Screen.Name))
		g.writing.Go(func() { write(file, picture) })
	}
}

// write writes one picture. One that cannot be written is missing, and says so by
// that.
func write(file string, picture image.Image) {
	_ = display.WritePNG(file, picture)
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
