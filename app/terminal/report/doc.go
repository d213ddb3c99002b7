// Package report says what a terminal has taken: an X report at any time, and for each shift
// that was closed one Z report, numbered without gaps, signed by the token and kept in the
// journal.
//
// # What counts
//
// A report is of records of the journal, not of hours: the first Z begins with record 1, every
// other with the record after the last of the Z before, and a Z ends with the record that
// closed its shift. So each record is in exactly one Z, and so is each sale: in the one in whose
// records its end is written. A sale that was unknown when its shift was closed is listed there,
// stays listed in the Zs that follow, and is counted in the one in whose records it has ended.
//
// Sold is what settlement or a wallet's card has signed to be paid, and what was sold for cash.
// A tap counts when its card has signed; that settlement does not credit it stands among the
// differences. Refunds are counted by how their sale was paid; those of sales that this
// terminal does not know as paid by scan.
//
// # Guarantees
//
//  1. One Z for each closed shift, also for one without a sale, whenever the program ends:
//     Zs are made of the journal alone, one that is missing is made at the next start or the
//     next Z, and never a second one.
//  2. Zs are numbered 1, 2, 3 … Each names the hash of the one before, the records that it is
//     of and the journal's hash at the last of them, and is signed.
//  3. The grand totals are those of the Z before and its own. Verify adds all Zs up again and
//     looks at every link.
//  4. Nothing is hidden: the difference between the counted cash and what should be there, or
//     that nobody has counted; what is unknown; how sales were refused; what settlement has
//     otherwise, or that it could not be asked.
//  5. The journal's head after a Z is lodged with settlement (package anchor); when that fails
//     it is lodged later, and Signed.Lodged says whether it was.
//  6. A report reads the journal from the record after the last Z on, and to find that Z no
//     more than one Z's records: not the whole journal.
//
// # Limits
//
// A terminal without staff has no shifts, so it has X reports and no Z. One that has sold
// before there were Zs makes those of its old shifts at the first start, without comparing
// them with settlement. Whoever holds the token and the journal's files can make other Zs;
// the heads lodged with settlement show it.
package report
