// Package screens draws the enrolment desk: one window, one task a screen, in the
// officer's language. It shows a visit.View and hands the officer's intents to the
// visit; it decides nothing and keeps no state but the language and what was typed
// on the present screen.
//
// It never has anything of a print: a ring shows how many bytes have come.
//
// Everything but Run and the methods of Counter that say so belongs to Fyne's
// goroutine.
package screens
