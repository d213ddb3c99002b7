package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Control names a control of a screen: for automation, tests and, with the widget's own label, screen readers.
type Control struct {
	ID     string // dotted, stable in every language: "key.7", "charge"
	Object fyne.CanvasObject
}

// Target is where a control lies, in physical pixels from the window's top left corner.
type Target struct{ X, Y, Width, Height int }

// Snapshot is what a window shows at one moment.
type Snapshot struct {
	Screen   string
	Language string
	Width    int // of the window, physical pixels
	Height   int
	Targets  map[string]Target // visible controls by ID
}

// Stage holds a window's content: one screen at a time, its type as large as the theme asks for or, where that does not fit, as
// large as all of the screen does. It belongs to Fyne's goroutine except for [Stage.Do].
type Stage struct {
	window   fyne.Window
	do       Do
	holder   *fyne.Container
	fitting  fitting
	screen   string
	language string
	controls map[string]fyne.CanvasObject
	changed  chan struct{} // wakes the announcer
}

// NewStage takes over a window's content.
func NewStage(window fyne.Window, do Do) *Stage {
	s := &Stage{window: window, do: do, controls: map[string]fyne.CanvasObject{}, changed: make(chan struct{}, 1)}
	s.holder = container.New(offOrigin{&s.fitting})
	window.SetPadded(false)
	window.SetContent(s.holder)
	return s
}

// Do changes the screen from another goroutine; see the type [Do].
func (s *Stage) Do(f func()) { s.do(f) }

// Show puts a screen in the place of the one before, whose controls are forgotten. Showing the same name again is another
// screen, but a key that is pressed meanwhile stays pressed if there is one of its name.
func (s *Stage) Show(name string, content fyne.CanvasObject, controls ...Control) {
	former := s.controls
	if name != s.screen {
		former = nil
	}
	s.screen = name
	s.controls = make(map[string]fyne.CanvasObject, len(controls))
	for _, c := range controls {
		s.controls[c.ID] = c.Object
	}
	s.window.Canvas().Unfocus() // a control that is gone must not go on taking keys
	s.fitting = fitting{content: content}
	s.holder.Objects = []fyne.CanvasObject{content}
	s.holder.Refresh()
	succeed(former, s.controls)
	s.Changed()
}

// Control names one more control of the present screen, or another object for a name.
func (s *Stage) Control(id string, object fyne.CanvasObject) {
	s.controls[id] = object
	s.Changed()
}

// SetLanguage notes the language that the screens are shown in.
func (s *Stage) SetLanguage(tag string) {
	s.language = tag
	s.Changed()
}

// Screen is the name of the screen that is shown; empty before the first.
func (s *Stage) Screen() string { return s.screen }

// Language is the language noted last.
func (s *Stage) Language() string { return s.language }

// Window is the window whose content this is.
func (s *Stage) Window() fyne.Window { return s.window }

// Changed says that something moved, appeared or went without the stage knowing. The announcer looks by itself as well, four
// times a second; this only makes it quick.
func (s *Stage) Changed() {
	select {
	case s.changed <- struct{}{}:
	default: // it is awake already
	}
}

// Targets gives the place of every control that can be seen now.
func (s *Stage) Targets() map[string]Target { return s.Snapshot().Targets }

// Snapshot is what the window shows now.
func (s *Stage) Snapshot() Snapshot {
	c := s.window.Canvas()
	width, height := c.PixelCoordinateForPosition(fyne.NewPos(c.Size().Width, c.Size().Height))
	shot := Snapshot{Screen: s.screen, Language: s.language, Width: width, Height: height, Targets: map[string]Target{}}
	driver := fyne.CurrentApp().Driver()
	for id, object := range s.controls {
		at := driver.AbsolutePositionForObject(object)
		if at.IsZero() || object.Size().IsZero() { // see offOrigin
			continue
		}
		x1, y1 := c.PixelCoordinateForPosition(at)
		x2, y2 := c.PixelCoordinateForPosition(at.AddXY(object.Size().Width, object.Size().Height))
		shot.Targets[id] = Target{x1, y1, x2 - x1, y2 - y1}
	}
	return shot
}

// offOrigin gives the screen the whole window but for a thousandth of a unit at its corner. Fyne answers (0,0) when it is
// asked for the place of an object that cannot be seen; so nothing that can be seen may lie there.
type offOrigin struct{ fitting *fitting }

func (offOrigin) MinSize(objects []fyne.CanvasObject) (size fyne.Size) {
	for _, o := range objects {
		size = size.Max(o.MinSize())
	}
	return size
}

func (l offOrigin) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewSquareOffsetPos(0.001))
		if o != l.fitting.content {
			o.Resize(size)
			continue
		}
		l.fitting.fitTo(size)
	}
}

// NewPage lays a screen out as every screen is: a quiet row on top, the body, the actions at the bottom, [Margin] round all
// and [Grid] between. Any part may be nil.
func NewPage(top, body, bottom fyne.CanvasObject) *fyne.Container {
	return container.New(&page{top, body, bottom}, present(top, body, bottom)...)
}

func present(list ...fyne.CanvasObject) (all []fyne.CanvasObject) {
	for _, o := range list {
		if o != nil {
			all = append(all, o)
		}
	}
	return all
}

type page struct{ top, body, bottom fyne.CanvasObject }

func (p *page) MinSize([]fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range present(p.top, p.body, p.bottom) {
		size.Width = max(size.Width, o.MinSize().Width)
		size.Height += o.MinSize().Height + Grid
	}
	return size.AddWidthHeight(2*Margin, 2*Margin-Grid)
}

func (p *page) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	width, y, end := size.Width-2*Margin, Margin, size.Height-Margin
	if p.top != nil {
		p.top.Move(fyne.NewPos(Margin, y))
		p.top.Resize(fyne.NewSize(width, p.top.MinSize().Height))
		p.top.Resize(fyne.NewSize(width, p.top.MinSize().Height)) // what wraps knows its height only once it knows its width
		y += p.top.Size().Height + Grid
	}
	if p.bottom != nil {
		height := p.bottom.MinSize().Height
		end -= height
		p.bottom.Move(fyne.NewPos(Margin, end))
		p.bottom.Resize(fyne.NewSize(width, height))
		end -= Grid
	}
	if p.body != nil {
		p.body.Move(fyne.NewPos(Margin, y))
		p.body.Resize(fyne.NewSize(width, max(end-y, 0)))
	}
}
