// Package paper sets receipts and reports: one [Document] becomes the bytes of a receipt printer ([ESCPOS]), a PDF ([PDF]) or
// plain text ([Plain]). It knows nothing of sales; package receipt makes the documents.
//
// Guarantees:
//
//  1. Nothing is ever cut off. A text on the left is wrapped, one on the right (an amount) stands at the right margin, on the
//     first line where it fits and else on a line of its own, and in a smaller size rather than broken.
//  2. Han characters count two columns and may be broken between, but not before closing punctuation.
//  3. A line with a character that the printer has no font for is sent as a picture of the embedded font, so that Chinese
//     comes out of a printer from anywhere.
//  4. The same document gives the same bytes; a PDF has the time that it is given and no other.
//
// Limits: characters outside the embedded font (see assets/fonts) are a box on pictures and PDFs.
package paper
