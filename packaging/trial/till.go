package main

import (
	"context"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/image/draw"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/display"
)

const (
	// title is the window's, which the compositor gives to its own.
	title      = "Countersign terminal"
	manager    = "anna"
	managerPIN = "739164"
	configured = "/etc/countersign/terminal.toml"
)

// wide is how many pixels a picture for the installer's guide has in a row.
const wide = 800

// firstRun configures the terminal, starts its unit, and sets it up on its screen by
// keyboard and finger, until somebody can sign in.
func (t *town) firstRun(ctx context.Context) (figures string, err error) {
	if err := t.configure(); err != nil {
		return "", err
	}
	if t.terminal, err = newService(ctx, "countersign-terminal", t.out); err != nil {
		return "", err
	}
	cookie, err := t.cookie()
	if err != nil {
		return "", err
	}
	// The compositor's picture goes to the X server; the devices' groups are those of the unit.
	t.terminal.more = append(t.server.Env(), "XAUTHORITY="+cookie, "WLR_BACKENDS=x11", "WLR_RENDERER=pixman", "COUNTERSIGN_TERMINAL_ANNOUNCE=1")
	screens, err := os.Create(filepath.Join(t.out, "screens.log"))
	if err != nil {
		return "", err
	}
	t.later(screens.Close)
	t.terminal.stdout = func(line []byte) {
		fmt.Fprintf(screens, "%s\n", line)
		t.chronicle.Announced(terminal, line)
	}
	t.terminal.stderr = func(line []byte) { t.chronicle.Logged(terminal, line) }
	if _, err := t.openTill(ctx); err != nil {
		return "", err
	}
	if err := t.setUp(ctx); err != nil {
		return "", err
	}
	return "", t.signIn(ctx)
}

// configure is the installer's work on the shipped file: what the devices are, and who
// sells to whom. The sensor stays where the package's rules put it.
func (t *town) configure() error {
	raw, err := os.ReadFile(configured)
	if err != nil {
		return err
	}
	text := string(raw)
	for _, set := range []struct{ key, value string }{
		{"settlement", `"https://` + t.stage.Link.Address() + `"`}, {"merchant", `"` + merchant + `"`}, {"currency", `"` + currency + `"`},
		{"camera", `"` + t.stage.TerminalEye.URL() + `"`}, {"reader", `"any"`}, {"sounds", "false"},
	} {
		line := regexp.MustCompile(`(?m)^#?` + set.key + ` = .*$`)
		if found := line.FindAllString(text, -1); len(found) != 1 {
			return fmt.Errorf("%s has %d lines for %s", configured, len(found), set.key)
		}
		text = line.ReplaceAllLiteralString(text, set.key+" = "+set.value)
	}
	if err := os.WriteFile(configured, []byte(text), 0o644); err != nil {
		return err
	}
	// What udev does for a sensor that is plugged in.
	if err := os.MkdirAll("/dev/countersign", 0o755); err != nil {
		return err
	}
	glass := t.stage.TerminalGlass.Path()
	if err := os.Symlink(glass, "/dev/countersign/sensor"); err != nil {
		return err
	}
	return (&unit{user: "countersign"}).give(glass)
}

// cookie copies what opens the display to where the terminal's user may read it.
func (t *town) cookie() (file string, err error) {
	for _, v := range t.server.Env() {
		if name, found := strings.CutPrefix(v, "XAUTHORITY="); found {
			raw, err := os.ReadFile(name)
			if err != nil {
				return "", err
			}
			file = "/run/display.cookie"
			if err := os.WriteFile(file, raw, 0o400); err != nil {
				return "", err
			}
			return file, t.terminal.give(file)
		}
	}
	return "", fmt.Errorf("the display has no cookie")
}

// openTill starts the terminal's unit and finds its window; it returns where in the
// chronicle it begins to announce.
func (t *town) openTill(ctx context.Context) (from int, err error) {
	from = t.chronicle.Len()
	if err := t.terminal.start(ctx); err != nil {
		return from, err
	}
	return from, t.findTill(ctx, from)
}

