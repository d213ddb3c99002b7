package widgets

import (
	"context"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.4/glfw"
)

const (
	// nap is how long the loop may wait for something to happen. It is also the longest
	// that Fyne's own calls wait: what programs show comes through [Drowser.Do], which
	// wakes the loop.
	nap = 250 * time.Millisecond
	// stretch is how long the loop turns after a nap, one or two of its turns (1/60 s
	// each): what an event or a function has changed is drawn in the first.
	stretch = 20 * time.Millisecond
)

// Drowser has Fyne's event loop wait for events instead of asking for them sixty times a
// second, which on a kiosk that stands idle is most of what the program does. What comes
// meanwhile is not kept waiting: events of the window system wake the loop, and so does
// Do. The zero value is ready; its methods may be called from any goroutine.
type Drowser struct {
	mu      sync.Mutex
	waiting int  // functions that were handed over and have not begun
	asleep  bool // while it is, GLFW has not ended
}

// Do is the [Do] of a program whose loop drowses.
func (d *Drowser) Do(f func()) {
	d.mu.Lock()
	d.waiting++
	d.mu.Unlock()
	fyne.Do(func() {
		d.mu.Lock()
		d.waiting--
		d.mu.Unlock()
		f()
	})
	d.wake()
}

// wake ends a nap.
func (d *Drowser) wake() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asleep {
		glfw.PostEmptyEvent()
	}
}

// Run lets the loop nap until the context ends. Call it once the loop runs; it returns
// also when the loop has ended.
func (d *Drowser) Run(ctx context.Context) {
	defer context.AfterFunc(ctx, d.wake)()
	turn := time.NewTimer(stretch)
	defer turn.Stop()
	for {
		select {
		case <-turn.C:
		case <-ctx.Done():
			return
		}
		napped := make(chan bool, 1)
		fyne.Do(func() { napped <- d.nap() })
		select {
		case loops := <-napped:
			if !loops {
				return
			}
		case <-ctx.Done(): // a loop that has ended forgets what was handed to it
			return
		}
		turn.Reset(stretch)
	}
}

// nap waits for an event. It says whether there is still a loop.
func (d *Drowser) nap() (loops bool) {
	d.mu.Lock()
	d.asleep = d.waiting == 0
	asleep := d.asleep
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		d.asleep = false
		d.mu.Unlock()
		if recover() != nil { // GLFW has ended: after the loop, functions are called where they are handed over
			loops = false
		}
	}()
	if asleep {
		glfw.WaitEventsTimeout(nap.Seconds())
	}
	return true
}
