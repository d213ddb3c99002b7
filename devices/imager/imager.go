// Package imager reads codes with a hand-held imager on a serial line (RS-232, or
// USB as a CDC device, which is what such an imager is after its "USB serial" setting
// code): a second reader of payment codes beside the camera (支付设备二维码组件 22,
// step 9 of CN103985036A), and between sales what reads the bars on goods. An imager set
// up as a keyboard needs no driver: what it types is told apart from keys by the
// cashier's window, and handed on by [Texts].
//
// # Guarantees
//
//  1. A text is delivered once, whole, in the order of reading, and only to whoever
//     waits for it at that moment: what was read while nobody waited is kept for
//     nobody, so that a code read for the sale before does not pay the next. It is
//     told to Settings.Unclaimed, for it may be the bars on goods.
//  2. What comes is bounded: at most MaxText bytes a text; longer ones, and texts with
//     bytes that no code of ours has, are dropped whole and counted.
//  3. A text ends at CR, LF, NUL, ETX or EOT, or when the line has been quiet for
//     Quiet: imagers leave the factory with one, another or no suffix. STX before it
//     and an AIM symbology identifier ("]Q1", ISO/IEC 15424) are taken off.
//  4. An imager that is missing or was pulled out is told, and opened again with
//     pauses until Run's context ends.
//
// # Limits
//
// The imager decides what it reads and when; it is not switched off between sales. A
// text is not believed: the terminal checks it as it checks what its camera sees.
package imager

import (
	"context"
	"errors"
	"sync"
	"time"

	"countersign/devices/serialline"
)

// MaxText is the longest text that is delivered, in bytes: what a QR code holds at
// most (ISO/IEC 18004, version 40-L, alphanumeric).
const MaxText = 4296

// Settings say where the imager is.
type Settings struct {
	// Port is the serial port: /dev/ttyACM0, COM5.
	Port string
	// Baud is the line's speed, 0 for 115200; USB ignores it.
	Baud int
	// Quiet is the pause that ends a text without a suffix; 0 for 150 ms.
	Quiet time.Duration
	// Changed is told of each change: nil once the imager is open, the error (from
	// package serialline, with a hint) when it is missing or gone. Optional; it must
	// return at once.
	Changed func(error)
	// Unclaimed is told of each text that nobody waited for as it was read. Optional; it
	// must return at once.
	Unclaimed func(text string)
}

// The pauses between two tries to open the port.
const firstPause, longestPause = 500 * time.Millisecond, 8 * time.Second

// Imager is a hand-held imager. Its methods are safe for concurrent use.
type Imager struct {
	settings Settings
	texts    Texts

	mu      sync.Mutex
	dropped uint64
}

// New makes an imager of which Run reads.
func New(settings Settings) *Imager {
	if settings.Baud == 0 {
		settings.Baud = 115200
	}
	if settings.Quiet == 0 {
		settings.Quiet = 150 * time.Millisecond
	}
	if settings.Changed == nil {
		settings.Changed = func(error) {}
	}
	if settings.Unclaimed == nil {
		settings.Unclaimed = func(string) {}
	}
	return &Imager{settings: settings}
}

// Run reads until ctx ends, whose error it returns. One Run at a time.
func (i *Imager) Run(ctx context.Context) error {
	pause, told := firstPause, false
	for {
		line, err := serialline.Open(ctx, serialline.Settings{Port: i.settings.Port, Baud: i.settings.Baud})
		if err == nil {
			i.settings.Changed(nil)
			pause, told = firstPause, false
			err = i.read(ctx, line)
			line.Close()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !told { // once for each time that it goes
			i.settings.Changed(err)
			told = true
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
		pause = min(2*pause, longestPause)
	}
}

// read delivers what comes over an open line, until that fails.
func (i *Imager) read(ctx context.Context, line *serialline.Line) error {
	var f framer
	buffer := make([]byte, 512)
	for {
		reading, cancel := ctx, context.CancelFunc(func() {})
		if f.begun() {
			reading, cancel = context.WithTimeout(ctx, i.settings.Quiet)
		}
		n, err := line.Read(reading, buffer)
		quiet := err != nil && errors.Is(reading.Err(), context.DeadlineExceeded) && ctx.Err() == nil
		cancel()
		texts := f.take(buffer[:n])
		if quiet {
			if text, ok := f.end(); ok {
				texts = append(texts, text)
			}
		}
		i.count(f.bad) // before whoever gets the texts behind them can ask
		f.bad = 0
		for _, text := range texts {
			i.deliver(text)
		}
		if err != nil && !quiet {
			return err
		}
	}
}

// deliver hands a text to everybody who waits now, or tells it.
func (i *Imager) deliver(text string) {
	if !i.texts.Offer(text) {
		i.settings.Unclaimed(text)
	}
}

func (i *Imager) count(bad uint64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.dropped += bad
}

// Dropped counts the texts that were too long or had other bytes than codes have.
func (i *Imager) Dropped() uint64 {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.dropped
}

// Scan returns the first text for which want is true, of those that are read while it
// waits; see [Texts.Scan].
func (i *Imager) Scan(ctx context.Context, want func(text string) bool) (string, error) {
	return i.texts.Scan(ctx, want)
}
