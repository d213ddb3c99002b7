package staff

import (
	"errors"
	"fmt"
	"strconv"

	"countersign/protocol"
)

// Lengths of a PIN, digits.
const (
	MinPIN = 4
	MaxPIN = 12
)

// ErrPINPolicy says that a PIN is not one to be chosen. The error says why, not
// which.
var ErrPINPolicy = errors.New("this PIN cannot be used")

// CheckPIN says whether a member may choose a PIN (see the package's comment).
func CheckPIN(pin []byte, member protocol.ID) error {
	refuse := func(why string) error { return fmt.Errorf("%w: %s", ErrPINPolicy, why) }
	if len(pin) < MinPIN || len(pin) > MaxPIN {
		return refuse(fmt.Sprintf("it takes %d to %d digits", MinPIN, MaxPIN))
	}
	var different [10]bool
	count := 0
	for _, c := range pin {
		if c < '0' || c > '9' {
			return refuse("it takes digits only")
		}
		if !different[c-'0'] {
			different[c-'0'] = true
			count++
		}
	}
	switch {
	case count < 3:
		return refuse("it needs three different digits")
	case equalSteps(pin):
		return refuse("its digits follow one another")
	case repeats(pin):
		return refuse("it repeats a shorter one")
	case year(pin):
		return refuse("it is a year")
	case string(pin) == string(member):
		return refuse("it is the member's own number")
	}
	return nil
}

// equalSteps finds 1234, 7890, 9876, 1357 and their like.
func equalSteps(pin []byte) bool {
	step := func(i int) int { return (int(pin[i]) - int(pin[i-1]) + 10) % 10 }
	for i := 2; i < len(pin); i++ {
		if step(i) != step(1) {
			return false
		}
	}
	return true
}

// repeats finds 123123 and its like.
func repeats(pin []byte) bool {
	for period := 1; period <= len(pin)/2; period++ {
		same := len(pin)%period == 0
		for i := period; same && i < len(pin); i++ {
			same = pin[i] == pin[i-period]
		}
		if same {
			return true
		}
	}
	return false
}

func year(pin []byte) bool {
	if len(pin) != 4 {
		return false
	}
	n, err := strconv.Atoi(string(pin))
	return err == nil && n >= 1900 && n < 2100
}
