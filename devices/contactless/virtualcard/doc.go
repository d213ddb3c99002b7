// Package virtualcard is the card's end of a contactless reader in software: it
// speaks vpcd's protocol over TCP, and so stands before a real PC/SC daemon as a
// phone does in a reader's field. It is the radio of the wallet program, and the
// card of the tests, which may misbehave in every way that a card can.
//
// Guarantees:
//
//  1. [Attach] is the phone entering the field; it has left when [Card.Close]
//     returns, when the context ends, or when [Card.Done] says so.
//  2. Handler and power events come one at a time, in order, from one goroutine.
//  3. An APDU costs no delay of TCP's own (see quickAck): 0.05 to 0.5 ms.
//
// Limits: the daemon looks for cards every 400 ms, so a card is seen, and its
// going is seen where no APDU is under way, that much later. The link is not
// protected: attach to a daemon on the same machine only.
package virtualcard
