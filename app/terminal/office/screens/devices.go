package screens

import (
	"context"
	"image"
	"strings"
	"sync/atomic"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/office"
	"countersign/app/widgets"
)

// devicesPage lists the terminal's parts: how each is, since when, and a test.
type devicesPage struct {
	*Office
	first int
}

func (p *devicesPage) name() string  { return "devices" }
func (p *devicesPage) title() string { return p.book.Say("office.menu.devices") }

func (p *devicesPage) build() view {
	var v view
	var rows []fyne.CanvasObject
	for _, d := range p.Devices() {
		name := p.book.Say("office.device." + d.ID)
		meaning, said := widgets.Good, p.book.Say("device.state.ready")
		switch {
		case d.Word != "" && d.Bad:
			meaning, said = widgets.Refusal, p.book.Say(d.Word)
		case d.Word != "":
			meaning, said = widgets.Attention, p.book.Say(d.Word)
		}
		detail := brief(d.Detail)
		if d.ID == office.Drawer && d.Word != "" {
			detail = p.book.Say("office.devices.drawer-open")
		}
		since := ""
		if !d.Since.IsZero() {
			since = p.book.Say("office.devices.since", "time", p.when(d.Since.In(p.Location)))
		}
		cells := []part{fix(dot(meaning), 28), share(middle(body(name)), 1.4),
			share(two(words(said, widgets.SizeBody, meaning.WordColor(), fyne.TextAlignLeading), quiet(detail)), 3),
			share(middle(words(since, widgets.SizeCaption, widgets.ColorQuiet, fyne.TextAlignLeading)), 1.3)}
		row := panel(across(2*widgets.Grid, cells...))
		var line fyne.CanvasObject = across(widgets.Grid, fill(row), fix(space(), 200))
		if d.Test != office.NoTest {
			k := key(p.book.Say("office.test."+string(d.Test)), func() { p.push(newTestPage(p.Office, d)) })
			line = across(widgets.Grid, fill(row), fix(k, 200))
			v.controls = append(v.controls, widgets.Control{ID: "test." + d.ID, Object: k})
		}
		rows = append(rows, line)
	}
	list := newRoll(p.Office, rows, scaled(76), &p.first)
	v.controls = append(v.controls, list.controls()...)
	v.body = list.box
	return v
}

// brief is as much of an error as a row has a line for, at the least size of text; its beginning says what was being done.
func brief(detail string) string {
	const room = 52
	if letters := []rune(detail); len(letters) > room {
		return strings.TrimRight(string(letters[:room-1]), " :") + "…"
	}
	return detail
}

// DevicesChanged says that a device is another way than before; their page shows it.
func (o *Office) DevicesChanged() {
	if _, is := o.top().(*devicesPage); is {
		o.tell(o.refresh)
	}
}

// testPage tries one device.
type testPage struct {
	*Office
	device  office.Device
	running bool
	meaning widgets.Meaning
	said    string
	text    string

	camera *widgets.CameraPreview
	found  bool
	shows  atomic.Bool // a frame waits to be shown, so that others are dropped
	ring   *widgets.FingerProgress
	finger office.Finger
}

func newTestPage(o *Office, d office.Device) *testPage {
	p := &testPage{Office: o, device: d}
	if d.Test == office.SeeCamera {
		p.camera = widgets.NewCameraPreview(o.book.Say("office.test.camera-wait"))
	}
	return p
}

func (p *testPage) name() string { return "test." + string(p.device.Test) }

func (p *testPage) title() string {
	return p.book.Say("office.test.title", "device", p.book.Say("office.device."+p.device.ID))
}

// shown begins at once: whoever came here pressed the key for it.
func (p *testPage) shown() {
	if !p.running {
		p.start()
	}
}

