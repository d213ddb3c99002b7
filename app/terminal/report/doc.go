// Package report says what a terminal has taken: an X report at any time, and for each shift
// that was closed one Z report, numbered without gaps, signed and kept.
package report
