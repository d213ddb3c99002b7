package screens

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"countersign/app/terminal/office"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
)

func manager(t *testing.T) *counter {
	t.Helper()
	return newCounter(t, "en", widgets.Appearance{}, staff.Manager, 1284)
}

func (c *counter) screen(want string) {
	c.t.Helper()
	if got := c.stage.Screen(); got != "office."+want {
		c.t.Fatalf("the screen is %s, want office.%s", got, want)
	}
}

// says looks for words on the page.
func (c *counter) says(words ...string) {
	c.t.Helper()
	all := c.read()
	for _, w := range words {
		if !strings.Contains(all, w) {
			c.t.Fatalf("%s does not say %q but %s", c.stage.Screen(), w, all)
		}
	}
}

// read is all that can be seen, in a row.
func (c *counter) read() string {
	var all []string
	seen(c.stage.Window().Content(), fyne.NewPos(0, 0), func(text *canvas.Text, _ fyne.Position) { all = append(all, text.Text) }, nil)
	return strings.Join(all, " ")
}

// What a role is not offered it does not see; what it sees leads to a page and back.
func TestMenuByRole(t *testing.T) {
	for role, want := range map[staff.Role][]office.Page{
		staff.Manager:   {office.Log, office.Shift, office.Reports, office.Takings, office.Devices, office.Staff, office.Settings, office.OwnPIN, office.Training},
		staff.Cashier:   {office.Log, office.Shift, office.OwnPIN, office.Training},
		staff.Installer: {office.Devices, office.Settings, office.OwnPIN},
	} {
		c := newCounter(t, "en", widgets.Appearance{}, role, 100)
		var have []office.Page
		for _, control := range c.controls {
			if page, is := strings.CutPrefix(control.ID, "menu."); is {
				have = append(have, office.Page(page))
			}
		}
		if !slices.Equal(have, want) {
			t.Errorf("%s is offered %v", role, have)
		}
		for _, page := range want {
			c.press("menu." + string(page))
			if c.stage.Screen() == "office.menu" {
				t.Errorf("%s leads nowhere", page)
			}
			c.types("<Escape>")
			c.screen("menu")
		}
		c.types("<Escape>")
		if c.left != 1 || c.Showing() {
			t.Errorf("the menu was left %d times", c.left)
		}
		c.Wait()
	}
}

// The staff: added with name, role and PIN twice, unlocked, removed; the last step alone does it.
func TestStaff(t *testing.T) {
	c := manager(t)
	c.press("menu.staff", "primary")
	c.types("Do ra", "<Return>")
	c.press("option.cashier")
	c.types("1111", "<Return>")
	c.says("Too easy to guess.")
	c.types("8264", "<Return>", "8265", "<Return>")
	c.says("The two are not the same.")
	c.types("8264", "<Return>", "8264", "<Return>")
	c.screen("staff")
	c.says("Dora was added.")
	if did := c.shop.done(); did != "add Dora cashier 8264" {
		t.Errorf("did %q", did)
	}
	c.press("member.bo", "unlock")
	c.says("bo can sign in again.")
	c.press("member.bo", "remove")
	if len(c.Members()) != 5 {
		t.Fatal("one press removes")
	}
	c.press("primary")
	if len(c.Members()) != 4 {
		t.Errorf("%d members", len(c.Members()))
	}
	c.press("member.anna")
	for _, control := range c.controls {
		if control.ID == "remove" && !control.Object.(fyne.Disableable).Disabled() {
			t.Error("one can remove oneself")
		}
	}
}

// One's own PIN takes the present one, and a wrong one is told of.
func TestOwnPIN(t *testing.T) {
	c := newCounter(t, "en", widgets.Appearance{}, staff.Cashier, 10)
	c.press("menu.pin")
	c.types("1234", "<Return>", "8264", "<Return>", "8264", "<Return>")
	c.says("Name or PIN is wrong.")
	c.types("7391", "<Return>", "8264", "<Return>", "8264", "<Return>")
	c.says("PIN changed")
	if did := c.shop.done(); did != "own pin is 8264" {
		t.Errorf("did %q", did)
	}
}

// A PIN that was keyed is wiped when the page is left.
func TestPINIsWiped(t *testing.T) {
	c := manager(t)
	c.press("menu.pin")
	c.types("7391")
	kept := c.top().(*pinPage).pin[:4:4]
	c.Close()
	if string(kept) != "\x00\x00\x00\x00" {
		t.Errorf("%q stays in memory", kept)
	}
}

