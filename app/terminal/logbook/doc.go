// Package logbook is the index beside a terminal's journal: what a manager looks
// through, counts and exports, without the journal being read for it.
//
// # Guarantees
//
//  1. The index follows from the journal alone. One that is lost, torn, of another
//     format, or not of this journal's chain is made again from its records. The
//     journal never waits for the index and never fails because of it.
//  2. What the journal has appended is in the next answer.
//  3. One million sales: opened in less than 300 ms, any question answered in less
//     than 500 ms, and no more than a few megabytes of memory, because the index is
//     read where the file is mapped, column by column, and never copied.
//  4. Days and hours are those of the shop's time zone: a day with a change of clocks
//     has 23 or 25 hours, and no sale is in two of them or in none.
//  5. An export is written as it is read, opens in a spreadsheet without anything in
//     it being taken for a formula, and is what a strict reader of RFC 4180 reads
//     back.
//
// # Times and sums
//
// A sale belongs to the moment it began, [Row.At]: by that it is filtered, paged and
// put on a day. A sum is what the shop has: paid sales, less refunds that were made.
//
// # Limits
//
// Sale numbers are row numbers, so that a journal whose numbers have gaps of millions
// takes room for nothing but the blocks in between that hold a sale. An index knows
// 65,534 different cashiers, reasons and kinds of event; sales of further cashiers
// are found by everything else. Sales and events of training are not in it.
//
// Reading on: row.go is what a row holds, entry.go how an entry changes it, find.go
// how a question is answered.
package logbook
