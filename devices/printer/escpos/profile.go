package escpos

import (
	"errors"
	"fmt"
	"slices"
)

// The cell of font A, in dots at 203 dots per inch (8 dots/mm).
const (
	CellWidth  = 12
	CellHeight = 24
)

// Profile is what a kind of printer has. It is a value; the named ones are made by [ByName].
type Profile struct {
	Name string
	// Columns is how many characters of font A are on a line, 16 to 64, and Dots how many dots, at least
	// Columns × CellWidth.
	Columns, Dots int
	// Paper is the width of its roll in millimetres, 58 or 80.
	Paper int
	// Pages are the code pages that it has, the one to prefer first.
	Pages []CodePage
	// Hanzi says that it has a font for GB 18030 (FS &).
	Hanzi bool
	// QR says that it draws QR codes itself (GS ( k); else they are sent as pictures.
	QR bool
	// Cutter says that it cuts (GS V); else the paper is fed to the edge where it is torn.
	Cutter bool
	// DrawerPin is the drawer's pin, as ESC p m numbers it: 0 is connector pin 2, 1 is pin 5. The named profiles have 0.
	DrawerPin int
	// DrawerOpenLow says that the drawer's switch is low while the drawer is open; most have it high, as the named
	// profiles do.
	DrawerOpenLow bool
}

// What [ByName] and [Profile.WithDrawer] answer for what they do not know.
var (
	ErrProfile   = errors.New("no such printer profile")
	ErrDrawerPin = errors.New("a drawer is opened by pin 2 or pin 5 of its connector")
)

// Profiles are the named profiles, in the order in which an installer is shown them.
func Profiles() []Profile {
	western := []CodePage{CP858, CP1252, CP437}
	return []Profile{
		{Name: "80mm", Columns: 48, Dots: 576, Paper: 80, Pages: western, QR: true, Cutter: true},
		{Name: "80mm-42", Columns: 42, Dots: 512, Paper: 80, Pages: western, QR: true, Cutter: true},
		{Name: "58mm", Columns: 32, Dots: 384, Paper: 58, Pages: western, QR: true},
		{Name: "80mm-china", Columns: 48, Dots: 576, Paper: 80, Pages: []CodePage{CP437}, Hanzi: true, QR: true, Cutter: true},
		{Name: "58mm-china", Columns: 32, Dots: 384, Paper: 58, Pages: []CodePage{CP437}, Hanzi: true},
		// The least that calls itself ESC/POS: everything that is not in CP437 is sent as pictures.
		{Name: "80mm-plain", Columns: 48, Dots: 576, Paper: 80, Pages: []CodePage{CP437}, Cutter: true},
		{Name: "58mm-plain", Columns: 32, Dots: 384, Paper: 58, Pages: []CodePage{CP437}},
		{Name: "80mm-latin1", Columns: 48, Dots: 576, Paper: 80, Pages: []CodePage{CP850, CP437}, QR: true, Cutter: true},
	}
}

// ByName finds a profile; "" is the first. The error wraps [ErrProfile].
func ByName(name string) (Profile, error) {
	all := Profiles()
	if name == "" {
		return all[0], nil
	}
	if i := slices.IndexFunc(all, func(p Profile) bool { return p.Name == name }); i >= 0 {
		return all[i], nil
	}
	return Profile{}, fmt.Errorf("%w: %q", ErrProfile, name)
}

// WithDrawer is the profile with a drawer whose solenoid hangs on a pin of the printer's drawer connector, 2 or 5, and
// whose switch is low while it is open where openLow says so. The error wraps [ErrDrawerPin].
func (p Profile) WithDrawer(pin int, openLow bool) (Profile, error) {
	switch pin {
	case 2:
		p.DrawerPin = 0
	case 5:
		p.DrawerPin = 1
	default:
		return Profile{}, fmt.Errorf("%w, not %d", ErrDrawerPin, pin)
	}
	p.DrawerOpenLow = openLow
	return p, nil
}

// Prints says whether the printer has the character in one of its own fonts. Control characters it has not.
func (p Profile) Prints(r rune) bool {
	if r >= ' ' && r < 0x7f {
		return true
	}
	if r < 0xa0 {
		return false
	}
	if slices.ContainsFunc(p.Pages, func(c CodePage) bool { _, ok := c.Byte(r); return ok }) {
		return true
	}
	if p.Hanzi {
		_, ok := hanzi(r)
		return ok
	}
	return false
}
