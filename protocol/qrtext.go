package protocol

import (
	"encoding/base32"
	"fmt"
	"strings"
)

// Prefixes of the texts in QR codes. They are alphanumeric, so that a whole
// code stays in one compact segment.
const (
	PrefixRequest   = "CS1R:" // 消费二维码 ImageP, shown by the terminal
	PrefixPayment   = "CS1P:" // 支付二维码 ImageC, shown by the phone
	PrefixOutcome   = "CS1T:" // the receipt for the phone
	PrefixEnrolment = "CS1E:" // an enrolment code
)

// maxQRText bounds what a code can carry: version 40-L holds 4,296
// alphanumeric characters.
const maxQRText = 4296

// RequestText returns the text of the consumption QR code (step 3).
func RequestText(r *Signed[Request]) string { return PrefixRequest + encodeBase45(r.Bytes()) }

// ParseRequestText decodes what a phone's camera read (step 4). It fails with
// ErrNotOurs for any other code.
func ParseRequestText(text string) (*Signed[Request], error) {
	raw, err := textBytes(text, PrefixRequest)
	if err != nil {
		return nil, err
	}
	return Parse[Request](raw)
}

// PaymentText returns the text of the payment QR code (step 7).
func PaymentText(s Sealed) string { return PrefixPayment + encodeBase45(s) }

// ParsePaymentText decodes what the terminal's camera read (step 9).
func ParsePaymentText(text string) (Sealed, error) {
	raw, err := textBytes(text, PrefixPayment)
	if err != nil {
		return nil, err
	}
	if len(raw) < sealedOverhead {
		return nil, fmt.Errorf("%w: payment is too short", ErrMalformed)
	}
	return raw, nil
}

// OutcomeText returns the text of the receipt for the phone (step 15).
func OutcomeText(o *Signed[Outcome]) string { return PrefixOutcome + encodeBase45(o.Bytes()) }

// ParseOutcomeText decodes what a phone's camera read.
func ParseOutcomeText(text string) (*Signed[Outcome], error) {
	raw, err := textBytes(text, PrefixOutcome)
	if err != nil {
		return nil, err
	}
	return Parse[Outcome](raw)
}

// base32 is used for enrolment codes, because they are also pasted into
// commands and files, where Base45's characters need quoting.
var enrolmentText = base32.StdEncoding.WithPadding(base32.NoPadding)

// EnrolmentText returns an enrolment code as text that survives a shell, a file
// and an alphanumeric QR code.
func EnrolmentText(c EnrolmentCode) (string, error) {
	if err := c.validate(); err != nil {
		return "", err
	}
	raw, err := encode(c)
	if err != nil {
		return "", err
	}
	return PrefixEnrolment + enrolmentText.EncodeToString(raw), nil
}

// ParseEnrolmentText is the inverse of EnrolmentText. Spaces around it, as
// pasting brings them, are dropped.
func ParseEnrolmentText(text string) (EnrolmentCode, error) {
	rest, ours := strings.CutPrefix(strings.TrimSpace(text), PrefixEnrolment)
	if !ours {
		return EnrolmentCode{}, ErrNotOurs
	}
	raw, err := enrolmentText.DecodeString(rest)
	if err != nil || enrolmentText.EncodeToString(raw) != rest {
		return EnrolmentCode{}, fmt.Errorf("%w: enrolment code", ErrMalformed)
	}
	var c EnrolmentCode
	if err := decode(raw, &c); err != nil {
		return EnrolmentCode{}, fmt.Errorf("enrolment code: %w", err)
	}
	return c, c.validate()
}

func textBytes(text, prefix string) ([]byte, error) {
	rest, ours := strings.CutPrefix(text, prefix)
	if !ours {
		return nil, ErrNotOurs
	}
	if len(text) > maxQRText {
		return nil, fmt.Errorf("%w: %d characters", ErrMalformed, len(text))
	}
	return decodeBase45(rest)
}
