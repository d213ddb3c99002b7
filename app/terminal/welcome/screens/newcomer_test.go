package screens

import (
	"context"
	"image"
	"image/color"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"countersign/app/terminal/staff"
	"countersign/app/terminal/welcome"
	"countersign/app/widgets"
	"countersign/protocol"
)

// loop is Fyne's goroutine for a test, which runs what is handed over while it waits.
type loop struct {
	mu     sync.Mutex
	queue  []func()
	signal chan struct{}
}

func (l *loop) do(f func()) {
	l.mu.Lock()
	l.queue = append(l.queue, f)
	l.mu.Unlock()
	select {
	case l.signal <- struct{}{}:
	default:
	}
}

func (l *loop) until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		l.mu.Lock()
		queue := l.queue
		l.queue = nil
		l.mu.Unlock()
		for _, f := range queue {
			f()
		}
		if holds() {
			return
		}
		select {
		case <-l.signal:
		case <-late:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// machine is a terminal whose enrolment goes as far as a test lets it.
type machine struct {
	mu       sync.Mutex
	language string
	enrolled bool
	shop     welcome.Shop
	manager  protocol.ID
	codes    []string
	fate
}

// fate is how it goes.
type fate struct {
	phase   welcome.Phase // how far an enrolment goes
	fails   error         // why it goes no further; nil: it waits
	devices []welcome.Device
}

func (m *machine) Enrolled(context.Context) (bool, error) { return m.enrolled, nil }
func (m *machine) Managed(context.Context) (bool, error)  { return m.manager != "", nil }
func (m *machine) Prefer(language string) error           { m.language = language; return nil }

func (m *machine) Shop() welcome.Shop {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.shop
}

func (m *machine) KeepShop(s welcome.Shop) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shop = s
	return nil
}

func (m *machine) Devices(context.Context) []welcome.Device {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.devices
}

func (m *machine) Enrol(ctx context.Context, _, code string, begins func(welcome.Phase)) error {
	m.mu.Lock()
	m.codes = append(m.codes, code)
	phase, fails := m.phase, m.fails
	m.mu.Unlock()
	for p := welcome.MakingKeys; p <= phase; p++ {
		begins(p)
	}
	if phase == welcome.Enrolled || fails != nil {
		m.enrolled = fails == nil
		return fails
	}
	<-ctx.Done()
	return ctx.Err()
}

func (m *machine) AddManager(_ context.Context, id protocol.ID, pin []byte) error {
	if err := staff.CheckPIN(pin, id); err != nil {
		return err
	}
	m.manager = id
	return nil
}

// newcomer is somebody before the window of a first run.
type newcomer struct {
	*Guide
	t       *testing.T
	loop    *loop
	machine *machine
	file    string
	reads   chan string // what is held before the camera
}

