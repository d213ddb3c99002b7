package camera

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/devices/camera/virtualcamera"
)

// Each way for a network camera to misbehave: it is lost with the right cause and advice, nothing is read, and
// when the camera behaves again so does everything else, by itself.
func TestMisbehaviour(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault virtualcamera.Fault
		cause error
	}{
		{"truncated JPEG", virtualcamera.Truncated, errBadPicture},
		{"garbage part", virtualcamera.Garbage, errBadPicture},
		{"endless part", virtualcamera.Oversized, ErrFormat},
		{"stall", virtualcamera.Stalled, ErrSilent},
		{"dropped connection", virtualcamera.Dropped, io.ErrUnexpectedEOF},
		{"stream ended", virtualcamera.Ended, io.EOF},
		{"frozen picture", virtualcamera.Frozen, ErrFrozen},
		{"wrong content type", virtualcamera.WrongType, nil},
		{"refused", virtualcamera.Refused, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			leaks(t)
			text := phrase(4)
			server := world(t, text, virtualcamera.Options{})
			cam := start(t, fast(server.URL()))
			scan(t, cam, text)
			server.Misbehave(c.fault)
			// On a busy machine it may first have been silent for too long.
			s := until(t, cam, func(s State) bool { return s.Phase == PhaseLost && (c.cause == nil || errors.Is(s.Err, c.cause)) })
			var e *Error
			if !errors.As(s.Err, &e) || !errors.Is(s.Err, ErrLost) || e.Hint == "" {
				t.Errorf("error %v", s.Err)
			}
			if c.fault != virtualcamera.Ended { // which sends a good picture each time it is opened again
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				code, err := cam.Scan(ctx, func(string) bool { return true })
				if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrLost) {
					t.Errorf("read %q, error %v", code.Text, err)
				}
			}
			server.Misbehave(virtualcamera.None)
			scan(t, cam, text)
			if s := until(t, cam, phase(PhaseOpen)); s.Err != nil {
				t.Errorf("state %+v", s)
			}
		})
	}
}

// A camera that never showed anything but nonsense is missing, not lost.
func TestNeverACamera(t *testing.T) {
	for _, fault := range []virtualcamera.Fault{virtualcamera.WrongType, virtualcamera.Refused} {
		t.Run(strconv.Itoa(int(fault)), func(t *testing.T) {
			leaks(t)
			server := world(t, "", virtualcamera.Options{})
			server.Misbehave(fault)
			cam := start(t, fast(server.URL()))
			if s := until(t, cam, phase(PhaseMissing)); !errors.Is(s.Err, ErrMissing) || !errors.Is(s.Err, ErrFormat) {
				t.Errorf("error %v", s.Err)
			}
		})
	}
}

// A camera that is switched off and on again is found again; the wait for a code outlasts that.
func TestComesBack(t *testing.T) {
	leaks(t)
	text := phrase(5)
	server := world(t, "", virtualcamera.Options{})
	address := strings.TrimSuffix(strings.TrimPrefix(server.URL(), "http://"), "/stream")
	cam := start(t, fast(server.URL()))
	until(t, cam, phase(PhaseOpen))
	got := make(chan error, 1)
	go func() {
		_, err := cam.Scan(t.Context(), func(s string) bool { return s == text })
		got <- err
	}()
	server.Close()
	until(t, cam, phase(PhaseLost))
	world(t, text, virtualcamera.Options{Address: address})
	select {
	case err := <-got:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Errorf("not found again: %+v", cam.State())
	}
}

// A slow reader gets the picture that is before the camera now: everything that came while it was busy is gone.
func TestNewestOnly(t *testing.T) {
	leaks(t)
	server := world(t, "", virtualcamera.Options{Interval: 10 * time.Millisecond})
	old, young := phrase(6), phrase(7)
	server.Show(small(t, old))
	s := fast(server.URL())
	s.FrameInterval = 10 * time.Millisecond
	cam := start(t, s)
	previews := cam.Preview()
	scan(t, cam, old)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var before uint64
	seen := 0
	code, err := cam.Scan(ctx, func(text string) bool {
		if seen++; seen == 1 { // busy with the old code, while the new one and many more pictures come
			before = (<-previews).Seq
			server.Show(small(t, young))
			shown := server.Frames()
			for server.Frames() < shown+10 {
				<-previews
			}
			return false
		}
		return true
	})
	if err != nil || code.Text != young {
		t.Errorf("the second picture looked at holds %.12q…, error %v", code.Text, err)
	}
	if now := <-previews; now.Seq < before+5 {
		t.Errorf("only %d pictures while busy", now.Seq-before)
	}
}

// A code that was before the camera earlier, but is no longer, is not read: neither from the last picture nor
// from a frozen one.
func TestScanIgnoresThePast(t *testing.T) {
	leaks(t)
	text := phrase(8)
	server := world(t, text, virtualcamera.Options{})
	cam := start(t, fast(server.URL()))
	scan(t, cam, text)
	server.Misbehave(virtualcamera.Frozen)
	until(t, cam, phase(PhaseLost))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if code, err := cam.Scan(ctx, func(string) bool { return true }); err == nil {
		t.Errorf("read %q", code.Text)
	}
}

// Close ends waits, closes the channels, may be repeated, and nothing hangs on a camera that sends nothing.
func TestClose(t *testing.T) {
	leaks(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for _, address := range []string{"http://" + silent.Addr().String() + "/", world(t, "", virtualcamera.Options{}).URL(), "9"} {
		cam, err := Open(t.Context(), fast(address))
		if err != nil {
			t.Fatal(err)
		}
		previews, states := cam.Preview(), cam.States()
		ended := make(chan error, 1)
		go func() {
			_, err := cam.Scan(context.Background(), func(string) bool { return false })
			ended <- err
		}()
		for range 2 {
			if err := cam.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := <-ended; !errors.Is(err, ErrClosed) {
			t.Errorf("%s: scan: %v", address, err)
		}
		for range previews {
		}
		for range states {
		}
		if _, open := <-cam.Preview(); open {
			t.Error("a preview after Close")
		}
	}
}

// The context given to Open ends the camera as Close does.
func TestContextEndsCamera(t *testing.T) {
	leaks(t)
	ctx, cancel := context.WithCancel(t.Context())
	cam, err := Open(ctx, fast(world(t, "", virtualcamera.Options{}).URL()))
	if err != nil {
		t.Fatal(err)
	}
	defer cam.Close()
	until(t, cam, phase(PhaseOpen))
	cancel()
	if _, err := cam.Scan(context.Background(), func(string) bool { return true }); !errors.Is(err, ErrClosed) {
		t.Errorf("scan: %v", err)
	}
}
