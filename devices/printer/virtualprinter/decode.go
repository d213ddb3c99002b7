package virtualprinter

import (
	"errors"
	"fmt"
)

// Options are what a printer is built with.
type Options struct {
	// Dots is how wide it prints, 576 for 80 mm and 384 for 58 mm paper. Zero: 576.
	Dots  int
	Fonts Fonts
	// DrawerPin is the pin that the drawer hangs on, as ESC p m numbers it: 0 is connector pin 2, 1 is pin 5. Current on
	// the other one does nothing.
	DrawerPin int
	// DrawerOpenLow has the drawer's switch low while it is open, and high while it is closed.
	DrawerOpenLow bool
}

func (o Options) machine() (*machine, error) {
	if o.Dots == 0 {
		o.Dots = 576
	}
	if o.Dots < 96 || o.Dots > 2048 {
		return nil, fmt.Errorf("virtual printer: %d dots: 96 to 2048", o.Dots)
	}
	g, err := newGlyphs(o.Fonts)
	if err != nil {
		return nil, err
	}
	return newMachine(o.Dots, g), nil
}

// Decode prints a job. On an error, a [*SyntaxError] that names the offset, the paper has what came before it.
func Decode(job []byte, o Options) (Paper, error) {
	m, err := o.machine()
	if err != nil {
		return Paper{}, err
	}
	f := newFramer()
	f.buffer = job
	end := 0
	for {
		c, err := f.next()
		if errors.Is(err, errShort) {
			err = f.ended()
			if err == nil && m.lead != 0 {
				err = &SyntaxError{end, "the last character ends too early"}
			}
			return m.seen(), err
		}
		if err != nil {
			return m.seen(), err
		}
		end = c.Offset
		if err := m.do(c); err != nil {
			return m.seen(), err
		}
	}
}

// do runs a command and says where it was wrong.
func (m *machine) do(c Command) error {
	what, err := m.run(c)
	if err != nil {
		return fmt.Errorf("at byte %d: %w", c.Offset, err)
	}
	if what != "" {
		if c.Name != "text" {
			what = c.Name + ": " + what
		}
		return &SyntaxError{c.Offset, what}
	}
	return nil
}
