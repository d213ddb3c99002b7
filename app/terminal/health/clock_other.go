//go:build !linux

package health

import "countersign/protocol"

// SystemClock is not known here.
func SystemClock() protocol.ClockState { return protocol.ClockUnknown }
