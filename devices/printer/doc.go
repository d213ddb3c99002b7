// Package printer drives receipt printers that speak ESC/POS, and the cash drawer behind them, over a serial line, a USB
// printer's character device or TCP.
//
// Printing never holds up or undoes a sale: [Printer.Submit] puts a job into a queue and returns at once, whatever the
// printer does; [Open] does not wait for a printer to be there.
//
// Guarantees:
//
//  1. A job is printed in the order in which it was handed in, or given up with a reason in words: [Job.Wait] tells, and so
//     does Settings.Ended. Jobs are given up after Settings.Keep, when they broke off too often, when the queue is full and
//     when the printer is closed; never without a word.
//  2. With a printer that answers, a job counts as printed only once the printer has worked it off (GS r), not when its bytes
//     have left. A job whose connection broke before that is sent again from its beginning: it may come out twice, the first
//     time in part, and never not at all.
//  3. Paper out, an open cover, a printer that is offline or pulled out: jobs wait, the state says so, and printing goes on by
//     itself when it is over.
//  4. A kick of the drawer is for now or never: it is given up after Settings.KickKeep, so that a drawer does not open
//     when a printer comes back an hour later. It goes ahead of waiting receipts, and needs no paper.
//  5. No call waits for ever: all that waits ends with its context or with Close, which waits for the printer's goroutines.
//
// Limits: jobs are kept in memory; what is to be printed after a restart is in the journal, from where it is printed again. A
// printer that answers nothing (Settings.OneWay, an address with ?status=none) counts as printed what it has taken. On Windows
// a device path is one-way. Of a job that is given up while it is printed part may be on paper.
//
// Package escpos makes the jobs; virtualprinter is the other end for tests.
package printer
