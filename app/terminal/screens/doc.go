// Package screens draws the kiosk: one window, one task a screen (look of the
// house: the amount is the largest thing until the code is, the code until the
// outcome is).
//
// It shows a sale.View and hands the cashier's intents to the till; it decides
// nothing. What is keyed before a sale begins is a money.Entry, which is the
// screen's only state.
//
// Everything but Run, Kiosk.Show and the other methods that say so belongs to
// Fyne's goroutine.
package screens
