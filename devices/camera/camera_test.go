package camera

import (
	"context"
	"errors"
	"fmt"
	"image"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"gocv.io/x/gocv"

	"countersign/devices/camera/virtualcamera"
)

// patience bounds every wait in these tests; it is never waited out when they pass.
const patience = 30 * time.Second

// fast are settings that notice trouble soon.
func fast(address string) Settings {
	return Settings{Address: address, FrameInterval: 25 * time.Millisecond, FreezeAfter: time.Second, Retry: 10 * time.Millisecond}
}

func start(t *testing.T, s Settings) *Camera {
	t.Helper()
	c, err := Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// leaks fails the test if goroutines of these packages outlive it. Call it before what it is to watch is opened.
func leaks(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		buf := make([]byte, 1<<20)
		var left string
		for range 200 { // the runtime takes a moment to forget a goroutine that has ended
			left = ""
			for _, g := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
				if strings.Contains(g, "countersign/devices/camera") && !strings.Contains(g, "testing.tRunner") && !strings.Contains(g, "testing.(*T)") {
					left = g
				}
			}
			if left == "" {
				return
			}
			runtime.Gosched()
			time.Sleep(5 * time.Millisecond)
		}
		t.Errorf("left running:\n%s", left)
	})
}

func scan(t *testing.T, c *Camera, want string) Code {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	code, err := c.Scan(ctx, func(text string) bool { return text == want })
	if err != nil {
		t.Fatalf("%v (state %+v)", err, c.State())
	}
	return code
}

// until waits for a state.
func until(t *testing.T, c *Camera, ok func(State) bool) State {
	t.Helper()
	late := time.After(patience)
	states := c.States()
	for {
		select {
		case s, open := <-states:
			if !open {
				t.Fatal("closed")
			}
			if ok(s) {
				return s
			}
		case <-late:
			t.Fatalf("state is still %+v", c.State())
		}
	}
}

func phase(p Phase) func(State) bool { return func(s State) bool { return s.Phase == p } }

// phrase is a text for small, a code that is quick to draw.
func phrase(seed uint64) string { return base45(60, seed) }

// small is the part of a window that holds a phrase's code.
func small(t *testing.T, text string) image.Image {
	t.Helper()
	return window(t, text, 3, 6).SubImage(image.Rect(0, 0, 320, 280))
}

// world serves a small window with the text's code.
func world(t *testing.T, text string, o virtualcamera.Options) *virtualcamera.Server {
	t.Helper()
	if o.Interval == 0 {
		o.Interval = 25 * time.Millisecond
	}
	light := virtualcamera.Moderate(7)
	light.Width, light.Height = 400, 300
	s, err := virtualcamera.Serve(light, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if text != "" {
		s.Show(small(t, text))
	}
	return s
}

// picture is a frame in colour as OpenCV has it.
func picture(t *testing.T, r *virtualcamera.Renderer, n uint64) gocv.Mat {
	t.Helper()
	m, err := gocv.IMDecode(r.JPEG(n), gocv.IMReadColor)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Every kind of source gives codes, outlines inside the picture and times from the clock.
func TestSources(t *testing.T) {
	text := phrase(1)
	light := virtualcamera.Moderate(1)
	light.Width, light.Height = 640, 480
	r := renderer(t, light)
	r.Look(small(t, text))
	film := func(name, codec string) func(t *testing.T) string {
		return func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), name)
			w, err := gocv.VideoWriterFile(path, codec, 15, 640, 480, true)
			if err != nil {
				t.Fatal(err)
			}
			for n := range uint64(5) {
				m := picture(t, r, n)
				if err := w.Write(m); err != nil {
					t.Fatal(err)
				}
				m.Close()
			}
			w.Close()
			return path
		}
	}
	type source struct {
		name    string
		address func(t *testing.T) string
	}
	sources := []source{
		{"image sequence", func(t *testing.T) string {
			dir := t.TempDir()
			for n := range uint64(4) {
				m := picture(t, r, n)
				if !gocv.IMWrite(filepath.Join(dir, fmt.Sprintf("seq_%03d.jpg", n)), m) {
					t.Fatal("not written")
				}
				m.Close()
			}
			return filepath.Join(dir, "seq_%03d.jpg")
		}},
		{"network camera", func(t *testing.T) string { return world(t, text, virtualcamera.Options{}).URL() }},
	}
	for name, codec := range films() {
		sources = append(sources, source{name, film(name, codec)})
	}
	for _, source := range sources {
		t.Run(source.name, func(t *testing.T) {
			leaks(t)
			noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
			s := fast(source.address(t))
			s.Clock = func() time.Time { return noon }
			c := start(t, s)
			for range 3 { // past the end of the film
				code := scan(t, c, text)
				if !code.FrameAt.Equal(noon) || code.DecodeTook <= 0 {
					t.Errorf("frame at %v, decoded in %v", code.FrameAt, code.DecodeTook)
				}
				for _, p := range code.Outline {
					if !p.In(image.Rect(0, 0, 640, 480)) {
						t.Errorf("outline %v", code.Outline)
					}
				}
			}
			if s := until(t, c, phase(PhaseOpen)); s.Err != nil {
				t.Errorf("state %+v", s)
			}
		})
	}
}

