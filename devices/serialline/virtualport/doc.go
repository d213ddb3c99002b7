// Package virtualport is a serial port without a wire: a pseudo-terminal whose near end a
// driver opens by its name, through package serialline, and whose far end a virtual device
// holds.
//
// Guarantees:
//
//  1. Bytes pass as they are in both directions, from the moment it is made: nothing is
//     echoed, edited or translated, whether a host has it open or not.
//  2. A host may close the port and open it again; the far end does not fail meanwhile.
//  3. Close hangs the line up as a pulled plug does, and ends what waits on the far end.
//
// Limits: Linux only. No time passes on the line and no speed binds it; [Port.Baud] tells
// the one that the host has set, for devices that hear no other.
package virtualport
