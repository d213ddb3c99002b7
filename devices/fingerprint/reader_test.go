//go:build linux

package fingerprint_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"testing"
	"time"

	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/protocol/minutiae"
)

// extractor stands where libfprint does: what is tested here is what the reader
// does around it. It notes the picture it was given.
type extractor struct {
	found   []minutiae.Minutia
	err     error
	picture *image.Gray
	dpi     int
	alike   bool // whether the picture was the one wanted
	want    []byte
}

func (e *extractor) Extract(_ context.Context, g *image.Gray, dpi int) ([]minutiae.Minutia, error) {
	e.picture, e.dpi, e.alike = g, dpi, bytes.Equal(g.Pix, e.want)
	return append([]minutiae.Minutia(nil), e.found...), e.err
}

func someMinutiae(n int) []minutiae.Minutia {
	ms := make([]minutiae.Minutia, n)
	for i := range ms {
		ms[i] = minutiae.Minutia{X: uint8(10 + 7*(i%9)), Y: uint8(10 + 9*(i/9)), Kind: minutiae.Ending, Angle: uint8(i)}
	}
	return ms
}

func TestReadMakesATemplateAndWipes(t *testing.T) {
	for _, size := range []minutiae.Size{minutiae.Small, minutiae.Large} {
		v := plugIn(t, quick)
		finger := print(t, "101_1")
		v.Place(finger)
		when := time.Unix(1_800_000_000, 0)
		s := settings(v.Path())
		s.Now = func() time.Time { return when }
		e := &extractor{found: someMinutiae(30), want: centre(finger, 256, 288).Pix}
		r := fingerprint.NewReader(s, e, size)
		defer r.Close()
		template, id, at, err := r.Read(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		want, err := minutiae.Encode(e.found, size)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(template, want) || id == "" || len(id) > 16 || !at.Equal(when) {
			t.Errorf("template %d bytes, sensor %q, at %v", len(template), id, at)
		}
		if !e.alike || e.dpi != 500 {
			t.Error("the extractor was given another picture")
		}
		if !bytes.Equal(e.picture.Pix, make([]byte, len(e.picture.Pix))) {
			t.Error("the picture was not wiped")
		}
	}
}

func TestReadRefusesThePoorBeforeExtraction(t *testing.T) {
	v := plugIn(t, quick)
	e := &extractor{found: someMinutiae(30)}
	r := fingerprint.NewReader(settings(v.Path()), e, minutiae.Large)
	defer r.Close()
	for name, c := range poor(t) {
		if c.picture == nil {
			continue
		}
		v.Place(c.picture)
		_, _, _, err := r.Read(t.Context(), nil)
		if !errors.Is(err, fingerprint.ErrTooPoor) || fingerprint.Hint(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
		if e.picture != nil {
			t.Errorf("%s: the extractor was asked", name)
		}
	}
	v.Place(print(t, "101_1"))
	if _, _, _, err := r.Read(t.Context(), nil); err != nil {
		t.Errorf("a good finger afterwards: %v", err)
	}
}

func TestReadWithTooFewMinutiae(t *testing.T) {
	v := plugIn(t, quick)
	v.Place(print(t, "101_1"))
	e := &extractor{found: someMinutiae(5)}
	r := fingerprint.NewReader(settings(v.Path()), e, minutiae.Large)
	defer r.Close()
	_, _, _, err := r.Read(t.Context(), nil)
	if !errors.Is(err, fingerprint.ErrTooPoor) || !errors.Is(err, minutiae.ErrTooFew) || fingerprint.Hint(err) == "" {
		t.Error(err)
	}
	if !bytes.Equal(e.picture.Pix, make([]byte, len(e.picture.Pix))) {
		t.Error("the picture was not wiped")
	}
	e.err = errors.New("extractor broke")
	if _, _, _, err := r.Read(t.Context(), nil); !errors.Is(err, e.err) || !errors.Is(err, fingerprint.ErrExtractor) || fingerprint.Hint(err) == "" {
		t.Error(err)
	}
	e.err, e.found = nil, append(someMinutiae(30), minutiae.Minutia{Kind: 9})
	if _, _, _, err := r.Read(t.Context(), nil); !errors.Is(err, fingerprint.ErrExtractor) || !errors.Is(err, minutiae.ErrMinutia) {
		t.Error(err)
	}
}

func TestReadAfterSilence(t *testing.T) {
	t.Parallel() // mostly waiting
	v := plugIn(t, quick)
	v.Place(print(t, "101_1"))
	r := fingerprint.NewReader(settings(v.Path()), &extractor{found: someMinutiae(30)}, minutiae.Large)
	defer r.Close()
	if err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		v.Misbehave(virtualsensor.Mute)
	}
	if _, _, _, err := r.Read(t.Context(), nil); !errors.Is(err, fingerprint.ErrSilent) {
		t.Fatal(err)
	}
	if _, _, _, err := r.Read(t.Context(), nil); err != nil {
		t.Fatalf("when it answers again: %v", err)
	}
}

func TestReaderClose(t *testing.T) {
	v := plugIn(t, quick)
	r := fingerprint.NewReader(settings(v.Path()), &extractor{}, minutiae.Large)
	ended := make(chan error, 1)
	waiting := make(chan struct{}, 1)
	go func() {
		_, _, _, err := r.Read(context.Background(), func(fingerprint.Progress) { waiting <- struct{}{} })
		ended <- err
	}()
	<-waiting
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, fingerprint.ErrClosed) {
		t.Errorf("read under way: %v", err)
	}
	if _, _, _, err := r.Read(t.Context(), nil); !errors.Is(err, fingerprint.ErrClosed) {
		t.Errorf("read afterwards: %v", err)
	}
	if err := r.Open(t.Context()); !errors.Is(err, fingerprint.ErrClosed) {
		t.Errorf("open afterwards: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	v := plugIn(t, quick)
	r := fingerprint.NewReader(settings(v.Path()), &extractor{}, minutiae.Large)
	defer r.Close()
	ctx, cancel := context.WithCancel(t.Context())
	if _, _, _, err := r.Read(ctx, func(fingerprint.Progress) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
