package printer

import (
	"errors"

	"countersign/devices/printer/escpos"
	"countersign/devices/serialline"
)

// Error is a failure with what the person at the counter can do about it.
type Error struct {
	text   string
	advice string
}

func (e *Error) Error() string { return e.text }

// Hint returns a sentence for the person, in English.
func (e *Error) Hint() string { return e.advice }

// What callers tell apart with errors.Is. All are *[Error] or have a hint as one.
var (
	// ErrMissing, ErrUnplugged and ErrBusy are the serial line's; those of the other connections are these as well.
	ErrMissing   = serialline.ErrMissing
	ErrUnplugged = serialline.ErrUnplugged
	ErrBusy      = serialline.ErrBusy

	// ErrAddress: Settings.Address names no printer.
	ErrAddress = &Error{"not a printer's address",
		`Give "serial:/dev/ttyUSB0?baud=19200", "usb:/dev/usb/lp0" or "tcp:192.168.1.50:9100".`}
	// ErrUnreachable: nobody answers at the printer's network address.
	ErrUnreachable = &Error{"printer cannot be reached",
		"The printer cannot be reached. Check that it is switched on and its network cable."}
	// ErrSilent: it takes data and does not say how it is.
	ErrSilent = &Error{"printer does not answer",
		"The printer does not answer. Switch it off and on; if that does not help, ask the installer."}
	// ErrGarbled: its answers are not those of an ESC/POS printer.
	ErrGarbled = &Error{"printer's answers make no sense",
		"The printer's answers make no sense. Check the cable and the speed in the settings."}
	// ErrStalled: it takes no more data.
	ErrStalled = &Error{"printer takes no data",
		"The printer takes no data. Check its paper and cover, then switch it off and on."}
	// ErrPaperOut, ErrCoverOpen, ErrOffline, ErrCutter and ErrFault are what the printer says of itself.
	ErrPaperOut  = &Error{"printer is out of paper", "The paper is used up. Put in a new roll."}
	ErrCoverOpen = &Error{"printer's cover is open", "The printer's cover is open. Close it."}
	ErrOffline   = &Error{"printer is offline", "The printer is offline. Press its feed or online key."}
	ErrCutter    = &Error{"printer's cutter is jammed", "The cutter is jammed. Open the cover, take out the paper and close it again."}
	ErrFault     = &Error{"printer reports a fault", "The printer reports a fault. Switch it off and on; if that does not help, ask the installer."}

	// ErrFull: too many jobs wait already.
	ErrFull = &Error{"too many jobs wait for the printer", "Too many receipts wait for the printer. See to the printer first."}
	// ErrEmpty: a job without bytes.
	ErrEmpty = &Error{"nothing to print", "There was nothing to print."}
	// ErrGivenUp: the job was not printed, or only in part. The cause is wrapped beside it.
	ErrGivenUp = &Error{"receipt was given up", "The receipt was not printed. It can be printed again from the last sales."}
	// ErrTooLate: a job was kept as long as it should be.
	ErrTooLate = &Error{"printer was not ready in time", "The printer was not ready in time. See to it, then print again."}
	// ErrClosed: this program has closed the printer.
	ErrClosed = &Error{"printer is closed", "The printer was switched off by this program. Start again."}
)

// Hint returns the sentence for the person that err, or what it wraps, carries; "" when there is none. Of a job that was
// given up it is that of the cause.
func Hint(err error) string {
	var g *givenUp
	if errors.As(err, &g) && g.cause != nil {
		if hint := Hint(g.cause); hint != "" {
			return hint
		}
	}
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

// givenUp is an ErrGivenUp with its cause.
type givenUp struct{ cause error }

func (e *givenUp) Error() string   { return ErrGivenUp.text + ": " + e.cause.Error() }
func (e *givenUp) Unwrap() []error { return []error{ErrGivenUp, e.cause} }

// trouble is why a printer with this status does not print; nil where it does.
func trouble(s escpos.Status) error {
	switch {
	case s.CoverOpen:
		return ErrCoverOpen
	case s.PaperOut:
		return ErrPaperOut
	case s.CutterJam:
		return ErrCutter
	case s.Fault:
		return ErrFault
	case s.Offline:
		return ErrOffline
	}
	return nil
}
