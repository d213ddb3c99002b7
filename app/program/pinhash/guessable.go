package pinhash

import (
	"errors"
	"fmt"
	"strconv"
)

// ErrPolicy says that a PIN is not one to be chosen. The error says why, not
// which.
var ErrPolicy = errors.New("this PIN cannot be used")

// Check says whether a PIN of least to most digits may be chosen. Refused are
// those that are tried first: fewer than three different digits (0000, 1212),
// digits at equal steps (1234, 9876, 1357), a shorter PIN repeated (123123) and
// years (1900 to 2099). Error: ErrPolicy.
func Check(pin []byte, least, most int) error {
	refuse := func(why string) error { return fmt.Errorf("%w: %s", ErrPolicy, why) }
	if len(pin) < least || len(pin) > most {
		return refuse(fmt.Sprintf("it takes %d to %d digits", least, most))
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