// The office is taken off in the middle: what only looked is dropped, what was begun goes on, nothing shows any more.
func TestCloseInTheMiddle(t *testing.T) {
	c := manager(t)
	c.press("menu.devices")
	c.shop.testing = make(chan struct{})
	c.touch("test.sensor")
	c.loop.until(t, "the finger", func() bool { return strings.Contains(c.read(), "Hold still") })
	c.stage.Show("sale", widgets.Body("a sale"))
	c.Close()
	c.Office.running.Wait() // the test has ended with its page
	c.loop.until(t, "nothing", func() bool { return true })
	if c.stage.Screen() != "sale" || c.left != 0 {
		t.Errorf("the screen is %s, left %d times", c.stage.Screen(), c.left)
	}
	c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	c.TypedRune('x')
}

// A language is changed in the middle of a page, which stays.
func TestLanguage(t *testing.T) {
	c := manager(t)
	c.press("menu.settings", "language.de")
	if c.shop.prefs.Language != "de" {
		t.Errorf("prefers %+v", c.shop.prefs)
	}
	c.Language(book(t, "de"))
	c.screen("settings")
	c.says("Einstellungen")
	c.press("setting.large")
	if !c.shop.prefs.Large {
		t.Error("large text is not set")
	}
}

// Every control of every page can be reached by the arrows and pressed by Enter.
func TestArrowsReachEverything(t *testing.T) {
	for _, p := range pages {
		if underRace && p.name != "log" {
			continue
		}
		c := newCounter(t, "en", widgets.Appearance{}, p.who, 1284)
		p.visit(c)
		if k, takes := c.top().(keyer); takes && k.typedKey(&fyne.KeyEvent{Name: fyne.KeyDown}) {
			continue // has its own use for them
		}
		want, have := map[string]bool{}, map[string]bool{}
		for _, control := range c.controls {
			d, can := control.Object.(fyne.Disableable)
			if _, seen := c.stage.Targets()[control.ID]; seen && (!can || !d.Disabled()) {
				if _, takes := control.Object.(fyne.Focusable); takes {
					want[control.ID] = true
				}
			}
		}
		at := func() string {
			for _, control := range c.controls {
				if f, is := control.Object.(fyne.Focusable); is && f == c.stage.Window().Canvas().Focused() {
					return control.ID
				}
			}
			return ""
		}
		c.steer(0, 1)
		queue := []string{at()}
		have[queue[0]] = true
		for len(queue) > 0 {
			from := queue[0]
			queue = queue[1:]
			for _, way := range [][2]float32{{0, 1}, {0, -1}, {1, 0}, {-1, 0}} {
				for _, control := range c.controls {
					if control.ID == from {
						c.stage.Window().Canvas().Focus(control.Object.(fyne.Focusable))
					}
				}
				c.steered = true
				c.steer(way[0], way[1])
				if id := at(); !have[id] {
					have[id] = true
					queue = append(queue, id)
				}
			}
		}
		for id := range want {
			if !have[id] {
				t.Errorf("the arrows do not reach %s on %s", id, p.name)
			}
		}
		c.Close()
		c.Wait()
	}
	c := manager(t)
	c.types("<Down>", "<Down>", "<Return>")
	if c.stage.Screen() == "office.menu" {
		t.Error("Enter does not press what is marked")
	}
}

// Training is asked once, begins once, and not while a sale is in front; an installer is not offered it.
func TestTraining(t *testing.T) {
	c := manager(t)
	locked(c.shop, func() bool { c.shop.selling = true; return true })
	c.press("menu.training")
	c.says("No money moves", "End training")
	c.press("primary")
	c.says("A sale is open. End it first.")
	if did := locked(c.shop, func() int { return len(c.shop.did) }); did != 0 {
		t.Errorf("did %v", c.shop.did)
	}
	locked(c.shop, func() bool { c.shop.selling = false; return true })
	c.touch("primary")
	p := c.top().(*trainingPage)
	p.begin() // a second press
	c.back()
	c.loop.until(c.t, "training", func() bool { return locked(c.shop, func() bool { return len(c.shop.did) > 0 }) })
	if did := locked(c.shop, func() []string { return slices.Clone(c.shop.did) }); !slices.Equal(did, []string{"train"}) || c.top() != page(p) || !c.primary.Disabled() {
		t.Errorf("did %q; at %s", did, c.top().name())
	}
}
