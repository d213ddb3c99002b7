package trusted

import (
	"context"
	"errors"
	"time"

	"countersign/protocol"
)

// Purpose is what the owner is asked for at the trusted screen.
type Purpose string

// The purposes.
const (
	ToUnlock  Purpose = "unlock"  // so that the wallet may be tapped
	ToPay     Purpose = "pay"     // a shop asks for the holder's PIN, or the amount is above the limit
	ToChange  Purpose = "change"  // the present PIN, before it is changed
	ToChoose  Purpose = "choose"  // a new PIN
	ToRepeat  Purpose = "repeat"  // the new PIN once more
	ToConfirm Purpose = "confirm" // an amount above the limit, without PIN

	ToTransfer   Purpose = "transfer" // money is given to another card
	ToReplace    Purpose = "replace"  // a card that is of no more use gives way to a new one
	ToTrustClock Purpose = "clock"    // the clock is right although it was once ahead
	ToShow       Purpose = "number"   // nothing: the owner's own card number is shown
)

// Prompt is what the trusted screen shows. All of it is verified by the trusted
// side; nothing of it comes from the client unchecked.
type Prompt struct {
	Purpose Purpose
	// Shop is the name in the terminal's certificate, and Amount what is paid,
	// with ToPay and ToConfirm.
	Shop     string
	Amount   protocol.Amount
	Currency protocol.Currency
	// Receiver is the other card's last four digits, with Amount, with ToTransfer.
	Receiver string
	// Ending is the last four digits of the card that gives way, with ToReplace; empty
	// where they cannot be read any more.
	Ending string
	// Number is the owner's own card number, with ToShow.
	Number protocol.CardNumber
	// Until is when the prompt is put away; zero for a time-out of the screen's
	// own.
	Until time.Time
	// Mark is the owner's own, by which a made-up window is known; zero before one
	// was chosen.
	Mark Mark
	// Notice is what was wrong with the entry before, and Locked how long no other
	// is taken.
	Notice Notice
	Locked time.Duration
}

// Notice is what was wrong with an entry.
type Notice string

// The notices.
const (
	NoticeNone      Notice = ""
	NoticeWrong     Notice = "wrong"     // not the PIN
	NoticeLast      Notice = "last"      // not the PIN, and the next wrong one locks
	NoticeLocked    Notice = "locked"    // too many wrong ones; see Prompt.Locked
	NoticeGuessable Notice = "guessable" // a PIN that is tried first cannot be chosen
	NoticeDiffer    Notice = "differ"    // the second entry was another
)

// Prompter is the trusted screen (可信UI模块, claims 4 and 9 of CN103942678A): it
// asks and shows, and decides nothing. One prompt is shown at a time; others wait.
// Every method returns the context's error when the context ends, ErrDeclined
// when the owner put the prompt away, and ErrPromptOver when its time was over.
type Prompter interface {
	// AskPIN returns the digits that were keyed, MinPIN to MaxPIN of them, for the
	// caller to wipe. With NoticeLocked it shows only that, and ends with
	// ErrDeclined.
	AskPIN(ctx context.Context, p Prompt) ([]byte, error)
	// Confirm returns nil when the owner agrees; with ToShow, when the owner has seen it.
	Confirm(ctx context.Context, p Prompt) error
	// ChooseMark shows marks that another returns until the owner keeps one.
	ChooseMark(ctx context.Context, another func() Mark) (Mark, error)
}

// Errors of the trusted screen.
var (
	// ErrNoScreen says that this trusted application was started without a screen.
	ErrNoScreen = errors.New("there is no trusted screen")
	// ErrDeclined says that the owner refused, or put the prompt away.
	ErrDeclined = errors.New("the owner declined")
	// ErrPromptOver says that the owner did not answer in time.
	ErrPromptOver = errors.New("the owner did not answer in time")
)

// noScreen is the Prompter of a trusted application without one.
type noScreen struct{}

func (noScreen) AskPIN(context.Context, Prompt) ([]byte, error) { return nil, ErrNoScreen }
func (noScreen) Confirm(context.Context, Prompt) error          { return ErrNoScreen }
func (noScreen) ChooseMark(context.Context, func() Mark) (Mark, error) {
	return Mark{}, ErrNoScreen
}
