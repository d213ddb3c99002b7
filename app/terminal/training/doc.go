// Package training is a till to learn on: the very state machine that sells (package sale),
// between parts that are all made up in memory. A customer, phone, finger, settlement and
// authority come with it, and whoever learns moves them by buttons: Customer says how.
//
// # Guarantees
//
//  1. Nothing leaves the process: neither this package nor anything below it imports a network
//     package, settlement's client, the secure unit or another device. Keys are drawn at Open,
//     are good for nothing else, and are forgotten at Close.
//  2. Every entry has Entry.Training and every View has View.Training. Entries are in a
//     journal of training's own, in a folder of its own, with numbers of their own from 1.
//  3. What is learned is true of the real till: requests, payments, prints and outcomes are
//     real messages, sealed, signed and verified.
//
// # Limits
//
// There are no taps and no shifts, hence no Z report. Who approves a refund is not asked for
// a PIN (Training.Approve).
package training
