package display

import (
	"fmt"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// A Key is an X keysym: what is printed on a key. Latin letters, digits and signs
// have their character code, so Key('7') is the key for 7.
type Key uint32

// Keys that have no character of their own (keysymdef.h).
const (
	BackSpace Key = 0xff08
	Tab       Key = 0xff09
	Return    Key = 0xff0d
	Escape    Key = 0xff1b
	Delete    Key = 0xffff
	Left      Key = 0xff51
	Up        Key = 0xff52
	Right     Key = 0xff53
	Down      Key = 0xff54
	F1        Key = 0xffbe
	F2        Key = 0xffbf
	F3        Key = 0xffc0
	F4        Key = 0xffc1
	F5        Key = 0xffc2
	Enter     Key = 0xff8d // on the numeric pad
	shift     Key = 0xffe1
)

func (k Key) String() string {
	if k > ' ' && k < 0x7f {
		return fmt.Sprintf("%q", rune(k))
	}
	return fmt.Sprintf("%#x", uint32(k))
}

// A stroke is a key of the keyboard, with shift or without.
type stroke struct {
	code  xproto.Keycode
	shift bool
}

// A keyboard says which stroke gives which key.
type keyboard map[Key]stroke

func readKeyboard(conn *xgb.Conn, setup *xproto.SetupInfo) (keyboard, error) {
	first, count := setup.MinKeycode, byte(setup.MaxKeycode-setup.MinKeycode+1)
	reply, err := xproto.GetKeyboardMapping(conn, first, count).Reply()
	if err != nil {
		return nil, fmt.Errorf("read the keyboard: %w", err)
	}
	per := int(reply.KeysymsPerKeycode)
	if per == 0 {
		return nil, fmt.Errorf("read the keyboard: it has no keys")
	}
	k := make(keyboard)
	// Columns 0 and 1 of the first group: plain and with shift. Plain ones win.
	for column := 0; column < min(2, per); column++ {
		for i := 0; i < int(count) && (i+1)*per <= len(reply.Keysyms); i++ {
			key := Key(reply.Keysyms[i*per+column])
			if _, have := k[key]; key != 0 && !have {
				k[key] = stroke{code: first + xproto.Keycode(i), shift: column == 1}
			}
		}
	}
	return k, nil
}
