package virtualcamera

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// served starts a server of small frames that must be gone at the test's end.
func served(t *testing.T) *Server {
	t.Helper()
	s, err := Serve(Light{Width: 64, Height: 64, Noise: 4}, Options{Interval: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		s.Close()
		buf := make([]byte, 1<<20)
		for range 200 {
			if !strings.Contains(string(buf[:runtime.Stack(buf, true)]), "virtualcamera.(*Server)") {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
		t.Errorf("left running:\n%s", buf)
	})
	return s
}

// client connects; its parts are read with next.
type client struct {
	t     *testing.T
	body  io.ReadCloser
	parts *multipart.Reader
}

func connect(t *testing.T, s *Server) *client {
	t.Helper()
	answer, err := http.Get(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	media, params, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil || media != "multipart/x-mixed-replace" {
		t.Fatalf("content type %q, %v", media, err)
	}
	return &client{t, answer.Body, multipart.NewReader(answer.Body, params["boundary"])}
}

// longest is how much of a part is read, but for one byte more: all of it, or enough to be far too much.
func longest() int64 {
	if underRace {
		return 4 << 20
	}
	return 64 << 20
}

func (c *client) next() ([]byte, error) {
	part, err := c.parts.NextPart()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(part, longest()+1))
}

// good reads until a picture can be decoded.
func (c *client) good() image.Image {
	c.t.Helper()
	var img image.Image
	c.until("a good picture", func(data []byte, err error) bool {
		if err == nil {
			img, err = jpeg.Decode(bytes.NewReader(data))
		}
		return err == nil
	})
	return img
}

// until reads parts until ok.
func (c *client) until(what string, ok func([]byte, error) bool) {
	c.t.Helper()
	for range 1000 {
		data, err := c.next()
		if ok(data, err) {
			return
		}
		if err != nil {
			c.t.Fatalf("%s: %v", what, err)
		}
	}
	c.t.Fatalf("%s: not seen", what)
}

// Several clients see the frames; while none is there none is made, and the screen is not asked for.
func TestPausesUnwatched(t *testing.T) {
	s := served(t)
	var grabs atomic.Int64
	s.ShowLive(func() image.Image { grabs.Add(1); return image.NewGray(image.Rect(0, 0, 64, 64)) })
	if s.Frames() != 0 || grabs.Load() != 0 {
		t.Error("frames for nobody")
	}
	a, b := connect(t, s), connect(t, s)
	a.good()
	b.good()
	if s.Watchers() != 2 || grabs.Load() == 0 {
		t.Errorf("%d watchers, %d grabs", s.Watchers(), grabs.Load())
	}
	a.body.Close()
	b.body.Close()
	for deadline := time.Now().Add(10 * time.Second); s.Watchers() > 0; {
		if time.Now().After(deadline) {
			t.Fatal("clients not noticed to be gone")
		}
		time.Sleep(time.Millisecond)
	}
	made := s.Frames()
	time.Sleep(60 * time.Millisecond) // twelve frames' time: nothing happens, which no event can tell
	if now := s.Frames(); now > made+1 {
		t.Errorf("%d frames for nobody", now-made)
	}
	connect(t, s).good()
}

// What is shown is what is seen.
func TestShow(t *testing.T) {
	s := served(t)
	c := connect(t, s)
	c.good()
	white := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range white.Pix {
		white.Pix[i] = 255
	}
	s.Show(white)
	for range 1000 {
		if r, _, _, _ := c.good().At(32, 32).RGBA(); r > 0xe000 {
			return
		}
	}
	t.Error("the screen stays dark")
}

// Each fault looks as it is described, and ends.
func TestFaults(t *testing.T) {
	s := served(t)
	var extra int64 // read of a part that is cut short
	if underRace {
		extra = 1
	}
	broken := func(data []byte, err error) bool { return err != nil }
	for _, c := range []struct {
		name  string
		fault Fault
		seen  func([]byte, error) bool
		ends  bool // the connection
	}{
		{"truncated", Truncated, func(data []byte, err error) bool {
			return err == nil && bytes.HasPrefix(data, []byte{0xff, 0xd8}) && !bytes.HasSuffix(data, []byte{0xff, 0xd9})
		}, false},
		{"garbage", Garbage, func(data []byte, err error) bool { return err == nil && !bytes.HasPrefix(data, []byte{0xff, 0xd8}) }, false},
		{"oversized", Oversized, func(data []byte, err error) bool { return int64(len(data)) == longest()+extra }, underRace},
		{"dropped", Dropped, broken, true},
		{"ended", Ended, broken, true},
		{"wrong type", WrongType, broken, true},
		{"refused", Refused, broken, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := connect(t, s)
			client.good()
			defer s.Misbehave(None)
			s.Misbehave(c.fault)
			client.until(c.name, c.seen)
			s.Misbehave(None)
			if c.ends {
				client = connect(t, s)
			}
			client.good()
		})
	}
	t.Run("frozen", func(t *testing.T) {
		client := connect(t, s)
		client.good()
		s.Misbehave(Frozen)
		var last []byte
		client.until("the same twice", func(data []byte, err error) bool {
			same := bytes.Equal(data, last)
			last = bytes.Clone(data)
			return same
		})
		s.Misbehave(None)
		client.until("another", func(data []byte, err error) bool { return err == nil && !bytes.Equal(data, last) })
	})
	t.Run("stalled", func(t *testing.T) {
		client := connect(t, s)
		client.good()
		s.Misbehave(Stalled)
		got := make(chan error, 1)
		go func() {
			for {
				if _, err := client.next(); err != nil {
					got <- err
					return
				}
			}
		}()
		made := s.Frames()
		for s.Frames() < made+20 {
			runtime.Gosched()
		}
		select {
		case err := <-got:
			t.Errorf("connection ended: %v", err)
		default:
		}
		client.body.Close()
		<-got
		s.Misbehave(None)
	})
	for fault, status := range map[Fault]int{WrongType: http.StatusOK, Refused: http.StatusServiceUnavailable} {
		s.Misbehave(fault)
		answer, err := http.Get(s.URL())
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != status || strings.HasPrefix(answer.Header.Get("Content-Type"), "multipart") {
			t.Errorf("fault %d: %s, %s", fault, answer.Status, answer.Header.Get("Content-Type"))
		}
	}
}

// Close breaks the clients' connections; a server that cannot be is refused.
func TestServe(t *testing.T) {
	s := served(t)
	c := connect(t, s)
	c.good()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	c.until("the end", func(_ []byte, err error) bool { return err != nil })
	for _, o := range []Options{{Address: "0.0.0.0:0"}, {Address: ":0"}, {Address: "example.org:80"}, {Interval: time.Microsecond}} {
		if s, err := Serve(Moderate(1), o); err == nil {
			s.Close()
			t.Errorf("%+v accepted", o)
		}
	}
	if _, err := Serve(Light{Quality: -1}, Options{}); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("light accepted: %v", err)
	}
}