// findTill finds the window of a terminal that announces since a place in the chronicle,
// and waits until it fills it.
func (t *town) findTill(ctx context.Context, from int) (err error) {
	if _, _, err := t.chronicle.Wait(ctx, from, chronicle.OnScreen(terminal)); err != nil {
		return err
	}
	if t.stage.Terminal, err = t.place(ctx, terminal, display.Titled(title)); err != nil {
		return err
	}
	_, _, err = t.chronicle.Wait(ctx, from, func(e chronicle.Event) bool {
		return chronicle.OnScreen(terminal)(e) && e.Screen.Window == terminalAt.Size()
	})
	return err
}

// shown waits until the terminal shows one of the screens now, with a control.
func (t *town) shown(ctx context.Context, control string, names ...string) (*chronicle.Screen, error) {
	for {
		from, now := t.chronicle.Len(), t.chronicle.Now(terminal)
		if now != nil && slices.Contains(names, now.Name) && (control == "" || now.Has(control)) {
			return now, nil
		}
		if _, _, err := t.chronicle.Wait(ctx, from, chronicle.OnScreen(terminal)); err != nil {
			return nil, fmt.Errorf("no %v with %q, but %+v: %w", names, control, now, err)
		}
	}
}

// typed types on the keyboard, and Enter.
func (t *town) typed(ctx context.Context, text string) error {
	if err := t.stage.Terminal.Type(ctx, text); err != nil {
		return err
	}
	return t.stage.Terminal.Key(ctx, display.Return)
}

// setUp goes through the wizard: whatever it asks is answered, until it asks nothing more.
func (t *town) setUp(ctx context.Context) error {
	code, err := t.code(ctx, "terminal", "T-0001", "--name", "Corner Café")
	if err != nil {
		return err
	}
	answers := map[string]string{"welcome-authority": "https://127.0.0.1:8444", "welcome-code": code, "welcome-manager": manager,
		"welcome-pin": managerPIN, "welcome-pin-again": managerPIN,
		"welcome-settlement": "https://" + t.stage.Link.Address(), "welcome-merchant": merchant}
	for first := true; ; first = false {
		from, now := t.chronicle.Len(), t.chronicle.Now(terminal)
		answer, asks := answers[now.Name]
		switch {
		case now.Name == "sign-in":
			return t.findTill(ctx, from-1)
		case asks:
			err = t.typed(ctx, answer)
		case now.Has("primary"):
			if now.Name != "welcome-enrolment" {
				err = t.picture(ctx, now.Name)
			}
			if err == nil {
				err = t.stage.Terminal.Touch(ctx, now, "primary")
			}
		}
		if err != nil {
			return err
		}
		if first {
			if err := t.picture(ctx, "first-start"); err != nil {
				return err
			}
		}
		next := func(e chronicle.Event) bool {
			return chronicle.OnScreen(terminal)(e) && (e.Screen.Name != now.Name || e.Screen.Has("primary") && !now.Has("primary"))
		}
		if _, _, err := t.chronicle.Wait(ctx, from, next); err != nil {
			return fmt.Errorf("the wizard stays at %s: %w", now.Name, err)
		}
	}
}

// signIn signs the manager in, where nobody is.
func (t *town) signIn(ctx context.Context) error {
	on, err := t.shown(ctx, "member.0", "sign-in")
	if err != nil {
		return err
	}
	if err := t.picture(ctx, "sign-in"); err != nil {
		return err
	}
	if err := t.stage.Terminal.Touch(ctx, on, "member.0"); err != nil {
		return err
	}
	if err := t.typed(ctx, managerPIN); err != nil {
		return err
	}
	now, err := t.shown(ctx, "", "shift", "amount")
	if err != nil || now.Name == "amount" {
		return err
	}
	if err := t.typed(ctx, "10000"); err != nil { // the coins and notes in the drawer
		return err
	}
	_, err = t.shown(ctx, "", "amount")
	return err
}

// picture keeps what the terminal's screen shows, as wide as the guide wants it.
func (t *town) picture(ctx context.Context, name string) error {
	whole, err := t.stage.Terminal.Grab(ctx)
	if err != nil {
		return err
	}
	size := whole.Bounds().Size()
	small := image.NewRGBA(image.Rect(0, 0, wide, wide*size.Y/size.X))
	draw.CatmullRom.Scale(small, small.Rect, whole, whole.Rect, draw.Src, nil)
	return display.WritePNG(filepath.Join(t.out, "pictures", name+".png"), small)
}