func (p *testPage) start() {
	p.running, p.said, p.text, p.finger = true, "", "", office.Finger{}
	look(p.Office, p, "test", only(p.run), func(_ nothing, err error) {
		p.running = false
		p.ended(err)
		if p.top() == p {
			p.refresh()
		}
	})
	p.refresh()
}

// run is called away from Fyne's goroutine.
func (p *testPage) run(ctx context.Context) error {
	switch p.device.Test {
	case office.SeeCamera:
		return p.intents.TestCamera(ctx, func(frame *image.RGBA, corners []image.Point) {
			if p.shows.Swap(true) {
				return // the one before is not on the screen yet
			}
			p.stage.Do(func() {
				p.shows.Store(false)
				if ctx.Err() == nil {
					p.tell(func() { p.frame(frame, corners) })
				}
			})
		})
	case office.ReadFinger:
		return p.intents.TestFinger(ctx, func(f office.Finger) {
			p.stage.Do(func() {
				if ctx.Err() == nil {
					p.tell(func() { p.progress(f) })
				}
			})
		})
	case office.PrintPage:
		return p.intents.TestPrinter(ctx)
	case office.ReadCard:
		return p.intents.TestReader(ctx)
	}
	return p.intents.TestSound(ctx)
}

func (p *testPage) frame(frame *image.RGBA, corners []image.Point) {
	p.camera.SetFrame(frame)
	found := len(corners) == 4
	if found {
		p.camera.SetFound([4]image.Point(corners))
	} else {
		p.camera.ClearFound()
	}
	if found != p.found {
		p.found = found
		p.refresh()
	}
}

func (p *testPage) progress(f office.Finger) {
	again := f.Touching != p.finger.Touching || f.Quality != p.finger.Quality
	p.finger = f
	if p.ring != nil {
		p.ring.SetFraction(f.Fraction)
	}
	if again && p.top() == p {
		p.refresh()
	}
}

// ended says how the test ended.
func (p *testPage) ended(err error) {
	if err != nil {
		p.meaning, p.said, p.text = widgets.Refusal, p.book.Say("office.test.failed"), p.book.Say(office.Trouble(err))
		return
	}
	p.meaning, p.said, p.text = widgets.Good, p.book.Say("office.test-done."+string(p.device.Test)), ""
	if p.device.Test == office.ReadFinger && p.finger.Quality != office.NotRead {
		p.said, p.text = p.book.Notice("office.quality." + string(p.finger.Quality))
		if p.finger.Quality == office.Poor {
			p.meaning = widgets.Attention
		}
	}
}

func (p *testPage) build() view {
	var v view
	doing := "office.test-doing." + string(p.device.Test)
	var shown fyne.CanvasObject
	switch p.device.Test {
	case office.SeeCamera:
		shown = p.camera
		if p.found {
			doing = "office.test.camera-found"
		}
	case office.ReadFinger:
		p.ring = widgets.NewFingerProgress(280)
		p.ring.SetFraction(p.finger.Fraction)
		shown = centred(p.ring, 280, 280)
		if p.finger.Touching {
			doing = "office.test.finger-reading"
		}
	default:
		shown = centred(picture("devices", widgets.ColorGoText), 200, 200)
	}
	var said fyne.CanvasObject = middle(words(p.book.Say(doing), widgets.SizeLead, widgets.ColorText, fyne.TextAlignCenter))
	if p.said != "" {
		if p.device.Test != office.SeeCamera && p.device.Test != office.ReadFinger || p.meaning != widgets.Good {
			shown = centred(widgets.NewOutcomeMark(p.meaning, 160), 160, 160)
		}
		said = two(words(p.said, widgets.SizeHeading, p.meaning.WordColor(), fyne.TextAlignCenter), words(p.text, widgets.SizeLead, widgets.ColorText, fyne.TextAlignCenter))
	}
	v.body = down(widgets.Grid, fill(shown), fix(said, scaled(160)))
	v.primary = enabled(primary(p.book.Say("office.test.again"), p.start), !p.running)
	return v
}
