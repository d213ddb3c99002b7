package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"countersign/app/terminal/office"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/screens"
	"countersign/devices/camera"
	"countersign/devices/contactless"
	"countersign/devices/printer"
	"countersign/devices/speaker"
)

// lookAgain is how often the parts that tell nothing by themselves are looked
// at.
const lookAgain = 15 * time.Second

// watchDevices keeps the quiet row of marks true: what is missing is named
// before a customer stands there.
func (t *terminal) watchDevices(ctx context.Context, k *screens.Kiosk) {
	var watching sync.WaitGroup
	defer watching.Wait()
	lens, radio := t.lens.States(), field{t.radio}.states(ctx, &watching)
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	seen, reader := camera.State{}, contactless.State{Condition: contactless.Ready}
	var printers <-chan printer.State
	var printing printer.State
	if t.paper != nil {
		printers = t.paper.States()
	}
	var held error // of the imager
	network, reached := "", ""
	sensor, touched := t.sensorWord(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case s, more := <-lens:
			if !more {
				lens = nil
				continue
			}
			seen = s
		case reader = <-radio:
		case <-again.C:
			network, reached = t.network(ctx)
			if t.till.View().Stage == sale.Idle { // a sale has the sensor for itself
				sensor, touched = t.sensorWord(ctx)
			}
		case printing = <-printers:
		case held = <-t.handed:
		case <-t.speaker.Changed():
		}
		marks := []mark{
			{Device: screens.Device{ID: "settlement", Word: network, Bad: true}, detail: reached},
			{Device: screens.Device{ID: "camera", Word: cameraWord(seen), Bad: true}, detail: said(seen.Err)},
			{Device: screens.Device{ID: "sensor", Word: sensor}, detail: touched},
		}
		if t.radio != nil {
			marks = append(marks, mark{Device: readerMark(reader), detail: said(reader.Err)})
		}
		if t.paper != nil {
			marks = append(marks, mark{Device: screens.Device{ID: "printer", Word: printerWord(printing)}, detail: said(printing.Err)})
		}
		if t.hand != nil {
			marks = append(marks, mark{Device: screens.Device{ID: "imager", Word: imagerWord(held)}, detail: said(held)})
		}
		if word, detail := t.speakerWord(); word != "" || t.preferred.Load().Sounds {
			marks = append(marks, mark{Device: screens.Device{ID: "speaker", Word: word}, detail: detail})
		}
		t.board.set(time.Now(), append(slices.Clone(marks), drawerMarks(printing)...))
		devices := make([]screens.Device, 0, len(marks))
		for _, m := range marks {
			devices = append(devices, m.Device)
		}
		k.ShowDevices(devices)
	}
}

// said is an error in words; nothing for none.
func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// printerWord says why a printer would not print; that paper runs low is said too, also while
// the drawer is open.
func printerWord(s printer.State) string {
	switch s.Word {
	case printer.WordDrawerOpen:
		if s.Status.PaperLow {
			return "receipt.printer." + string(printer.WordPaperLow)
		}
		return ""
	case "", printer.WordOpening, printer.WordReady:
		return ""
	}
	return "receipt.printer." + string(s.Word)
}

// drawerMarks has a drawer that is open, for the manager's pages: at the counter it is open
// after every sale for cash, which is nobody's trouble. Of a printer that is not there nothing
// is known.
func drawerMarks(s printer.State) []mark {
	if !s.DrawerOpen || s.Phase != printer.PhaseReady && s.Phase != printer.PhaseAttention {
		return nil
	}
	return []mark{{Device: screens.Device{ID: office.Drawer, Word: "receipt.printer." + string(printer.WordDrawerOpen)}}}
}

func imagerWord(err error) string {
	if err != nil {
		return "device.imager.missing"
	}
	return ""
}

// speakerWord says whether sounds cannot be heard that should be.
func (t *terminal) speakerWord() (word, detail string) {
	p := t.preferred.Load()
	for _, s := range t.speaker.States() {
		wanted := s.Part == speaker.Sounds && p.Sounds || s.Part == speaker.Speech && p.Speech
		if wanted && (s.Phase == speaker.Missing || s.Phase == speaker.Failed) {
			return "device.speaker.missing", s.Trouble
		}
	}
	return "", ""
}

// network says what is wrong with the way to settlement: asking for its
// certificate costs nothing while one is known.
func (t *terminal) network(ctx context.Context) (word, detail string) {
	if _, err := t.client.Certificate(ctx); err != nil && ctx.Err() == nil {
		return "device.settlement.unreachable", err.Error()
	}
	return "", ""
}

// sensorWord says whether the fingerprint sensor answers. Not fatal: a phone may
// have its own.
func (t *terminal) sensorWord(ctx context.Context) (word, detail string) {
	ctx, stop := context.WithTimeout(ctx, 3*time.Second)
	defer stop()
	if err := t.glass.Open(ctx); err != nil {
		return "device.sensor.missing", err.Error()
	}
	return "", ""
}

func cameraWord(s camera.State) string {
	if s.Phase == camera.PhaseMissing || s.Phase == camera.PhaseLost {
		return "device.camera.missing"
	}
	return ""
}
