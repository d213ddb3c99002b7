package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"sync"
	"time"

	"countersign/app/enrol/screens"
	"countersign/app/enrol/visit"
	"countersign/app/program"
	"countersign/app/widgets"
	"countersign/assets"
	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/protocol/minutiae"
)

// window are the flags of desk.
type window struct {
	sensor, officer, language, size           string
	fullScreen, announce, light, highContrast bool
	textScale                                 float64
	points                                    int
	width, height                             uint
}

func (w *window) register(flags *flag.FlagSet) {
	flags.StringVar(&w.sensor, "sensor", "", "the fingerprint sensor's serial `port`")
	flags.StringVar(&w.officer, "officer", "", "`name` or staff number of who is at the desk; it can be changed there")
	flags.StringVar(&w.language, "language", "en", "`tag` of the language to begin with")
	flags.StringVar(&w.size, "size", "1280x800", "`WIDTHxHEIGHT` of the window")
	flags.BoolVar(&w.fullScreen, "full-screen", false, "fill the screen")
	flags.BoolVar(&w.light, "light", false, "light appearance")
	flags.BoolVar(&w.highContrast, "high-contrast", false, "high contrast")
	flags.Float64Var(&w.textScale, "text-scale", 1, "`factor` for text, 1 to 2")
	flags.BoolVar(&w.announce, "announce", false, "tell each change of the screen on standard output, a JSON line each")
	registerMinutiae(flags, &w.points)
}

func (w *window) check() error {
	if w.sensor == "" || sizes[w.points] == 0 {
		return program.Usagef("desk needs --sensor, and --minutiae is 40 or 60")
	}
	if _, err := fmt.Sscanf(w.size, "%dx%d", &w.width, &w.height); err != nil || w.width < 320 || w.height < 240 || w.width > 1<<15 || w.height > 1<<15 {
		return program.Usagef("--size %q is not WIDTHxHEIGHT of at least 320x240", w.size)
	}
	if w.textScale < 1 || w.textScale > 2 {
		return program.Usagef("--text-scale takes 1 to 2")
	}
	if _, err := assets.Phrases(w.language); err != nil {
		return program.Usagef("--language %s: %w", w.language, err)
	}
	return nil
}

// openDesk runs the desk until its window is closed or the context ends.
func openDesk(ctx context.Context, args []string, io streams) (err error) {
	var s settings
	var w window
	if err := s.parse("desk", args, io, w.register); err != nil {
		return err
	}
	if err := w.check(); err != nil {
		return err
	}
	d, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	extractor := extraction.New()
	defer func() { err = errors.Join(err, extractor.Close()) }()
	reader := fingerprint.NewReader(fingerprint.Settings{Port: w.sensor}, extractor, minutiae.Large)
	defer func() { err = errors.Join(err, reader.Close()) }()
	look := widgets.Window{
		Width: float32(w.width), Height: float32(w.height), FullScreen: w.fullScreen,
		Appearance: widgets.Appearance{Light: w.light, HighContrast: w.highContrast, TextScale: float32(w.textScale)},
	}
	if w.announce {
		look.Announce = io.out
	}
	// The window is there before what it shows, and hands it intents: this lets
	// the desk's first view wait for it.
	var counter *screens.Counter
	served := visit.New(visit.Config{
		Office: &office{desk: d, authority: s.authority, size: sizes[w.points]}, Reader: reader, Reason: reason,
		Show: func(v visit.View) { counter.Show(v) }, Clock: time.Now, Log: d.log,
	})
	return screens.Run(ctx, look, w.language, strings.TrimSpace(w.officer), served, func(c *screens.Counter) func() {
		counter = c
		ctx, cancel := context.WithCancel(ctx)
		var serving sync.WaitGroup
		serving.Go(func() { served.Run(ctx) })
		return func() {
			cancel()
			serving.Wait()
		}
	})
}
