package camera

import (
	"context"
	"errors"
	"hash/maphash"
	"image"
	"io"
	"sync"
	"time"

	"gocv.io/x/gocv"
)

// Camera is an open camera, or one that is being waited for. Make one with Open.
type Camera struct {
	settings Settings
	kind     kind
	ctx      context.Context
	cancel   context.CancelFunc
	owned    sync.WaitGroup // the goroutines
	closing  sync.Once

	previews feed[Preview]
	states   feed[State]

	mu      sync.Mutex
	state   State
	lastNew time.Time     // when the last new picture came
	newest  *frame        // nil until the first
	arrived chan struct{} // closed and replaced with every newest
	scans   int           // calls of Scan under way
	outline [4]image.Point
	marked  uint64 // previews up to this number show it; zero: no code has been seen
}

// frame is one picture. It does not change once it is handed on.
type frame struct {
	gray  *image.Gray
	seq   uint64    // counts the pictures that were looked at, from 1
	taken time.Time // when it arrived, by the machine's clock
	at    time.Time // the same by Settings.Clock
}

// Open begins to watch a camera and returns at once; State tells whether it could be opened, and it is tried until
// ctx ends or Close. The only errors are those of settings that can never work (ErrAddress among them).
func Open(ctx context.Context, s Settings) (*Camera, error) {
	s, k, err := s.filled()
	if err != nil {
		return nil, err
	}
	c := &Camera{settings: s, kind: k, arrived: make(chan struct{})}
	c.ctx, c.cancel = context.WithCancel(ctx)
	c.state = State{Phase: PhaseOpening, Since: s.Clock()}
	c.owned.Add(2)
	go c.run()
	go c.guard()
	return c, nil
}

// Close ends everything that Open began and waits for it; Scan then fails with ErrClosed, and the channels of
// Preview and States are closed. It may be called more than once and always returns nil.
func (c *Camera) Close() error {
	c.cancel()
	c.owned.Wait()
	c.closing.Do(func() {
		c.previews.close()
		c.states.close()
	})
	return nil
}

// run opens the source, over and over.
func (c *Camera) run() {
	defer c.owned.Done()
	l := look{c: c, seed: maphash.MakeSeed(), colour: gocv.NewMat(), gray: gocv.NewMat(), small: gocv.NewMat(), mirrored: gocv.NewMat(), shown: gocv.NewMat()}
	defer l.close()
	wait := c.settings.Retry
	for c.ctx.Err() == nil {
		before := l.seq
		src, err := open(c.ctx, c.settings, c.kind)
		if err == nil {
			err = l.watch(src)
			src.close()
		}
		switch {
		case c.ctx.Err() != nil:
			return
		case c.kind == file && errors.Is(err, io.EOF): // a file begins again, at its own pace
			if pause(c.ctx, c.settings.FrameInterval) != nil {
				return
			}
			continue
		}
		c.failed(err)
		if l.seq != before {
			wait = c.settings.Retry // it has worked
		}
		if pause(c.ctx, wait) != nil {
			return
		}
		wait = min(2*wait, 16*c.settings.Retry)
	}
}

// look is the state of the goroutine that looks at pictures.
type look struct {
	c                      *Camera
	colour, gray           gocv.Mat
	small, mirrored, shown gocv.Mat // for the previews
	seq                    uint64
	seed                   maphash.Seed
	sum                    uint64 // of the last new picture; kept while a camera is opened again, so that a frozen one stays lost
}

func (l *look) close() {
	for _, m := range []*gocv.Mat{&l.colour, &l.gray, &l.small, &l.mirrored, &l.shown} {
		m.Close()
	}
}

// watch looks at a source's pictures until it ends.
func (l *look) watch(src source) error {
	c, s := l.c, l.c.settings
	var looked time.Time
	renewed := time.Now() // when there was last a new picture
	var trouble error     // with the last one
	for {
		if err := src.next(c.ctx); err != nil {
			return err
		}
		taken, at := time.Now(), s.Clock()
		if c.kind != file && taken.Sub(looked) < c.interval()*3/4 {
			continue
		}
		looked = taken
		trouble = src.picture(&l.colour)
		if trouble == nil {
			trouble = l.publish(taken, at)
		}
		if trouble == nil {
			renewed = taken
			continue
		}
		if taken.Sub(renewed) >= s.FreezeAfter {
			hint := "The camera sends damaged pictures: check its cable, or restart it."
			if errors.Is(trouble, ErrFrozen) {
				hint = "The camera sends the same picture over and over: unplug it and plug it in again; check that nothing covers it."
			}
			return lost(s, trouble, hint)
		}
	}
}

// interval between pictures that are worth looking at: long while nobody needs them, but short enough to notice
// a frozen picture in time.
func (c *Camera) interval() time.Duration {
	c.mu.Lock()
	idle := c.scans == 0
	c.mu.Unlock()
	if idle && !c.previews.watched() {
		return max(c.settings.FrameInterval, min(5*time.Second, c.settings.FreezeAfter/2))
	}
	return c.settings.FrameInterval
}

// publish hands a new picture on. One that equals the last bit for bit is not new, except from a file.
func (l *look) publish(taken, at time.Time) error {
	c := l.c
	if err := gocv.CvtColor(l.colour, &l.gray, gocv.ColorBGRToGray); err != nil {
		return err
	}
	pix := l.gray.ToBytes()
	sum := maphash.Bytes(l.seed, pix)
	if sum == l.sum && l.seq > 0 && c.kind != file {
		return ErrFrozen
	}
	l.sum = sum
	l.seq++
	w, h := l.gray.Cols(), l.gray.Rows()
	f := &frame{gray: &image.Gray{Pix: pix, Stride: w, Rect: image.Rect(0, 0, w, h)}, seq: l.seq, taken: taken, at: at}
	c.opened(taken)
	c.mu.Lock()
	c.newest = f
	close(c.arrived)
	c.arrived = make(chan struct{})
	c.mu.Unlock()
	if c.previews.watched() {
		return l.preview(f)
	}
	return nil
}
