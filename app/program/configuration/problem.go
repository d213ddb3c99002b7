package configuration

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong.
type Problem struct {
	// File is the file's name, or the environment's variable where Line is 0.
	File string
	// Line and Column begin with 1; a column is a byte. 0 is the file as a whole.
	Line, Column int
	// What says what is wrong and what would be right.
	What string
}

// Error is "file:line:column: what".
func (p Problem) Error() string { return p.at() + ": " + p.What }

func (p Problem) at() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problems are all that is wrong, in the order of the lines.
type Problems []Problem

// mostTold is how many problems an error tells in full.
const mostTold = 20

// Error tells the problems, a line each.
func (p Problems) Error() string {
	if len(p) == 1 {
		return p[0].Error()
	}
	lines := []string{fmt.Sprintf("%d problems in the configuration", len(p))}
	for i, one := range p {
		if i == mostTold {
			lines = append(lines, fmt.Sprintf("and %d more", len(p)-i))
			break
		}
		lines = append(lines, one.Error())
	}
	return strings.Join(lines, "\n")
}

// Hint is what a person can do.
func (p Problems) Hint() string {
	return `Correct what is named; "config check" tells when all is right, and "config example" shows every key.`
}

// told is the error of the problems, or nil for none.
func (p Problems) told() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return p
}

// meant is ", did you mean …?" for the name that is nearest to what was written, or
// nothing where none is near.
func meant(written string, names []string, form string) string {
	best, distance := "", len(written)/2+1
	for _, name := range names {
		if d := apart(strings.ToLower(written), name); d < distance && d <= 3 {
			best, distance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean "+form+"?", best)
}

// apart is how many bytes have to be put in, taken out, replaced or swapped with
// their neighbours to make one word of another (optimal string alignment).
func apart(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return max(len(a), len(b))
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
