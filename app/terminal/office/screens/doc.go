// Package screens draws the back office in the terminal's window: the menu, the log, one sale, refunds, shifts and reports,
// charts, devices, staff and settings.
//
// [Office] is opened from the cashier's window on the same stage and gives it back when it is left, or when a sale or a lock
// comes first. It shows and asks; package office says what a role is offered, and the program behind office.Intents decides.
//
// Guarantees, held by tests: every page fits the window in every language, in every appearance and at twice the text; every
// control is at least [widgets.Touch] high and wide and is reached by the arrows, pressed by Enter or Space, and left by Esc; nothing that may
// take its time runs on Fyne's goroutine; an answer to a question that is not asked any more is dropped; the log holds the
// rows of one page in memory, however long it is.
//
// Limits: the on-screen keyboard writes Latin letters and digits; Chinese text can be searched for only as far as a phrase
// has it in Latin letters or digits. [Office.Wait] must be called, away from Fyne's goroutine, before what the office asks
// is closed.
package screens
