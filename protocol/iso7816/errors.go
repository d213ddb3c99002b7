package iso7816

import "errors"

// What callers tell apart with errors.Is.
var (
	// ErrLength: an APDU or a part of one is too short, too long, or not as long as it says.
	ErrLength = errors.New("wrong length")
	// ErrExtended: an APDU of extended length; phones and readers of this trade do not take them.
	ErrExtended = errors.New("extended length")
	// ErrClass: a class that may not be sent, or has the chaining bit where none may be.
	ErrClass = errors.New("invalid class")
	// ErrInstruction: an instruction that may not be sent.
	ErrInstruction = errors.New("invalid instruction")
	// ErrStatus: a status word that the standard does not have, or that has no
	// place where it came.
	ErrStatus = errors.New("invalid status word")
	// ErrAnswer: the card's answer breaks the rules: data where none may be, more
	// than was asked for, parts without an end.
	ErrAnswer = errors.New("answer breaks the rules")
	// ErrObject: a data object is damaged, unknown, missing or twice there.
	ErrObject = errors.New("invalid data object")
)
