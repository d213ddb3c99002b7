// Package victim is what programs have in common that are started to be killed:
// named fail points at which they end themselves on order, and the lines of JSON
// by which they are ordered about and answer.
//
// A victim reads an [Order] a line from standard input and writes a [Word] a line
// to standard output. It ends when its standard input does, so that none outlives
// whoever started it. Only harnesses start victims; no program of a shop is one.
package victim
