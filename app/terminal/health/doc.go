// Package health tells settlement how this terminal is, for the people who look after
// the shop: every minute, and soon after something has changed.
//
// # Guarantees
//
//  1. It holds nothing up. It has one goroutine; what it asks the terminal for is read, never
//     waited for by others, and while a customer is being served (Terminal.Busy) a status waits, for
//     a minute at most, so that the token signs for the sale.
//  2. It decides nothing, and whatever fails is tried again with the next status. A failure
//     is logged once until a status arrives again.
//  3. Z reports that were made while settlement was not reached are told one by one, oldest
//     first, when it is again, and those before the program started once: settlement sees no gap
//     where there is none. At most MostZs are told so.
//
// # Limits
//
// A status is lost with the connection, and not kept. Times are the terminal's clock.
package health
