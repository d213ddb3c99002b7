// Package serialline opens serial ports: the one place where Countersign does,
// over tarm/serial, on Windows by calls of its own; 8 data bits, no parity, one stop bit.
//
// Guarantees:
//
//  1. No call waits for ever. Reads and writes end with their context, at most
//     one poll ([Settings.Poll], a tenth of a second by default) later; [Line.Close]
//     takes at most [CloseLimit].
//  2. A line that was pulled out is told apart from a silent one, although the
//     library answers (0, EOF) to both: a read on a hung-up line returns at
//     once and not after its time-out, writing to it fails, and the device behind
//     the port's name is gone or another one.
//  3. Errors are [ErrMissing], [ErrUnplugged], [ErrBusy], [ErrStuck] or [ErrClosed]
//     where a caller decides on them, and carry a hint for the person at the counter.
//
// Limits: the library sets no flow control and cannot tell what speed the far
// end works at. Pseudo-terminals serve like ports; they ignore the speed. Package
// virtualport makes them, for the virtual devices of other packages.
package serialline
