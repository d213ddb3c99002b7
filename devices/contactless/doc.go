// Package contactless finds a phone in the field of a contactless reader and
// exchanges ISO/IEC 7816-4 commands with it, over PC/SC.
//
// A [Reader] watches the service and its readers from [Open] to Close, whether
// anyone waits or not, and so finds a reader that is pulled out and put back, and a
// service that is killed and started again, by itself. [Reader.Wait] is the first
// step of a tap: the field is found, then the application (CN103942678A, claim 6).
//
// Guarantees:
//
//  1. No call waits for ever, although hardly any call of the library can be broken
//     off: each runs in a goroutine of its own, and who called goes on when the
//     context ends or its limit is over. [Reader.Close] waits for those goroutines,
//     at most [CloseLimit], and says [ErrStuck] when one is still in the library:
//     it ends when the service, the reader or the card does, and cleans up then.
//  2. After the first error a [Card] is dead for ever: [ErrCardLost]. A phone that
//     leaves and comes back, or another in its place, within the 400 ms in which
//     the service looks, has the same handle there; here it cannot be gone on with.
//  3. Errors tell the card ([ErrCardLost]), the reader ([ErrNoReader]) and the service
//     ([ErrServiceLost]) apart, and carry a hint for the person at the counter.
//
// What happens when a card does not answer: [Card.Exchange] returns [ErrTimeout] (or
// the context's error), and the connection stays with the library until the reader
// gives up or the card leaves; the service is then told to let the card go. Until
// then [Reader.Wait] says [ErrTimeout] of that reader.
//
// Limits: one [Reader] a process, because the library keeps the names that it waits
// on in one place. Cards must speak T=1, as contactless ones do in PC/SC. Two cards
// before one reader look like none or like an unreadable one ([ErrUnreadable]); before
// two readers they are told apart ([TwoCardsError]).
package contactless
