package protocol

import (
	"bytes"
	"crypto/rand"
	"time"
	"unicode/utf8"
)

// ID names a party or an authority within its realm: 1 to 16 bytes of UTF-8.
type ID string

func (id ID) validate(field string) error {
	if len(id) < 1 || len(id) > 16 || !utf8.ValidString(string(id)) {
		return outOfRange(field)
	}
	return nil
}

// Code is a random number of 16 bytes: the scramble codes RandCodeP and
// RandCodeC, nonces, idempotency keys.
type Code [16]byte

// NewCode draws a code from the operating system's random source. The
// terminal's scramble code is drawn in its token instead.
func NewCode() Code {
	var c Code
	rand.Read(c[:]) // never fails (crypto/rand)
	return c
}

// Time is a point in time in Unix seconds, UTC.
type Time uint64

// At turns a clock's time into a message's, dropping fractions of a second.
func At(t time.Time) Time { return Time(max(t.Unix(), 0)) }

// Time returns t as a time.Time in UTC.
func (t Time) Time() time.Time { return time.Unix(int64(min(t, maxTime)), 0).UTC() }

// maxTime ends the year 9999, so that times stay printable.
const maxTime Time = 253402300799

func (t Time) validate(field string) error {
	if t > maxTime {
		return outOfRange(field)
	}
	return nil
}

// MaxMinor is the largest amount of a message, in minor units.
const MaxMinor = 9_999_999_999

// Amount is money in minor units, 1 to MaxMinor.
type Amount int64

func (a Amount) validate() error {
	if a < 1 || a > MaxMinor {
		return outOfRange("amount")
	}
	return nil
}

// Currency is an ISO 4217 numeric code, 1 to 999.
type Currency uint16

func (c Currency) validate() error {
	if c < 1 || c > 999 {
		return outOfRange("currency")
	}
	return nil
}

// accountLength is the length that every account number is padded to, bytes.
const accountLength = 24

// Account is an account number InforCn: 1 to 24 bytes of UTF-8 without zero
// bytes. It travels padded, so that its length tells nothing.
type Account string

func (a Account) pad() ([accountLength]byte, error) {
	var padded [accountLength]byte
	if len(a) < 1 || len(a) > accountLength || !utf8.ValidString(string(a)) || bytes.IndexByte([]byte(a), 0) >= 0 {
		return padded, outOfRange("account")
	}
	copy(padded[:], a)
	return padded, nil
}

func unpadAccount(padded [accountLength]byte) (Account, error) {
	text := bytes.TrimRight(padded[:], "\x00")
	account := Account(text)
	again, err := account.pad()
	if err != nil || again != padded {
		return "", outOfRange("account")
	}
	return account, nil
}

// Template is a fingerprint template InforFp or InforFpN: ISO/IEC 19794-2
// compact card minutiae, zero-padded to 120 bytes (up to 40 minutiae) or 180
// (up to 60). This package looks at its length only; package minutiae reads it.
type Template []byte

func (t Template) validate() error {
	if len(t) != 120 && len(t) != 180 {
		return outOfRange("template length")
	}
	return nil
}
