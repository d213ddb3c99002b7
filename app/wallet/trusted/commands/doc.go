// Package commands is what the wallet's client application can have its trusted
// application do (claims 1, 5 and 7 of CN103942678A): numbered commands with a
// request and a reply each, over InvokeCommand of the client API, and events the
// other way. A Dispatcher answers them on the trusted side; a Client is the other
// side, in the shape of the functions that it calls.
//
// # Guarantees
//
//   - A request is decoded strictly and bounded: JSON of exactly the form that
//     this package writes, of at most MaxRequest bytes. Nothing else reaches the
//     trusted application.
//   - Errors cross with their meaning: errors.Is and errors.As find on the
//     client's side what they find on the trusted side, for the errors that
//     somebody decides on, and Hint returns the same. Texts are those of the
//     trusted side; no secret is in an error there.
//   - A call whose context ends is cancelled on the trusted side and waited for:
//     an error says that it had no effect, unless it wraps trusted.ErrEnded.
//   - No command carries a PIN, a key, a print or, but where the owner registers
//     it, an account number. PINs are read by the trusted application from its
//     screen, or from files named when it was started.
package commands
