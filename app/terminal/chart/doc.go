// Package chart draws what a manager looks at: takings by hour and day, shares of the
// ways to pay, refusals by reason. It knows no screen, no sale and no language: it is
// handed words, colours, the font's bytes and a size in pixels, and returns a picture.
//
// # Guarantees
//
//  1. Nothing is clipped: labels that do not fit beside each other are left out at even
//     steps, a name that is too long is shortened, and what is too small for a chart at
//     all is left blank rather than garbled.
//  2. Money on the axis is written by protocol/money, in whole steps of minor units,
//     never by way of a rounded float.
//  3. Where there is nothing to show it says so, in a quiet sentence.
//
// # Limits
//
// It draws what fits a screen: some hundred columns. Sums beyond 2^53 minor units are
// not exact to the pixel.
package chart
