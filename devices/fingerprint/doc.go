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
//     [AdviceOn] knows for each what the person can do: a key for screens in any
//     language, and a sentence in English.
//  3. A damaged transfer is asked for again, a few times; a picture is complete or
//     there is none.
//  4. The line works at the fastest speed that port and sensor take and that
//     carries whole pictures.
//  5. A sensor that was pulled out is [ErrUnplugged]; the next [Reader.Read] opens
//     it anew when it is back, and asks for a finger within 2 s.
//  6. Pictures, and what they were made of, are wiped as soon as they have been
//     used. The extractor's own copies are its affair, the template is its caller's.
//
// Limits: these sensors sign nothing and hold no key. Whoever sits on the line can
// send any picture. The sensor keeps the last picture in its own memory until it takes
// another or loses power. Nothing here logs.
package fingerprint