// Files are played at the frame interval, and begin again at their end at the same pace.
func TestFilesArePaced(t *testing.T) {
	leaks(t)
	path := filepath.Join(t.TempDir(), "film.avi")
	r := renderer(t, virtualcamera.Light{Width: 320, Height: 240, Seed: 3})
	w, err := gocv.VideoWriterFile(path, "MJPG", 15, 320, 240, true)
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint64(4) {
		m := picture(t, r, n)
		if err := w.Write(m); err != nil {
			t.Fatal(err)
		}
		m.Close()
	}
	w.Close()
	s := fast(path)
	s.FrameInterval = 40 * time.Millisecond
	c := start(t, s)
	var first, last Preview
	for p := range c.Preview() {
		if first.Image == nil {
			first = p
		}
		if last = p; p.Seq >= first.Seq+12 {
			break
		}
	}
	if took, least := last.At.Sub(first.At), time.Duration(last.Seq-first.Seq)*s.FrameInterval*9/10; took < least {
		t.Errorf("%d pictures in %v, want at least %v", last.Seq-first.Seq, took, least)
	}
}

// A camera that is not there says so in a typed error with advice, at once.
func TestMissing(t *testing.T) {
	dir := t.TempDir()
	for _, address := range []string{"9", "/dev/video9", "/dev/null", filepath.Join(dir, "none.avi"), filepath.Join(dir, "seq_%03d.jpg"), dir + "/", "http://127.0.0.1:1/stream"} {
		t.Run(filepath.Base(address), func(t *testing.T) {
			leaks(t)
			began := time.Now()
			c := start(t, fast(address))
			s := until(t, c, phase(PhaseMissing))
			var e *Error
			if !errors.As(s.Err, &e) || !errors.Is(s.Err, ErrMissing) || e.Hint == "" || e.Address != address {
				t.Errorf("error %#v", s.Err)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("noticed after %v", took)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			_, err := c.Scan(ctx, func(string) bool { return true })
			if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrMissing) {
				t.Errorf("scan: %v", err)
			}
		})
	}
}

// An address that can never work is refused, and a password is not repeated.
func TestAddressRefused(t *testing.T) {
	for _, address := range []string{"", "rtsp://camera/1", "http://", "-1", "256", "a\x00b", "http://user:secret@ho st/", "ftp://user:secret@host/"} {
		_, err := Open(t.Context(), Settings{Address: address})
		if !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %v", address, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: password in %v", address, err)
		}
	}
	c := start(t, fast("http://user:secret@127.0.0.1:1/"))
	if s := until(t, c, phase(PhaseMissing)); strings.Contains(s.Err.Error(), "secret") {
		t.Errorf("password in %v", s.Err)
	}
	for _, s := range []Settings{{Address: "0", Width: 1 << 20, Height: 1}, {Address: "0", FrameInterval: time.Hour}, {Address: "0", FrameInterval: time.Second, FreezeAfter: time.Millisecond}} {
		if _, err := Open(t.Context(), s); err == nil {
			t.Errorf("%+v accepted", s)
		}
	}
}

// What was missing is opened by itself when it comes.
func TestFileComesBack(t *testing.T) {
	leaks(t)
	path := filepath.Join(t.TempDir(), "seq_%03d.jpg")
	c := start(t, fast(path))
	until(t, c, phase(PhaseMissing))
	text := base45(200, 2)
	r := renderer(t, virtualcamera.Moderate(1))
	r.Look(window(t, text, 8, 6))
	m := picture(t, r, 0)
	defer m.Close()
	if !gocv.IMWrite(fmt.Sprintf(path, 0), m) {
		t.Fatal("not written")
	}
	scan(t, c, text)
	until(t, c, phase(PhaseOpen))
}
