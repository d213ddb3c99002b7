package welcome

import (
	"context"
	"errors"

	"countersign/devices/secureunit"
	"countersign/settlementclient/enrolment"
)

// Trouble is why a step did not succeed, as people are told, and the way on.
type Trouble struct {
	Phrase string // has a heading and a text
	Spent  bool   // the code serves no more
	// To is what has to be told otherwise: AtAuthority or AtCode. AtEnrolment: nothing,
	// trying again is the way.
	To Step
}

// troubles are in the order in which they are looked for.
var troubles = []struct {
	err     error
	trouble Trouble
}{
	{enrolment.ErrCodeUsed, Trouble{"welcome.trouble.code-used", true, AtCode}},
	{enrolment.ErrCodeUnknown, Trouble{"welcome.trouble.code-unknown", true, AtCode}},
	{enrolment.ErrCodeRole, Trouble{"welcome.trouble.code-role", true, AtCode}},
	{enrolment.ErrCode, Trouble{"welcome.trouble.code", true, AtCode}},
	{enrolment.ErrClock, Trouble{"welcome.trouble.clock", false, AtEnrolment}},
	{enrolment.ErrWrongAuthority, Trouble{"welcome.trouble.untrusted", false, AtAuthority}},
	{enrolment.ErrUnreachable, Trouble{"welcome.trouble.unreachable", false, AtAuthority}},
	{enrolment.ErrBusy, Trouble{"welcome.trouble.busy", false, AtEnrolment}},
	{enrolment.ErrProof, Trouble{"welcome.trouble.refused", false, AtEnrolment}},
	{enrolment.ErrRefused, Trouble{"welcome.trouble.refused", false, AtEnrolment}},
	{enrolment.ErrRevoked, Trouble{"welcome.trouble.refused", true, AtCode}},
	{enrolment.ErrAnswer, Trouble{"welcome.trouble.answer", false, AtAuthority}},
	{enrolment.ErrRollback, Trouble{"welcome.trouble.answer", false, AtAuthority}},
	{ErrAddress, Trouble{"welcome.trouble.address", false, AtAuthority}},
	{ErrMerchant, Trouble{"welcome.trouble.merchant", false, AtMerchant}},
	{context.Canceled, Trouble{"welcome.trouble.stopped", false, AtEnrolment}},
}

// TroubleOf is what people are told of an error. What has no words of its own is told as
// the secure unit's, where it is, or as something to try again.
func TroubleOf(err error) Trouble {
	for _, t := range troubles {
		if errors.Is(err, t.err) {
			return t.trouble
		}
	}
	var unit *secureunit.Fault
	if errors.As(err, &unit) {
		return Trouble{"welcome.trouble.unit", false, AtEnrolment}
	}
	return Trouble{"welcome.trouble.other", false, AtEnrolment}
}
