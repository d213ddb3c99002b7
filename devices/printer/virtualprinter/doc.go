// Package virtualprinter is the other end of package printer: a receipt printer with a cash drawer that exists in memory. It
// speaks ESC/POS over TCP and pseudo-terminals, prints onto paper that can be looked at, and misbehaves when it is told to.
//
// Its decoder is strict where real printers shrug: a command that it does not know, one with an argument out of its range, a
// broken character and one that ends too early are a [*SyntaxError] that names the offset, and nothing after it is printed.
// So a test sees what a customer would see as a stray letter weeks later. [Decode] does the same without a connection.
//
// The paper is 203 dots to the inch, each dot black or white, text drawn with the fonts that it is given ([Fonts]) on the
// printer's cells of 12 × 24 dots (Han 24 × 24). [Paper.Text] is what is on it by columns, [Paper.Picture] what it looks like.
//
// Real-time commands (DLE EOT, DLE DC4) are taken at once, also while the rest waits: for paper, for a closed cover, for its
// turn on a slow printer. GS r is answered when all before it has been printed. The drawer hangs on one pin, opens by that
// alone, and its switch can be either way round ([Options]).
//
// Limits: standard mode only, upright; bar codes other than QR are unknown commands; the commands that are known are those
// that [Commands] lists.
package virtualprinter
