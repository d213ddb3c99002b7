// Package screens draws the phone: one window of a phone's shape, one task a
// screen. The shop's amount is the largest thing there is until the payment code
// is, the code until the outcome is.
//
// It shows a client.View and hands the owner's intents to the phone; it decides
// nothing and keeps no state but the language.
//
// Everything but Run and the methods of Handset that say so belongs to Fyne's
// goroutine.
package screens
