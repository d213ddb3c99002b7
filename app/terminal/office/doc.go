// Package office is the back office of the terminal without its screens: which pages there are and who may open them, what a
// page asks of the rest of the program, and which phrase tells each event, ending, state and reason.
//
// The screens (package screens below) show and ask; everything they cause goes through [Intents], everything they show comes
// from [Setup] and [Books]. The program that joins them decides, as the till, the desk of the staff and the journal do for
// the cashier's window: a page that is not offered is no protection, the role is checked again where the thing is done.
//
// Nothing here starts a goroutine or holds a clock; everything may be used by several goroutines.
package office