// enrolmentCode is one as an authority writes it.
func enrolmentCode(t testing.TB, role protocol.Role) string {
	t.Helper()
	text, err := protocol.EnrolmentText(protocol.EnrolmentCode{
		Authority: protocol.Hash{0x4b, 0x5e, 0x11, 31: 9}, Role: role, Subject: "T-0001", Secret: protocol.Code{0xa1, 0x77, 15: 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// arrive opens the window of a first run in a folder.
func arrive(t *testing.T, language string, look widgets.Appearance, dir string, m *machine) *newcomer {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(widgets.NewTheme(look))
	window := test.NewWindow(nil) // which the guide may close
	n := &newcomer{t: t, loop: &loop{signal: make(chan struct{}, 1)}, machine: m, file: filepath.Join(dir, "first-run.json"), reads: make(chan string)}
	wizard, err := welcome.Open(t.Context(), n.file, welcome.Installed{Authority: "https://authority.example:8443"}, m)
	if err != nil {
		t.Fatal(err)
	}
	window.Resize(fyne.NewSize(1280, 800))
	n.Guide, err = newGuide(t.Context(), widgets.NewStage(window, n.loop.do), Setup{Wizard: wizard, Language: language, Codes: n.look})
	if err != nil {
		t.Fatal(err)
	}
	window.Resize(fyne.NewSize(1280, 800))
	t.Cleanup(n.wait)
	return n
}

// look is a camera before which nothing moves, and codes that are held there.
func (n *newcomer) look(ctx context.Context, _ func(string) bool, frame func(*image.RGBA, []image.Point), found func(string)) {
	still := image.NewRGBA(image.Rect(0, 0, 64, 36))
	for y := range 36 {
		for x := range 64 {
			still.SetRGBA(x, y, color.RGBA{96, 112, 96, 255})
		}
	}
	frame(still, nil)
	for {
		select {
		case text := <-n.reads:
			found(text)
		case <-ctx.Done():
			return
		}
	}
}

// shows waits for a screen, and for what it waits for itself.
func (n *newcomer) shows(name string) {
	n.t.Helper()
	n.loop.until(n.t, name, func() bool {
		switch p := n.page.(type) {
		case *devicesPage:
			return n.stage.Screen() == name && !p.looking
		case *managerPage:
			return n.stage.Screen() == name && !p.busy
		}
		return n.stage.Screen() == name
	})
}

// press presses controls as a finger does.
func (n *newcomer) press(ids ...string) {
	n.t.Helper()
	for _, id := range ids {
		k := n.control(id)
		if k.Disabled() {
			n.t.Fatalf("%s on %s cannot be pressed now", id, n.stage.Screen())
		}
		test.Tap(k)
	}
}

// control is a key that is shown.
func (n *newcomer) control(id string) *widgets.TouchKey {
	n.t.Helper()
	if _, seen := n.stage.Targets()[id]; !seen {
		n.t.Fatalf("%s on %s cannot be seen", id, n.stage.Screen())
	}
	var found *widgets.TouchKey
	for _, o := range test.LaidOutObjects(n.stage.Window().Content()) {
		k, is := o.(*widgets.TouchKey)
		if !is {
			continue
		}
		at, size := fyne.CurrentApp().Driver().AbsolutePositionForObject(k), k.Size()
		if target := n.stage.Targets()[id]; int(at.X+0.5) == target.X && int(at.Y+0.5) == target.Y && size.Width > 0 {
			found = k
		}
	}
	if found == nil {
		n.t.Fatalf("%s on %s is no key", id, n.stage.Screen())
	}
	return found
}

// types types on the keyboard: a name of a key in brackets, or characters.
func (n *newcomer) types(keys ...string) {
	n.t.Helper()
	for _, k := range keys {
		if name, is := strings.CutPrefix(k, "<"); is {
			n.typedKey(&fyne.KeyEvent{Name: fyne.KeyName(strings.TrimSuffix(name, ">"))})
			continue
		}
		for _, r := range k {
			n.typedRune(r)
		}
	}
}

// says looks for words on the screen.
func (n *newcomer) says(phrase string) {
	n.t.Helper()
	var all []string
	seen(n.stage.Window().Content(), fyne.NewPos(0, 0), func(text *canvas.Text, _ fyne.Position) { all = append(all, text.Text) })
	whole := strings.Join(strings.Fields(strings.Join(all, " ")), " ")
	if want := n.book.Say(phrase); !strings.Contains(whole, want) && !strings.Contains(strings.ReplaceAll(whole, " ", ""), strings.ReplaceAll(want, " ", "")) {
		n.t.Errorf("%s does not say %q but %s", n.stage.Screen(), want, whole)
	}
}

// seen visits every text that can be seen, with its place in the window.
func seen(o fyne.CanvasObject, at fyne.Position, visit func(*canvas.Text, fyne.Position)) {
	if !o.Visible() {
		return
	}
	at = at.Add(o.Position())
	switch o := o.(type) {
	case *canvas.Text:
		if o.Text != "" {
			visit(o, at)
		}
	case *fyne.Container:
		for _, child := range o.Objects {
			seen(child, at, visit)
		}
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(o).Objects() {
			seen(child, at, visit)
		}
	}
}
