//go:build linux

package fingerprint_test

import (
	"context"
	"errors"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/devices/fingerprint/virtualsensor"
)

// TestMain lets more tests run at a time than there are processors: those that are parallel wait for silence and
// for the line. It is also the program that the extractor of this build starts.
func TestMain(m *testing.M) {
	if extraction.Child(os.Args) {
		return
	}
	flag.Parse()
	atOnce := 10
	if underRace {
		atOnce = 4
	}
	if err := flag.Set("test.parallel", strconv.Itoa(max(atOnce, runtime.GOMAXPROCS(0)))); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// print returns a made-up print, such as "101_1".
func print(t testing.TB, name string) image.Image {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "prints", name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	i, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// plugIn starts a virtual sensor, unpaced unless the options are about time.
func plugIn(t testing.TB, o virtualsensor.Options) *virtualsensor.Sensor {
	t.Helper()
	v, err := virtualsensor.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

var quick = virtualsensor.Options{Unpaced: true, Baud: 115200}

// settings are those for tests: as short waits as are sound where other tests run too.
func settings(port string) fingerprint.Settings {
	patience := 400 * time.Millisecond
	if underRace {
		patience = 1500 * time.Millisecond
	}
	return fingerprint.Settings{Port: port, Baud: 115200, Patience: patience, Poll: time.Millisecond}
}

func openSensor(t testing.TB, s fingerprint.Settings) *fingerprint.Sensor {
	t.Helper()
	f, err := fingerprint.Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// centre returns what a window of w × h sees of i, at 4 bits a pixel.
func centre(i image.Image, w, h int) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, w, h))
	b := i.Bounds()
	for y := range h {
		for x := range w {
			v := color.GrayModel.Convert(i.At(b.Min.X+(b.Dx()-w)/2+x, b.Min.Y+(b.Dy()-h)/2+y)).(color.Gray).Y
			g.Pix[y*g.Stride+x] = v >> 4 * 17
		}
	}
	return g
}

func TestCaptureReadsThePictureByteForByte(t *testing.T) {
	when := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for name, c := range map[string]struct {
		o    virtualsensor.Options
		w, h int
		dpi  int
	}{
		"ZFM-20":           {virtualsensor.Options{Model: virtualsensor.ZFM20}, 256, 288, 500},
		"R503":             {virtualsensor.Options{Model: virtualsensor.R503}, 192, 192, 508},
		"packets of 32":    {virtualsensor.Options{PacketSize: 32}, 256, 288, 500},
		"packets of 256":   {virtualsensor.Options{PacketSize: 256}, 256, 288, 500},
		"another address":  {virtualsensor.Options{Address: 0x01020304}, 256, 288, 500},
		"another password": {virtualsensor.Options{Password: 0xCAFEBABE}, 256, 288, 500},
	} {
		t.Run(name, func(t *testing.T) {
			c.o.Unpaced, c.o.Baud = true, 115200
			v := plugIn(t, c.o)
			s := settings(v.Path())
			s.Address, s.Password, s.DPI = c.o.Address, c.o.Password, c.dpi
			s.Now = func() time.Time { return when }
			sensor := openSensor(t, s)
			finger := print(t, "101_1")
			v.Place(finger)
			i, err := sensor.Capture(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			want := centre(finger, c.w, c.h)
			if i.Gray.Rect != want.Rect || string(i.Gray.Pix) != string(want.Pix) {
				t.Errorf("%v differs from what is on the glass", i.Gray.Rect)
			}
			if i.DPI != c.dpi || !i.At.Equal(when) {
				t.Errorf("%d dpi at %v", i.DPI, i.At)
			}
			i.Wipe()
			for _, v := range i.Gray.Pix {
				if v != 0 {
					t.Fatal("not wiped")
				}
			}
		})
	}
}

func checkProgress(t *testing.T, reports []fingerprint.Progress, total int) {
	t.Helper()
	var last fingerprint.Progress
	for i, p := range reports {
		if p.Stage < last.Stage || p.Received < last.Received || p.Received > p.Total || p.Total != total {
			t.Fatalf("report %d: %+v after %+v", i, p, last)
		}
		last = p
	}
	if len(reports) < 10 || reports[0].Stage != fingerprint.WaitingForFinger || last.Stage != fingerprint.Done || last.Received != total {
		t.Fatalf("%d reports, the last %+v", len(reports), last)
	}
}

func TestProgressIsMonotonic(t *testing.T) {
	v := plugIn(t, virtualsensor.Options{Model: virtualsensor.R503, Unpaced: true, Baud: 115200})
	sensor := openSensor(t, settings(v.Path()))
	var reports []fingerprint.Progress
	_, err := sensor.Capture(t.Context(), func(p fingerprint.Progress) {
		if len(reports) == 0 {
			v.Place(print(t, "104_1")) // the finger comes when it is asked for
		}
		reports = append(reports, p)
	})
	if err != nil {
		t.Fatal(err)
	}
	checkProgress(t, reports, 192*192/2)
}

func TestPulledOutInMidPicture(t *testing.T) {
	v := plugIn(t, quick)
	sensor := openSensor(t, settings(v.Path()))
	v.Place(print(t, "101_2"))
	v.Misbehave(virtualsensor.HangUp)
	if _, err := sensor.Capture(t.Context(), nil); !errors.Is(err, fingerprint.ErrUnplugged) || fingerprint.Hint(err) == "" {
		t.Errorf("%v, hint %q", err, fingerprint.Hint(err))
	}
}

func TestPulledOutWhileWaiting(t *testing.T) {
	v := plugIn(t, quick)
	sensor := openSensor(t, settings(v.Path()))
	ended := make(chan error, 1)
	waiting := make(chan struct{}, 1)
	go func() {
		_, err := sensor.Capture(t.Context(), func(fingerprint.Progress) { waiting <- struct{}{} })
		ended <- err
	}()
	<-waiting
	v.Unplug()
	if err := <-ended; !errors.Is(err, fingerprint.ErrUnplugged) {
		t.Error(err)
	}
}

func TestCaptureEndsWithItsContext(t *testing.T) {
	v := plugIn(t, quick)
	sensor := openSensor(t, settings(v.Path()))
	ctx, cancel := context.WithCancel(t.Context())
	_, err := sensor.Capture(ctx, func(fingerprint.Progress) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("waiting: %v", err)
	}
	v.Place(print(t, "101_2"))
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	_, err = sensor.Capture(ctx, func(p fingerprint.Progress) {
		if p.Received > 0 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("reading: %v", err)
	}
	// What is left of the picture must not disturb the next one.
	if _, err := sensor.Capture(t.Context(), nil); err != nil {
		t.Errorf("after a cancelled picture: %v", err)
	}
}

func TestCloseEndsACapture(t *testing.T) {
	v := plugIn(t, quick)
	sensor := openSensor(t, settings(v.Path()))
	ended := make(chan error, 1)
	waiting := make(chan struct{}, 1)
	go func() {
		_, err := sensor.Capture(context.Background(), func(fingerprint.Progress) { waiting <- struct{}{} })
		ended <- err
	}()
	<-waiting
	if err := sensor.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, fingerprint.ErrClosed) {
		t.Error(err)
	}
	if _, err := sensor.Capture(t.Context(), nil); !errors.Is(err, fingerprint.ErrClosed) {
		t.Errorf("after close: %v", err)
	}
}

// The sensor keeps its picture's pace: ten bits a byte at the speed of the line, for the
// picture and what goes round it.
func TestPictureTakesTheTimeOfTheLine(t *testing.T) {
	t.Parallel() // mostly waiting
	for _, baud := range []int{57600, 115200} {
		t.Run(strconv.Itoa(baud), func(t *testing.T) {
			t.Parallel() // mostly waiting
			v := plugIn(t, virtualsensor.Options{Model: virtualsensor.R503, Baud: baud})
			s := settings(v.Path())
			s.Baud, s.FastestBaud = baud, baud
			s.Patience = 5 * time.Second // a picture that is asked for again takes twice as long
			sensor := openSensor(t, s)
			v.Place(print(t, "101_1"))
			start := time.Now()
			if _, err := sensor.Capture(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			bytes := 192*192/2 + 192*192/2/128*11 + 2*12 // picture, packets, two answers
			line := time.Duration(bytes) * 10 * time.Second / time.Duration(baud)
			took := time.Since(start)
			if took < line || took > line+5*time.Second {
				t.Errorf("took %v, the line needs %v", took, line)
			}
			t.Logf("took %v, the line needs %v", took, line)
		})
	}
}
