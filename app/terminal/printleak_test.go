//go:build linux

package main

import (
	"context"
	"image"
	"image/color"
	"image/draw"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/app/program/programtest"
	"countersign/app/terminal/sale"
	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/protocol"
	"countersign/protocol/minutiae"
)

// No file of the terminal, of settlement or of the authority, no temporary file and no
// log has bytes of a print that was taken for a sale, be it accepted, another's or too
// poor: neither of its template nor of the sensor's pictures.
//
// It sees what is there after each sale, not a file that had gone by then.
func TestPrintLeavesNoTrace(t *testing.T) {
	everything := filepath.Dir(t.TempDir()) // every directory of this test lies there
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	s := openShop(t)
	s.terminal.log = slog.New(slog.NewJSONHandler(s.said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.openSteadyGlass()
	for name, dir := range map[string]string{"terminal": s.own.Data, "settlement": s.ledger.Data, "authority": s.authority.Data} {
		if files := filesIn(t, dir); len(files) == 0 || !strings.HasPrefix(dir, everything+string(filepath.Separator)) {
			t.Fatalf("%d files of the %s would be looked at, in %s", len(files), name, dir)
		}
	}

	h := &watchedHand{}
	c := s.openCounter(t, func(c *counter, _ *sale.Settings, ports *sale.Ports) {
		h.FingerReader, h.sensor = ports.Fingers, c.sensor
		ports.Fingers = h
	})
	traces, pictures := newTraces(), []*image.Gray(nil)
	for _, w := range []*wallet{s.owner, s.other} {
		traces.template(string(w.Subject)+"'s enrolled template", w.enrolled)
	}
	for _, sold := range []struct {
		name   string
		laid   []image.Image
		ending sale.Ending
		reason sale.Reason
		prints int // that were good enough to become templates
	}{
		{"accepted", []image.Image{fingerImage(t, "103_2")}, sale.Paid, sale.ReasonNone, 1},
		{"another's", []image.Image{fingerImage(t, "101_1"), fingerImage(t, "101_2"), fingerImage(t, "101_3")}, sale.Refused, sale.ReasonFinger, 3},
		{"too poor", []image.Image{tip(fingerImage(t, "103_3")), tip(fingerImage(t, "103_4")), tip(fingerImage(t, "103_2"))}, sale.Refused, sale.ReasonFingerPoor, 0},
	} {
		for _, finger := range sold.laid {
			pictures = append(pictures, s.pictureOf(finger))
			if runs := traces.picture(sold.name+": picture", pictures[len(pictures)-1]); runs < 100 {
				t.Fatalf("%s: %d traces of a picture to look for", sold.name, runs)
			}
		}
		h.next, h.taken = sold.laid, nil
		c.hold(s.owner, c.begin(), nil)
		for n := 1; n < len(sold.laid); n++ { // each try has its own time
			c.until("what is wrong with the finger", func(v sale.View) bool { return v.Stage == sale.Ended || v.Notices >= n })
		}
		c.ended(sold.ending, sold.reason)
		c.quiet()
		if len(h.taken) != sold.prints || len(h.next) != 0 {
			t.Fatalf("%s: %d templates, %d fingers left", sold.name, len(h.taken), len(h.next))
		}
		for _, template := range h.taken {
			if runs := traces.template(sold.name+": template", template); runs < 30 {
				t.Fatalf("%s: %d traces of a template to look for", sold.name, runs)
			}
		}
		if sold.prints > 0 {
			traces.wantPlantedFound(t, temporary, h.taken[0], pictures[len(pictures)-1])
		}
		traces.wantNoneIn(t, everything)
		for name, log := range map[string]*programtest.Log{"terminal": s.said, "settlement": s.ledger.Log, "authority": s.authority.Log} {
			text := log.String()
			if what, at, found := traces.find([]byte(text)); found {
				t.Errorf("%s: the %s's log has the %s at %d of %d bytes", sold.name, name, what, at, len(text))
			}
		}
	}
	if s.said.String() == "" || s.ledger.Log.String() == "" {
		t.Error("nobody logs")
	}
}

// openSteadyGlass has the terminal read a sensor whose picture of a finger is the same
// each time, so that the test knows it.
func (s *shop) openSteadyGlass() {
	s.tb.Helper()
	if err := s.glass.Close(); err != nil {
		s.tb.Fatal(err)
	}
	sensor, err := virtualsensor.New(virtualsensor.Options{Link: filepath.Join(s.dir, "steady"), Unpaced: true})
	if err != nil {
		s.tb.Fatal(err)
	}
	s.tb.Cleanup(func() {
		if err := sensor.Close(); err != nil {
			s.tb.Error(err)
		}
	})
	s.sensor = sensor
	s.newGlass()
}

// newGlass is the reader as the program opens it.
func (s *shop) newGlass() {
	s.glass = fingerprint.NewReader(fingerprint.Settings{Port: s.sensor.Path()}, s.extractor, minutiae.Large)
}

// pictureOf is what the steady sensor's picture of a finger is.
func (s *shop) pictureOf(finger image.Image) *image.Gray {
	s.tb.Helper()
	window, err := virtualsensor.New(virtualsensor.Options{Link: filepath.Join(s.dir, "beside"), Unpaced: true})
	if err != nil {
		s.tb.Fatal(err)
	}
	defer window.Close()
	window.Place(finger)
	sensor, err := fingerprint.Open(s.tb.Context(), fingerprint.Settings{Port: window.Path()})
	if err != nil {
		s.tb.Fatal(err)
	}
	defer sensor.Close()
	impression, err := sensor.Capture(s.tb.Context(), func(fingerprint.Progress) {})
	if err != nil {
		s.tb.Fatal(err)
	}
	return impression.Gray
}

// watchedHand lays one finger after the other on the glass, each when it is asked for,
// and keeps a copy of the templates that are made of them.
type watchedHand struct {
	sale.FingerReader
	sensor *virtualsensor.Sensor
	next   []image.Image
	taken  []protocol.Template
}

func (h *watchedHand) Read(ctx context.Context, progress func(sale.FingerProgress)) (sale.Print, error) {
	if len(h.next) > 0 {
		h.sensor.Place(h.next[0])
		h.next = h.next[1:]
	}
	print, err := h.FingerReader.Read(ctx, progress)
	if err == nil {
		h.taken = append(h.taken, slices.Clone(print.Template))
	}
	return print, err
}

func (h *watchedHand) Lifted(ctx context.Context) error {
	h.sensor.Lift()
	return h.FingerReader.Lifted(ctx)
}

// tip is the tip of a finger: a print, but too little of it.
func tip(finger image.Image) image.Image {
	b := finger.Bounds()
	little := image.NewGray(image.Rectangle{Max: b.Size()})
	draw.Draw(little, little.Rect, image.NewUniform(color.Gray{Y: 0xF0}), image.Point{}, draw.Src)
	middle := image.Rectangle{Min: b.Size().Div(2), Max: b.Size().Div(2)}.Inset(-40)
	draw.Draw(little, middle, finger, b.Min.Add(middle.Min), draw.Src)
	return little
}

// filesIn are the ordinary files below a directory.
func filesIn(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil // it has gone meanwhile
		}
		if err == nil && entry.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
