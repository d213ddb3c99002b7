package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/display"
	"countersign/app/demo/forgery"
	"countersign/app/demo/scene"
	"countersign/app/demo/shop"
)

// counter opens a shop with its real windows on a display of its own, until the test
// ends; its counter is run as said, and its cameras never rest if lively.
func counter(t testing.TB, c shop.Counter, lively bool) (context.Context, *theatre) {
	t.Helper()
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	s := &settings{
		bin: dir, out: filepath.Join(t.TempDir(), "out"), auto: true, language: "en", seed: 1, stdout: io.Discard, stderr: io.Discard,
		chosen: []scene.Scene{scene.Sale()}, counter: c, lively: lively,
	}
	ctx, fail := context.WithCancelCause(t.Context())
	stage := &theatre{}
	t.Cleanup(func() {
		if err := stage.close(); err != nil {
			t.Error(err)
		}
		fail(nil)
	})
	if err := stage.open(ctx, s, fail); err != nil {
		t.Fatal(because(ctx, err))
	}
	return ctx, stage
}

// screen waits until a party shows a screen with a control.
func screen(t testing.TB, ctx context.Context, stage *theatre, party, name, control string) *chronicle.Screen {
	t.Helper()
	ctx, stop := context.WithTimeout(ctx, hung)
	defer stop()
	c := stage.stage.Chronicle
	for {
		from := c.Len()
		if now := c.Now(party); now != nil && now.Name == name && (control == "" || now.Has(control)) {
			return now
		}
		if _, _, err := c.Wait(ctx, from, chronicle.OnScreen(party)); err != nil {
			now := c.Now(party)
			t.Fatalf("the %s never showed %s with %q, but %+v: %v", party, name, control, now, err)
		}
	}
}

// BenchmarkKeyToPixel is from the key's event, handed to the X server, to the digit's
// pixels, read back from it, while the camera delivers pictures and the terminal looks
// for codes in them. The aim is 50 ms for 99 of 100.
func BenchmarkKeyToPixel(b *testing.B) {
	ctx, t := counter(b, shop.Counter{}, true)
	on := screen(b, ctx, t, shop.Terminal, "amount", "key.7")
	seen, err := forgery.Draw("CS1P:" + strings.Repeat("A4.*K", 180))
	if err != nil {
		b.Fatal(err)
	}
	t.stage.TerminalEye.Show(seen)
	first, last := on.Targets["key.7"], on.Targets["key.9"]
	window, part := t.stage.Terminal.Window, image.Rect(first.Min.X, first.Min.Y-180, last.Max.X, first.Min.Y-40) // the amount stands above the keys
	see := func() *image.RGBA {
		picture, err := window.GrabPart(ctx, part)
		if err != nil {
			b.Fatal(err)
		}
		return picture
	}
	var took []time.Duration
	const keys = 6              // then the amount is cleared
	time.Sleep(3 * time.Second) // what the start of a whole shop leaves to do
	drawn, err := window.Drawn(ctx)
	if err != nil {
		b.Fatal(err)
	}
	defer drawn.Close()
	for i := 0; b.Loop(); i++ {
		key := display.Key('1' + i%keys)
		if i%keys == keys-1 {
			key = display.Escape
		}
		before := see()
		began := time.Now()
		if err := window.Key(ctx, key); err != nil {
			b.Fatal(err)
		}
		wait, stop := context.WithTimeout(ctx, 5*time.Second)
		err := drawn.Until(wait, func() (bool, error) { return !bytes.Equal(before.Pix, see().Pix), nil })
		took = append(took, time.Since(began))
		stop()
		if err != nil {
			b.Fatalf("%v changed nothing: %v", key, err)
		}
		// The next key comes at a moment that has nothing to do with the frames.
		time.Sleep(time.Duration(20+(i*37)%60) * time.Millisecond)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-p50")
	b.ReportMetric(float64(took[len(took)*9/10].Microseconds())/1000, "ms-p90")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
	b.ReportMetric(0, "ns/op") // it is mostly the pauses
}

// BenchmarkFirstFrame is from the terminal's start to the first pixels of its amount
// page, read back from the X server. The aim is 1.5 s.
func BenchmarkFirstFrame(b *testing.B) {
	ctx, t := counter(b, shop.Counter{}, false)
	var took []time.Duration
	for b.Loop() {
		if err := t.shop.CloseTerminal(); err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if _, err := t.shop.ReopenTerminal(ctx); err != nil {
			b.Fatal(err)
		}
		window, err := t.screen.Wait(ctx, display.OfProcess(t.shop.PID(shop.Terminal)))
		if err != nil {
			b.Fatal(err)
		}
		for drawn := false; !drawn; {
			picture, err := window.Grab(ctx)
			if err != nil {
				b.Fatal(err)
			}
			drawn = colours(picture) > 8 // letters have many, an empty window has one or two
			if time.Since(began) > time.Minute {
				b.Fatal("nothing is drawn")
			}
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2].Seconds(), "s-p50")
	b.ReportMetric(took[len(took)-1].Seconds(), "s-most")
	b.ReportMetric(0, "ns/op") // with the closing
}

// colours counts a picture's colours, as far as a few.
func colours(picture *image.RGBA) int {
	seen := map[[3]byte]bool{}
	for i := 0; i+3 < len(picture.Pix) && len(seen) < 16; i += 4 * 7 {
		seen[[3]byte(picture.Pix[i:i+3])] = true
	}
	return len(seen)
}

// BenchmarkIdle is the share of one core that the terminal takes while nobody is at the
// counter. The aim is 2 % without preview.
func BenchmarkIdle(b *testing.B) {
	ctx, t := counter(b, shop.Counter{}, false)
	screen(b, ctx, t, shop.Terminal, "amount", "")
	const over = 20 * time.Second
	time.Sleep(3 * time.Second) // what the start leaves to do
	pid := t.shop.PID(shop.Terminal)
	var share float64
	n := 0
	for b.Loop() {
		before, began := processorTime(b, pid), time.Now()
		time.Sleep(over)
		share += (processorTime(b, pid) - before).Seconds() / time.Since(began).Seconds()
		n++
	}
	b.ReportMetric(100*share/float64(n), "%core")
	b.ReportMetric(0, "ns/op")
}

// processorTime is what a process has used: fields 14 and 15 of proc(5)'s stat, in
// hundredths of a second.
func processorTime(t testing.TB, pid int) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	var ticks uint64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseUint(f, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// residentKiB is a process's memory: VmRSS of proc(5)'s status.
func residentKiB(t testing.TB, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
