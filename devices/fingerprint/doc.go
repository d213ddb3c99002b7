// Package fingerprint reads fingers: it speaks to a sensor of the ZFM-20, R30x,
// AS608 and R503 family on a serial line, judges whether the picture is good
// enough and makes a template of it (CN103985036A, step 11, and the capture at
// enrolment).
//
// [Reader] is what programs use: one call from "place your finger" to template.
// [Open] and [Sensor] are the driver beneath it, [Assess] the quality gate,
// [Extractor] the seam to what finds minutiae (package extraction).
//
// Guarantees:
//
//  1. Every wait ends with its context; a sensor that falls silent is noticed
//     within [Settings.Patience].
//  2. Every failure is one of this package's errors or [ConfirmationError], and
//     [Hint] has a sentence for it that tells the person what to do.
//  3. A damaged transfer is asked for again, a few times; a picture is complete or
//     there is none.
//  4. A sensor that was pulled out is [ErrUnplugged]; the next [Reader.Read] opens
//     it anew when it is back.
//  5. Pictures are wiped as soon as they have been used. The extractor's own
//     copies are its affair.
//
// Limits: these sensors sign nothing and hold no key. Whoever sits on the line can
// send any picture. Nothing here logs.
package fingerprint
