// Package storepage serves the people of a shop a page about it, across its
// terminals: what was taken, which sales are not resolved, how each terminal is, and
// whether the heads of their journals match those that were lodged with settlement.
// It reads, and changes nothing but its users' failed log-ins.
//
// # Guarantees
//
//  1. A visitor sees one merchant's page: the one that the user belongs to who logged
//     in, or one that lists the terminal whose client certificate was shown. Nothing in
//     a request leads to another's.
//  2. There is nothing secret on it: no account or card numbers, no names of
//     customers, no prints, no keys. A sale is named by settlement's number for it.
//  3. It works without JavaScript, by keyboard and by screen reader, in light and
//     dark, on a phone. A script from the same server fetches it anew every minute;
//     the Content-Security-Policy allows nothing else.
//  4. A log-in is bound to the browser by a cookie that scripts and other sites do not
//     get; it ends after half an hour without a person, after twelve hours in any case, when
//     the user logs out or is removed, and with the process. Requests from other sites
//     change nothing.
//  5. A failed log-in takes the same time and says the same whether the shop, the user
//     or the password is wrong, or the user is locked out. Failures are kept before a password is
//     compared, and lock as package pinhash says.
//
// # Limits
//
// Sessions are in the process: behind a balancer a visitor has to stay with one.
// Sums go back 31 days; cash is not settlement's and not in them. The page shows at most
// 50 unresolved sales of each kind, and says when there are more.
package storepage
