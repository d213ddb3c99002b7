// Package reconcile compares what a terminal's journal says with what settlement
// says it booked: line by line, by the Decided time in settlement's own signed
// answers, which both sides hold. Differences are listed and never netted: a
// payment that is only here and one of the same amount that is only there are two
// differences.
//
// What counts on this side are signed outcomes and nothing else. A sale that was
// taken back may have moved no money at settlement (its submission never came) or
// moved it to and fro; the terminal cannot know which. So a payment and a reversal
// there agree with a reversed sale here, as does neither; one without the other
// does not.
//
// A sale or refund whose outcome nobody knows is listed as unknown, with what
// settlement has of it; until it is resolved the period does not agree.
package reconcile
