package contactless

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ebfe/scard"
)

// Error is a failure with what the person at the counter can do about it.
type Error struct {
	text   string
	advice string
}

func (e *Error) Error() string { return e.text }

// Hint returns a sentence for the person, in English.
func (e *Error) Hint() string { return e.advice }

// What callers tell apart with errors.Is. All are *[Error] and have a hint.
var (
	// ErrServiceLost: the PC/SC service does not run, was killed, or does not answer.
	ErrServiceLost = &Error{"contactless service is lost",
		"The contactless service does not run. It is tried again; if that does not help, restart the terminal."}
	// ErrNoReader: no reader of the name that is wanted is connected.
	ErrNoReader = &Error{"no contactless reader",
		"The contactless reader is not connected. Check its cable."}
	// ErrCardLost: the card left the field, or another may have taken its place.
	ErrCardLost = &Error{"card left the field",
		"The phone was taken away too soon. Hold it to the reader again."}
	// ErrTimeout: the card, or the reader, did not answer in time.
	ErrTimeout = &Error{"card does not answer",
		"The phone does not answer. Take it away and hold it to the reader again."}
	// ErrTwoCards: more than one card is in the field.
	ErrTwoCards = &Error{"more than one card in the field",
		"There is more than one card. Hold only one phone or card to one reader."}
	// ErrUnreadable: something is in the field that does not answer as a card does:
	// two cards at once, a card too far away, or one of another kind.
	ErrUnreadable = &Error{"card cannot be read",
		"The card cannot be read. Hold one phone only, closer and still."}
	// ErrBusy: another program uses the card.
	ErrBusy = &Error{"card is used by another program",
		"Another program uses the reader. Close it, or ask the installer."}
	// ErrClosed: the reader or the card was closed by this program.
	ErrClosed = &Error{"contactless reader is closed",
		"The reader was switched off by this program. Start again."}
	// ErrStuck: the reader was closed while a call into it still waits.
	ErrStuck = &Error{"contactless reader does not let go",
		"The reader does not react. Unplug it, wait a moment and plug it in again."}
)

// Hint returns the sentence for the person that err, or what it wraps, carries;
// "" when there is none.
func Hint(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

// TwoCardsError names the readers that have a card at the same time. It is an [ErrTwoCards].
type TwoCardsError struct {
	Readers []string
}

func (e *TwoCardsError) Error() string {
	return ErrTwoCards.text + ": " + strings.Join(e.Readers, ", ")
}

// Unwrap returns [ErrTwoCards].
func (e *TwoCardsError) Unwrap() error { return ErrTwoCards }

// kind turns an error of the service's into one of this package's, which wraps it.
func kind(err error) error {
	var code scard.Error
	if err == nil || !errors.As(err, &code) {
		return err
	}
	if of := kindOf(code); of != nil {
		return fmt.Errorf("%w: %w", of, err)
	}
	return err
}

func kindOf(code scard.Error) *Error {
	switch code {
	case scard.ErrNoService, scard.ErrServiceStopped, scard.ErrCommError, scard.ErrInvalidHandle,
		scard.ErrInternalError, scard.ErrUnknownError, scard.ErrSystemCancelled, scard.ErrShutdown, scard.ErrServerTooBusy:
		// A daemon that died is the second or third; its clients' handles are unknown to the next.
		return ErrServiceLost
	case scard.ErrNoReadersAvailable, scard.ErrUnknownReader, scard.ErrReaderUnavailable:
		return ErrNoReader
	case scard.ErrRemovedCard, scard.ErrNoSmartcard, scard.ErrResetCard, scard.ErrUnpoweredCard,
		scard.ErrNotTransacted, scard.ErrCommDataLost, scard.ErrNotReady:
		return ErrCardLost
	case scard.ErrTimeout:
		return ErrTimeout
	case scard.ErrUnresponsiveCard, scard.ErrUnsupportedCard, scard.ErrProtoMismatch, scard.ErrCardUnsupported:
		return ErrUnreadable
	case scard.ErrSharingViolation:
		return ErrBusy
	}
	return nil
}
