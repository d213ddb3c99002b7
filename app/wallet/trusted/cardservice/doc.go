// Package cardservice keeps the virtual card of a wallet's trusted application
// (CN103942678A): it opens the purse over the secure unit and its file, carries out step
// S1 with settlement, puts the purse's questions on the trusted screen, and tells the
// client what happened. It implements commands.Cards.
//
// The purse decides about money; this package knows where its parts lie. The key of the
// card, the key that its file is sealed with, and the count by which a copy that was put
// back is known, lie in the secure unit; the file lies in a directory beside it.
//
// # Guarantees
//
//   - What is asked of settlement is kept by the purse before it is sent, with the same
//     bytes until it has a definite answer, and never sent twice at once.
//   - A card that is of no more use gives way to another one on the same phone only with the
//     owner's PIN, and at no point of that is there neither: see replace.go.
//   - Money is moved to the card, and a card applied for, only while the owner has unlocked the
//     wallet, or before there is a PIN.
//   - That settlement was not reached is told apart from that it refused (ErrCardWaits,
//     ErrCardRefused of package commands).
package cardservice
