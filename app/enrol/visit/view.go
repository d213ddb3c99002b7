package visit

import (
	"time"

	"countersign/app/enrol/capture"
	"countersign/devices/fingerprint"
	"countersign/protocol"
)

// Stage is where a visit stands.
type Stage int

// The stages.
const (
	Home       Stage = iota // whose wallet, which officer
	Choosing                // which finger
	Consenting              // the owner reads and agrees
	Taking                  // three captures
	Sending                 // sealing, and asking the authority
	Coded                   // the enrolment code
	Stating                 // the officer says why there is no readable print
	Erasing                 // the officer says what the owner asked for
	Erased                  // it is done
	Refused                 // what happened, and what to do
)

// Prompt is what the owner is to do while a finger is taken.
type Prompt int

// The prompts.
const (
	Lift  Prompt = iota // lift the finger
	Place               // place it
	Hold                // keep it still
	Good                // this capture is done
	Plug                // nothing: the sensor is away
)

// Reason is why something was refused.
type Reason string

// The reasons. Screens have words for each.
const (
	ReasonNone        Reason = ""
	ReasonUnclear     Reason = "finger-poor"
	ReasonMismatch    Reason = "captures-differ"
	ReasonUnreachable Reason = "authority-unreachable"
	ReasonDesk        Reason = "desk-refused"
	ReasonEnrolled    Reason = "wallet-enrolled"
	ReasonNothing     Reason = "nothing-to-erase"
	ReasonSettlement  Reason = "no-settlement"
	ReasonClock       Reason = "clock"
	ReasonToken       Reason = "secure-unit-missing"
	ReasonSensor      Reason = "sensor-failed"
	ReasonUnexpected  Reason = "unexpected"
)

// Reasons returns all but ReasonNone.
func Reasons() []Reason {
	return []Reason{ReasonUnclear, ReasonMismatch, ReasonUnreachable, ReasonDesk, ReasonEnrolled, ReasonNothing,
		ReasonSettlement, ReasonClock, ReasonToken, ReasonSensor, ReasonUnexpected}
}

// View is what there is to show.
type View struct {
	Stage   Stage
	Officer string
	Wallet  protocol.ID
	Finger  protocol.Finger

	// While Taking: the capture under way (1 to capture.Captures), how many sets
	// did not match before, what is to be done, how much of the picture has come
	// (0 to 1), what to do better and how often it may be tried yet.
	Capture   int
	Mismatch  int
	Prompt    Prompt
	Fraction  float64
	Advice    fingerprint.Advice
	TriesLeft int

	// Coded: the code, until when it is good, and whether it is for a wallet
	// without a print.
	Code    string
	Until   time.Time
	NoPrint bool

	// Refused: why, and where the officer may go on from.
	Reason Reason
	From   Stage
	// Advice is also what to do about ReasonSensor.
}

// Captures is how many captures make a finger.
const Captures = capture.Captures
