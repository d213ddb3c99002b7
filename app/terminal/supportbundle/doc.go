// Package supportbundle packs what somebody needs who mends a terminal from far away into
// one file, a ZIP: what the doctor found, versions, settings, the end of the logs, the
// journal's verification. None of it may give away what the terminal protects.
//
// # Guarantees
//
//  1. Everything goes through a [Scrubber] on its way into the file, whoever wrote it; there
//     is no way around it but for parts that a program makes of itself alone ([Part.Own]).
//  2. What is taken out is replaced by what it was: "[removed: digits, no. 3]". The same
//     text has the same number in the whole bundle, so that a sale can still be followed.
//  3. The file appears whole or not at all, readable for its owner alone. A part that cannot
//     be had is named in it, with the reason, and holds up no other.
//  4. Parts and lines are bounded: MaxPart, MaxLine.
//
// # What is taken out
//
// The contents of files that hold secrets (PINs, codes), wherever they turn up, also as
// hexadecimal digits or base64; runs of eleven digits and more, as account and card numbers
// are; hexadecimal digits, base64 and lists of numbers that are long enough for a key or a
// piece of a template; Countersign's own codes; PEM; passwords in addresses; what is no text;
// and values under telling names (pin, account, template, score, …).
//
// # Limits
//
// A short secret that stands in a log without a name, and in no file that the bundle's
// maker names, cannot be told from any other word. Names of shops and staff, addresses of
// servers and names of files stay: whoever hands the file on should look into it, which
// its README says.
package supportbundle
