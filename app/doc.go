// Package app holds the programs of Countersign, one folder each: the terminal
// that a shop sells with, the wallet that a customer pays with, the authority
// that enrols both, the enrolment desk where an owner's finger is taken, the
// settlement that moves the money, and a demonstration that starts all of them
// on one machine. Windows share the parts in widgets.
//
// The package itself has no code. Its test holds the rules of the house for the
// whole module: which folder may import which, where each third-party binding
// lives, and what a package owes its reader. Read house_test.go for the rules in
// the order in which they are held.
package app