// What was grabbed of a screen that the camera has been turned away from meanwhile is not
// seen any more.
func TestTurnedAwayWhileItLooks(t *testing.T) {
	s := served(t)
	screen := func(v uint8) image.Image {
		g := image.NewGray(image.Rect(0, 0, 64, 64))
		for i := range g.Pix {
			g.Pix[i] = v
		}
		return g
	}
	looking, let := make(chan struct{}, 8), make(chan struct{})
	s.ShowLive(func() image.Image {
		looking <- struct{}{}
		<-let
		return screen(255)
	})
	c := connect(t, s)
	<-looking
	s.Show(screen(0))
	close(let)
	for range 10 {
		img := c.good()
		if r, _, _, _ := img.At(32, 32).RGBA(); r>>8 > 128 {
			t.Fatalf("the former screen is seen: %d", r>>8)
		}
	}
}

// Of a screen that stays, a loop sends the frames again that it has drawn; another screen
// is drawn anew.
func TestLoop(t *testing.T) {
	s, err := Serve(Light{Width: 64, Height: 64, Noise: 4}, Options{Interval: time.Millisecond, Loop: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := connect(t, s)
	distinct := func(frames int) int {
		seen := map[string]bool{}
		for range frames {
			picture, err := c.next()
			if err != nil {
				t.Fatal(err)
			}
			seen[string(picture)] = true
		}
		return len(seen)
	}
	if n := distinct(30); n < 2 || n > 3 {
		t.Errorf("%d different frames of a loop of 3", n)
	}
	white := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range white.Pix {
		white.Pix[i] = 255
	}
	s.Show(white)
	c.until("another screen", func(picture []byte, err error) bool {
		if err != nil {
			return false
		}
		shown, err := jpeg.Decode(bytes.NewReader(picture))
		if err != nil {
			return false
		}
		r, _, _, _ := shown.At(32, 32).RGBA()
		return r > 0x8000
	})
	if n := distinct(30); n < 2 || n > 3 {
		t.Errorf("%d different frames of the other screen", n)
	}
	for _, loop := range []int{-1, 1} {
		if s, err := Serve(Light{Width: 64, Height: 64}, Options{Loop: loop}); err == nil {
			s.Close()
			t.Errorf("a loop of %d", loop)
		}
	}
}
