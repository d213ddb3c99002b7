package camera

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Settings say which camera, and how to treat it. Zero values mean the defaults that are named.
type Settings struct {
	// Address is the camera: "0" or "/dev/video0", a file, an image sequence with one %d, or an http(s) address.
	Address string
	// Width and Height ask a camera for pictures of that size (pixels); it may give others. Zero: 1280×720.
	Width, Height int
	// FrameInterval is the time between pictures that are looked at, 1 ms to 10 s; files are played at it, a camera's
	// pictures in between are dropped. Zero: 1/15 s.
	FrameInterval time.Duration
	// FreezeAfter is how long a camera may repeat one picture, and how long it may send none, before it counts as
	// lost. Files are allowed to stand still. Zero: 4 s.
	FreezeAfter time.Duration
	// Retry is the pause before a camera is opened again, doubled after each failure up to 16 times. Zero: 250 ms.
	Retry time.Duration
	// Mirror turns the previews (not the codes) left to right, as people expect of their own picture.
	Mirror bool
	// Clock tells the time of pictures. Nil: time.Now. Pauses and time-outs run by the machine's timers.
	Clock func() time.Time
}

// kind of source that an address names.
type kind int

const (
	device kind = iota
	file
	stream
)

// filled gives the settings with defaults, and the kind of source.
func (s Settings) filled() (Settings, kind, error) {
	if s.Width == 0 && s.Height == 0 {
		s.Width, s.Height = 1280, 720
	}
	fill := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	fill(&s.FrameInterval, time.Second/15)
	fill(&s.FreezeAfter, 4*time.Second)
	fill(&s.Retry, 250*time.Millisecond)
	if s.Clock == nil {
		s.Clock = time.Now
	}
	k, err := kindOf(s.Address)
	switch {
	case err != nil:
		return s, k, &Error{Kind: ErrAddress, Address: redacted(s.Address), Cause: err,
			Hint: `Give a camera's number ("0"), a device ("/dev/video0"), a video file, an image sequence ("seq_%03d.jpg") or an http address of motion JPEG.`}
	case s.Width < 1 || s.Height < 1 || s.Width > MaxSide || s.Height > MaxSide || s.Width*s.Height > MaxPixels:
		return s, k, fmt.Errorf("camera: pictures of %d×%d: at most %d pixels a side and %d in all", s.Width, s.Height, MaxSide, MaxPixels)
	case s.FrameInterval < time.Millisecond || s.FrameInterval > 10*time.Second:
		return s, k, fmt.Errorf("camera: a frame interval of %v: 1 ms to 10 s", s.FrameInterval)
	case s.FreezeAfter < s.FrameInterval || s.Retry < time.Millisecond:
		return s, k, fmt.Errorf("camera: lost after %v, opened again after %v: too short", s.FreezeAfter, s.Retry)
	}
	return s, k, nil
}

func kindOf(address string) (kind, error) {
	if scheme, _, ok := strings.Cut(address, "://"); ok {
		u, err := url.Parse(address)
		switch {
		case err != nil:
			return stream, fmt.Errorf("not a valid address") // url.Error would repeat the password
		case u.Scheme != "http" && u.Scheme != "https":
			return stream, fmt.Errorf("%q is not a way to reach a camera", scheme)
		case u.Host == "":
			return stream, fmt.Errorf("it names no host")
		}
		return stream, nil
	}
	switch n, err := strconv.Atoi(address); {
	case address == "" || strings.ContainsRune(address, 0):
		return file, fmt.Errorf("it is empty or not a name")
	case err == nil && (n < 0 || n > 255):
		return device, fmt.Errorf("cameras are numbered 0 to 255")
	case err == nil || strings.HasPrefix(address, "/dev/"):
		return device, nil
	}
	return file, nil
}

// redacted is an address that may be shown: without a password.
func redacted(address string) string {
	if !strings.Contains(address, "://") {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		scheme, _, _ := strings.Cut(address, "://")
		return scheme + "://…"
	}
	return u.Redacted()
}
