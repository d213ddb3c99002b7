package client

import (
	"time"

	"countersign/app/wallet/trusted"
	"countersign/protocol"
)

// Stage is what the phone is doing.
type Stage string

// The stages, in the order of a payment.
const (
	Ready   Stage = "ready"
	Looking Stage = "looking" // step 4: the camera looks for a shop's code, or a receipt
	Confirm Stage = "confirm" // step 5 is done: the owner looks at shop and amount, and chooses
	Finger  Stage = "finger"  // step 11, at the phone's own sensor
	Signing Stage = "signing" // step 6, in the secure unit
	Showing Stage = "showing" // step 7: payment code shown, do not pay again
	Waiting Stage = "waiting" // the code is of no use any more, the outcome not known
	Ended   Stage = "ended"
)

// TrustedState is how the trusted application is.
type TrustedState string

// The states of the trusted application.
const (
	TrustedServing    TrustedState = ""
	TrustedRestarting TrustedState = "restarting" // it has ended and is started again
	TrustedLost       TrustedState = "lost"       // it does not start again
)

// View is all that a screen may show of the phone. It is a value, whose slices
// nobody changes; nothing in it is secret.
type View struct {
	Stage Stage
	// Accounts are the owner's; from Confirm on those in the shop's currency.
	Accounts []trusted.Account
	// Chosen is the index, as Choose takes it, of the account to pay from.
	Chosen int
	// Pending are the payments without a known outcome but the one in front.
	Pending []Payment

	// Shop, Amount and Currency are what is paid, from Confirm on.
	Shop     string
	Amount   protocol.Amount
	Currency protocol.Currency
	// Until is how long it may be confirmed, or the code is good.
	Until time.Time
	// Code is the text of the payment QR code while Showing.
	Code string
	// Unreachable says that settlement could not be asked the last time.
	Unreachable bool

	// Finger is how the capture goes on.
	Finger trusted.Progress
	// TriesLeft are the captures left after a poor one, or settlement's attempts
	// left after ReasonRetryFinger.
	TriesLeft int
	// ShopSensor says that Confirm leaves the finger to the shop's sensor, because
	// the phone's own did not do.
	ShopSensor bool
	// OwnSensor says that the phone has a sensor of its own.
	OwnSensor bool

	// Notice is what was wrong last, where it goes on all the same; Notices counts
	// them, so that the same one again is seen as new.
	Notice  Reason
	Notices int

	// Ending, Reason, Reference and Decided are set when Ended. Ahead is how far
	// this phone's clock is ahead of the shop's, for ReasonClockSkew.
	Ending    Ending
	Reason    Reason
	Reference uint64
	Decided   time.Time
	Ahead     time.Duration

	// WantsPIN says that the shop asks for the PIN: while Signing the owner enters it
	// on the trusted screen.
	WantsPIN bool

	// CameraLost says that the camera does not work.
	CameraLost bool
	// Trusted says whether the trusted application serves.
	Trusted TrustedState
}

// Payment is a pending payment as the owner sees it.
type Payment struct {
	Request  protocol.Hash
	Shop     string
	Amount   protocol.Amount
	Currency protocol.Currency
	Since    time.Time
}
