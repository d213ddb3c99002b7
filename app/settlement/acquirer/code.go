package acquirer

// Verdict is what an answer's response code means to a caller.
type Verdict uint8

// The verdicts.
const (
	// Unsure: the acquirer answered, but whether the card was charged is not
	// known, or it was charged otherwise than asked for (in part, or pending
	// somebody's look at a passport). As after no answer, a purchase has to be
	// reversed and a refund or a reversal repeated.
	Unsure Verdict = iota
	// Approved: done, in full.
	Approved
	// DeclinedFunds: not done, the card does not cover the amount.
	DeclinedFunds
	// Declined: not done, for another reason.
	Declined
)

// String names the verdict as logs show it.
func (v Verdict) String() string {
	return [...]string{"unsure", "approved", "declined: funds", "declined"}[v&3]
}

// The response codes that something here depends on, ISO 8583:1987 annex A.
const (
	CodeApproved    = "00"
	CodeNotHonoured = "05"
	CodeInvalid     = "12"
	CodeNoCard      = "14"
	CodeFunds       = "51"
	CodeExpired     = "54"
	CodeLate        = "68"
	CodeIssuerDown  = "91"
	CodeDuplicate   = "94"
	CodeMalfunction = "96"
)

// VerdictOf returns the meaning of a response code. Only codes that say for
// certain that nothing was charged are declines. All others, and those that
// nobody listed, are Unsure: 09 (in progress), 68 (too late), 90 (cut-off), 91 (issuer
// inoperative), 92 (no route), 94 (duplicate), 96 (malfunction) because an issuer behind the acquirer
// may have approved what the acquirer could not pass on; 08, 10, 16, 32 because
// they approve something else. Reversing what was not charged harms nobody.
func VerdictOf(code string) Verdict {
	switch code {
	case CodeApproved, "11":
		return Approved
	case CodeFunds:
		return DeclinedFunds
	case "01", "02", "03", "04", "05", "07", "12", "13", "14", "15", "17", "18", "19", "30", "31", "33", "34", "35", "36", "37", "38", "39",
		"40", "41", "42", "43", "44", "52", "53", "54", "55", "56", "57", "58", "59", "60", "61", "62", "63", "64", "65", "66", "67", "75", "78", "93":
		return Declined
	}
	return Unsure
}

// Answer is what the acquirer said.
type Answer struct {
	// Code is the response code, two characters.
	Code string
	// Approval is the authorisation identification, empty if there was none.
	Approval string
}

// Verdict returns what the answer's code means.
func (a Answer) Verdict() Verdict { return VerdictOf(a.Code) }
