package screens

import (
	"errors"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
	"countersign/assets"
	"countersign/protocol"
	"countersign/protocol/money"
)

// desk stands for the staff's desk.
type desk struct {
	members []staff.Member
	duty    staff.Duty
	pins    map[protocol.ID]string
	err     error // what every sign-in comes to
	float   []protocol.Amount
	out     int
	tried   []string
	later   bool // sign-ins are answered by finish
	finish  func()
}

func newDesk() *desk {
	return &desk{members: []staff.Member{{ID: "Anna-01", Role: staff.Manager}, {ID: "Bernd-02", Role: staff.Cashier}, {ID: "陈晓-03", Role: staff.Cashier}, {ID: "T-04", Role: staff.Installer}},
		pins: map[protocol.ID]string{"Anna-01": "274913", "Bernd-02": "8140", "17": "8140", "T-04": "9911"}}
}

// on has somebody on duty.
func (d *desk) on(id protocol.ID, role staff.Role, shift uint64) *desk {
	d.duty = staff.Duty{Cashier: id, Role: role, Shift: shift}
	return d
}

func (d *desk) Members() []staff.Member { return d.members }
func (d *desk) Duty() staff.Duty        { return d.duty }
func (d *desk) SignOut() error {
	d.out++
	d.duty.Cashier, d.duty.Role = "", ""
	return nil
}
func (d *desk) OpenShift(float protocol.Amount) error {
	d.float = append(d.float, float)
	d.duty.Shift = 8
	return nil
}
func (d *desk) SignIn(id protocol.ID, pin []byte, done func(error)) {
	d.tried = append(d.tried, string(id)+"/"+string(pin))
	answer := func() {
		switch {
		case d.err != nil:
			done(d.err)
		case d.pins[id] != "" && d.pins[id] == string(pin):
			d.duty.Cashier, d.duty.Role = id, staff.Cashier
			for _, m := range d.members {
				if m.ID == id {
					d.duty.Role = m.Role
				}
			}
			done(nil)
		default:
			done(staff.ErrRefused)
		}
	}
	if d.later {
		d.finish = answer
		return
	}
	answer()
}

// drawer stands for a till that sells for cash.
type drawer struct {
	k     *Kiosk
	sold  []sale.Bill
	given []protocol.Amount
	err   error
}

func (d *drawer) SellForCash(b sale.Bill, given protocol.Amount) error {
	if d.err != nil {
		return d.err
	}
	d.sold, d.given = append(d.sold, b), append(d.given, given)
	d.k.show(sale.View{Stage: sale.Ended, Ending: sale.Paid, Number: 124, Amount: b.Amount, Currency: protocol.Currency(d.k.Currency), Items: b.Items, Decided: now,
		Cash: &sale.CashOf{Given: given, Change: given - b.Amount}})
	return nil
}

// offices stands for the manager's pages.
type offices struct {
	stage   *widgets.Stage
	who     []staff.Member
	refunds []uint64
	leave   func()
	closed  int
	keys    []fyne.KeyName
	runes   []rune
	tag     string
	touched time.Time
}

func (o *offices) Open(book assets.Phrasebook, who staff.Member, leave func()) {
	o.who, o.leave, o.tag = append(o.who, who), leave, book.Tag()
	o.stage.Show("office", widgets.Body("office"))
}
func (o *offices) OpenRefund(book assets.Phrasebook, who staff.Member, n uint64, leave func()) {
	o.refunds = append(o.refunds, n)
	o.Open(book, who, leave)
}
func (o *offices) Close()                       { o.closed++ }
func (o *offices) TypedKey(e *fyne.KeyEvent)    { o.keys = append(o.keys, e.Name) }
func (o *offices) TypedRune(r rune)             { o.runes = append(o.runes, r) }
func (o *offices) Language(b assets.Phrasebook) { o.tag = b.Tag() }
func (o *offices) Touched() time.Time           { return o.touched }

// actor stands for the customer of a training.
type actor struct{ played []Act }

func (a *actor) Play(act Act) { a.played = append(a.played, act) }
func (a *actor) Acts(v sale.View) []Act {
	switch v.Stage {
	case sale.Presenting:
		return []Act{ActShow, ActWrong}
	case sale.Finger:
		return []Act{ActFinger, ActPoor, ActOther, ActFunds, ActSilent}
	}
	return nil
}

// menu is a small list of things to sell.
func menu(currency money.Currency) []Group {
	price := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: currency} }
	return []Group{
		{"Kaffee 咖啡", []Item{{Name: "Espresso 浓缩咖啡", Price: price(1800), Tax: 1900}, {Name: "Cappuccino", Price: price(2600), Tax: 1900}, {Name: "Milchkaffee mit Hafermilch", Price: price(2900), Tax: 1900},
			{Name: "美式咖啡", Price: price(2200), Tax: 1900}, {Name: "Tee", Price: price(1500), Tax: 1900}, {Name: "Heiße Schokolade", Price: price(2700), Tax: 1900}, {Name: "Wasser", Price: price(800), Tax: 700}}},
		{"Kuchen 糕点", []Item{{Name: "Apfelkuchen", Price: price(2400), Tax: 700}, {Name: "Croissant", Price: price(1200), Tax: 700, Code: "4006381333931"}}},
		{"Frühstück", []Item{{Name: "Müsli", Price: price(3200), Tax: 700}}},
		{"Bücher", []Item{{Name: "Stadtführer", Price: price(8800), Tax: 700}}},
		{"Gutscheine", []Item{{Name: "Gutschein 100", Price: price(10000)}}},
	}
}

// state is a state of the window that needs more than a view: its setup and what leads there.
type state struct {
	setup func(*Setup, *world)
	enter func(t testing.TB, k *Kiosk, w *world)
}

// world is all that stands round a kiosk in a test.
type world struct {
	who    *cashier
	desk   *desk
	drawer *drawer
	office *offices
	actor  *actor
	clock  time.Time
	wands  []string
	asked  []*TipQuestion
	prints []uint64
	waits  []func() // for the end of what a wand might type
	// printErr is what printing comes to.
	printErr error
}

// newWorld opens a kiosk with everything that a setup can have, but for what change takes away.
func newWorld(t testing.TB, language string, appearance widgets.Appearance, change func(*Setup, *world)) (*Kiosk, *world) {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(widgets.NewTheme(appearance))
	window := test.NewTempWindow(t, nil)
	window.SetPadded(false)
	stage := widgets.NewStage(window, func(f func()) { f() })
	w := &world{who: &cashier{}, desk: newDesk().on("Bernd-02", staff.Cashier, 7), drawer: &drawer{}, actor: &actor{}, clock: now}
	setup := testSetup(language)
	setup.Now = func() time.Time { return w.clock }
	setup.Staff, setup.Cash, setup.LockAfter = w.desk, w.drawer, 2*time.Minute
	setup.Office = func(s *widgets.Stage) OfficePages { w.office = &offices{stage: s}; return w.office }
	setup.Print = func(n uint64) error { w.prints = append(w.prints, n); return w.printErr }
	setup.Wand = func(text string) { w.wands = append(w.wands, text) }
	if change != nil {
		change(&setup, w)
	}
	k, err := newKiosk(stage, setup, w.who)
	if err != nil {
		t.Fatal(err)
	}
	k.wand.later = func(_ time.Duration, f func()) { w.waits = append(w.waits, f) }
	w.drawer.k = k
	window.Resize(kioskSize)
	return k, w
}

var errPrinter = errors.New("printer")

func tapCanvas(k *Kiosk, at fyne.Position) { test.TapCanvas(k.stage.Window().Canvas(), at) }
