package screens

import (
	"context"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"countersign/app/widgets"
	"countersign/app/widgets/golden"
)

// wrongSettings are as package configuration tells them.
var wrongSettings = []Problem{
	{"/etc/countersign/terminal.toml:9:1", "unknown key merchnat in [shop]; did you mean merchant?"},
	{"/etc/countersign/terminal.toml:31:1", `life takes a time in quotes: "30s" are 30 seconds, not the number 30`},
	{"COUNTERSIGN_TERMINAL_CAMRA", "unknown variable; did you mean COUNTERSIGN_TERMINAL_CAMERA?"},
	{"/etc/countersign/terminal.toml:40:1", "reader is before the first section; it belongs below [tap]"},
	{"/etc/countersign/terminal.toml:44:1", "section [shop] is there twice, first in line 7; put its keys together"},
	{"/etc/countersign/terminal.toml:46:1", "light takes true or false, not the number 1"},
	{"/etc/countersign/terminal.toml:47:1", "dark takes nothing"},
}

// complainer is somebody before that window, and the file that can be mended.
type complainer struct {
	*Complaint
	newcomer
	closed bool

	mu      sync.Mutex
	wrong   []Problem
	touched bool
}

func (c *complainer) mend(wrong []Problem, touched bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong, c.touched = wrong, touched
}

func complain(t *testing.T, language string, look widgets.Appearance, wrong []Problem) *complainer {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(widgets.NewTheme(look))
	window := test.NewWindow(nil)
	c := &complainer{wrong: wrong}
	window.SetOnClosed(func() { c.closed = true })
	c.newcomer = newcomer{t: t, loop: &loop{signal: make(chan struct{}, 1)}}
	window.Resize(fyne.NewSize(1280, 800))
	var err error
	c.Complaint, err = newComplaint(t.Context(), widgets.NewStage(window, c.loop.do), ComplaintSetup{
		Language: language, Every: time.Millisecond,
		Wrong: func(context.Context) []Problem {
			c.mu.Lock()
			defer c.mu.Unlock()
			return c.wrong
		},
		Changed: func() bool {
			c.mu.Lock()
			defer c.mu.Unlock()
			was := c.touched
			c.touched = false
			return was
		},
	}, wrong)
	if err != nil {
		t.Fatal(err)
	}
	c.newcomer.Guide = &Guide{stage: c.Complaint.stage, book: c.Complaint.book}
	window.Resize(fyne.NewSize(1280, 800))
	c.Complaint.running.Go(c.watch)
	t.Cleanup(c.Complaint.wait)
	return c
}

// The window tells what is wrong, anew when the file changes or somebody wants it, and goes
// when nothing is wrong any more.
func TestComplaint(t *testing.T) {
	c := complain(t, "en", widgets.Appearance{}, wrongSettings[:1])
	c.says("welcome.wrong.title")
	shows := func(what string) bool { return c.Complaint.wrong[0].What == what }
	c.mend(wrongSettings[1:3], false) // which nobody sees yet
	c.mend(wrongSettings[1:3], true)
	c.loop.until(t, "what is wrong now", func() bool { return shows(wrongSettings[1].What) })
	c.mend(wrongSettings[1:2], false)
	test.Tap(c.retry)
	if !c.retry.Disabled() {
		t.Error("the key can be pressed while it is looked")
	}
	c.loop.until(t, "what is wrong then", func() bool { return len(c.Complaint.wrong) == 1 && !c.retry.Disabled() })
	test.Tap(c.retry) // nothing has changed
	c.loop.until(t, "the key", func() bool { return !c.retry.Disabled() })
	c.mend(nil, true)
	c.loop.until(t, "the end", func() bool { return c.closed })
}

// TestGalleryComplaint is TestGallery of this window.
func TestGalleryComplaint(t *testing.T) {
	for _, language := range []string{"en", "zh", "de"} {
		for look, appearance := range looks {
			for name, wrong := range map[string][]Problem{"settings-wrong": wrongSettings[:2], "settings-all-wrong": wrongSettings} {
				name = language + look + "-" + name
				if !golden.Wanted(name) || underRace && look != "" {
					continue
				}
				t.Run(name, func(t *testing.T) {
					c := complain(t, language, appearance, wrong)
					c.inspect()
					golden.Look(t, name, c.Complaint.stage.Window(), !underRace && kept(language, look, len(wrong) == 2))
				})
			}
		}
	}
}
