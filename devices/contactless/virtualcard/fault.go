package virtualcard

import "time"

// Cut says when the card leaves the field for good around one APDU.
type Cut int

const (
	// Stay is not to leave.
	Stay Cut = iota
	// Unheard: the APDU never reaches the handler.
	Unheard
	// Unanswered: the handler has worked, and nothing is sent.
	Unanswered
	// Within: half of the answer is sent, which the daemon passes on as all of it.
	Within
	// After: the whole answer is sent.
	After
)

// Fault is what goes wrong with one APDU. The zero Fault is none.
type Fault struct {
	Cut Cut
	// Late is how long the card thinks before it answers.
	Late time.Duration
	// Never: the card stays in the field and does not answer.
	Never bool
	// Answer, if it is not nil, turns the handler's answer into what is sent: other
	// status words, too little, too much, rubbish. The daemon waits on after an empty one.
	Answer func(answer []byte) []byte
	// Next, if it is not nil, is the card that takes this one's place after Cut,
	// sooner than the daemon looks.
	Next *Options
}

// Nth returns faults of which the n-th APDU (from 1) meets f, and all others none.
func Nth(n int, f Fault) func(int, []byte) Fault {
	return func(i int, _ []byte) Fault {
		if i == n {
			return f
		}
		return Fault{}
	}
}

// StatusWord returns an Answer that sends a status word alone.
func StatusWord(sw uint16) func([]byte) []byte {
	return func([]byte) []byte { return []byte{byte(sw >> 8), byte(sw)} }
}
