package protocol

import (
	"bytes"
	"fmt"
)

// The commands of a tap on the wire (ISO/IEC 7816-4), with CLA 0x80 and P1 and P2
// zero; SELECT is the standard's own, by name.
const (
	TapClass      = 0x80
	TapInsGet     = 0x50 // data: Signed[TapGet]; answer: TapAnswer
	TapInsPay     = 0x52 // data: Signed[TapPay]; answer: a sealed Signed[TapResult]
	TapInsRecover = 0x54 // data: Signed[TapRecover]; answer: what SealTapRecovery made
)

// TapApplication returns the name under which the wallet's application is
// selected (应用名, step S2): a proprietary AID, whose first half byte is F
// (ISO/IEC 7816-5), with "CS1TAP" behind it.
func TapApplication() []byte { return []byte("\xf0CS1TAP") }

// tapSelection is the file control information up to the nonce: 6F{84 AID, A5{DF01 version 1, DF02 nonce}}.
const tapSelection = "\x6f\x22\x84\x07\xf0CS1TAP\xa5\x17\xdf\x01\x01\x01\xdf\x02\x10"

// EncodeTapSelection returns what the wallet answers a SELECT that names it
// with (step S3).
func EncodeTapSelection(nonce Code) []byte { return append([]byte(tapSelection), nonce[:]...) }

// DecodeTapSelection is the inverse of EncodeTapSelection. Version 1 has one
// form; anything else is ErrMalformed.
func DecodeTapSelection(b []byte) (nonce Code, err error) {
	rest, ours := bytes.CutPrefix(b, []byte(tapSelection))
	if !ours || len(rest) != len(nonce) {
		return nonce, fmt.Errorf("answer to SELECT: %w", ErrMalformed)
	}
	return Code(rest), nil
}
