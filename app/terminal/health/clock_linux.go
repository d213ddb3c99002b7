package health

import (
	"golang.org/x/sys/unix"

	"countersign/protocol"
)

// SystemClock asks the kernel whether a time service keeps its clock right
// (adjtimex(2)): STA_UNSYNC is set until one does, and again when it has not for long.
func SystemClock() protocol.ClockState {
	var now unix.Timex
	state, err := unix.Adjtimex(&now)
	switch {
	case err != nil:
		return protocol.ClockUnknown
	case state == unix.TIME_ERROR || now.Status&unix.STA_UNSYNC != 0:
		return protocol.ClockUnsynchronised
	}
	return protocol.ClockSynchronised
}
