// Package escpos writes the language that receipt printers speak, Epson's ESC/POS, and reads their answers. It is pure: it
// opens nothing and waits for nothing.
//
// [Encoder] turns text, pictures, codes, cuts and drawer kicks into bytes for one [Profile] of printer: each character is
// written in a code page that the printer has, switching as needed, or in GB 18030's two-byte part where the printer has a
// font for it. [Status] gathers the answers to DLE EOT.
//
// Guarantees: the bytes are complete commands, whatever they were made of; control characters in a text are never passed on;
// every job begins with ESC @, so that nothing left over from another program shows.
//
// Limits: no upside-down or page mode, no bar codes but QR, no GB 18030 characters of four bytes (write those as pictures).
//
// Source: Epson, "ESC/POS Command Reference", whose names of commands are used here.
package escpos
