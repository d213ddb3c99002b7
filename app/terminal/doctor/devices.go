package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"countersign/devices/contactless"
	"countersign/devices/fingerprint"
	"countersign/devices/printer"
	"countersign/devices/serialline"
)

// none is of a device that the terminal is not to have.
func none() Finding { return finding{}.fact("set_up", false).ok("None is set up.").done() }

// Sensor opens the fingerprint sensor and shakes hands with it.
func Sensor(s fingerprint.Settings, running bool) func(context.Context) Finding {
	return func(ctx context.Context) Finding {
		f := finding{}.fact("port", s.Port)
		if s.Port == "" {
			return f.bad("No port of the fingerprint sensor is set.", "Set it: --sensor and its port's name.").done()
		}
		sensor, err := fingerprint.Open(ctx, s)
		if running && errors.Is(err, fingerprint.ErrBusy) {
			return f.beside("it").done()
		}
		if err != nil {
			return f.port(s.Port, err).done()
		}
		defer sensor.Close()
		f = f.fact("id", sensor.ID()).fact("baud", sensor.Baud())
		if sensor.Baud() < slowestLine {
			return f.warn(fmt.Sprintf("%s answers, on a slow line (%d baud): a finger takes long.", sensor.ID(), sensor.Baud()), "Use a shorter cable or another USB adapter.").done()
		}
		return f.ok(fmt.Sprintf("%s answers, at %d baud.", sensor.ID(), sensor.Baud())).done()
	}
}

// slowestLine is the speed below which a picture takes more than 7 s.
const slowestLine = 57600

// Reader asks the PC/SC service for the contactless reader; a terminal beside has it as
// well. pattern is a part of its name; wanted says whether there is to be one.
func Reader(o contactless.Options, wanted bool) func(context.Context) Finding {
	return func(ctx context.Context) (found Finding) {
		if !wanted {
			return none()
		}
		var f finding
		r, err := contactless.Open(ctx, o)
		if err != nil {
			return f.failed(err, lookForService).done()
		}
		defer r.Close()
		s := r.State()
		f = f.fact("readers", s.Readers)
		switch s.Condition {
		case contactless.ServiceLost:
			return f.failed(s.Err, "").also(startService).done()
		case contactless.NoReader:
			return f.failed(s.Err, "Check its cable, and its name in the settings.").done()
		}
		return f.ok(strings.Join(s.Readers, ", ") + " is there.").done()
	}
}

// also adds what else can be done.
func (f finding) also(do string) finding {
	f.do = append(f.do, do)
	return f
}

// Printer asks the receipt printer how it is, and prints nothing.
func Printer(s printer.Settings, running bool) func(context.Context) Finding {
	return func(ctx context.Context) Finding {
		if s.Address == "" {
			return none()
		}
		f := finding{}.fact("address", s.Address)
		if running { // a printer has one connection
			return f.beside("it").done()
		}
		p, err := printer.Open(ctx, s)
		if err != nil {
			return f.failed(err, "Set the printer's right address.").done()
		}
		defer p.Close()
		states := p.States()
		for {
			select {
			case state, open := <-states:
				if open && state.Phase == printer.PhaseOpening {
					continue
				}
				return f.paper(s.Address, p.State()).done()
			case <-ctx.Done():
				return f.failed(ctx.Err(), "Switch the printer off and on, and check its cable.").done()
			}
		}
	}
}

// paper is what a printer says of itself.
func (f finding) paper(address string, s printer.State) finding {
	f = f.fact("word", string(s.Word))
	switch {
	case s.Phase != printer.PhaseReady:
		return f.port(address, s.Err)
	case s.Word == printer.WordPaperLow:
		return f.warn("It is ready; its paper is nearly used up.", "Have a new roll at hand.")
	case s.Word == printer.WordDrawerOpen, s.DrawerOpen:
		return f.warn("It is ready; the cash drawer is open.", "Close the drawer. If it is closed, set its switch the other way round: --drawer-switch.")
	}
	return f.ok("It is ready.")
}

// Imager opens the port of the hand-held imager. It is not heard of before it reads.
func Imager(port string, running bool) func(context.Context) Finding {
	return func(ctx context.Context) Finding {
		if port == "" {
			return none()
		}
		f := finding{}.fact("port", port)
		line, err := serialline.Open(ctx, serialline.Settings{Port: port, Baud: 115200})
		if running && errors.Is(err, serialline.ErrBusy) {
			return f.beside("it").done()
		}
		if err != nil {
			return f.port(port, err).done()
		}
		if err := line.Close(); err != nil {
			return f.failed(err, "Unplug it, wait a moment and plug it in again.").done()
		}
		return f.ok("Its port opens; it tells nothing before it reads.").done()
	}
}

// port is what is the matter with a device at a port.
func (f finding) port(name string, err error) finding {
	switch {
	case errors.Is(err, serialline.ErrMissing):
		return f.fact("error", err.Error()).bad(fmt.Sprintf("There is none at %s.", name), "Check that it is plugged in and switched on, and its port's name in the settings.")
	case errors.Is(err, serialline.ErrBusy):
		return f.fact("error", err.Error()).bad(fmt.Sprintf("%s cannot be opened.", name), "Another program may have it: end that. Or this user may not open it: add the user to the port's group.")
	}
	return f.failed(err, "Switch it off and on, and check its cable.")
}
