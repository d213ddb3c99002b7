package protocol

import (
	"fmt"
	"strings"
)

// CardNumber is a virtual card's number (虚拟卡号 of CN103942678A, step S1): 16
// digits as ISO/IEC 7812 has them, the last of which is the Luhn check digit. It
// begins with [CardIssuerPrefix]. It is never logged whole: see [CardNumber.Ending].
type CardNumber string

// CardIssuerPrefix begins the number of every virtual card: major industry
// identifier 9, for use within a country, and the country by ISO 3166-1 numeric.
const CardIssuerPrefix = "9156"

// cardDigits is a number's length.
const cardDigits = 16

// NewCardNumber completes an issuer's serial number, 0 to 99999999999, with
// prefix and check digit.
func NewCardNumber(serial uint64) (CardNumber, error) {
	if serial > 99_999_999_999 {
		return "", outOfRange("serial number of a card")
	}
	body := fmt.Sprintf("%s%011d", CardIssuerPrefix, serial)
	return CardNumber(body + string('0'+luhn(body))), nil
}

// luhn returns the check digit that belongs behind digits (ISO/IEC 7812-1 annex B).
func luhn(digits string) byte {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return byte((10 - sum%10) % 10)
}

// Validate checks length, digits, check digit (Luhn) and issuer, in that order; it fails
// with ErrCardNumber (step S8, "the number meets the requirements").
func (n CardNumber) Validate() error {
	if len(n) != cardDigits || strings.Trim(string(n), "0123456789") != "" {
		return fmt.Errorf("%w: not %d digits", ErrCardNumber, cardDigits)
	}
	if luhn(string(n[:cardDigits-1])) != n[cardDigits-1]-'0' {
		return fmt.Errorf("%w: its check digit is wrong", ErrCardNumber)
	}
	if !strings.HasPrefix(string(n), CardIssuerPrefix) {
		return fmt.Errorf("%w: another issuer's", ErrCardNumber)
	}
	return nil
}

func (n CardNumber) validate() error {
	if err := n.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrRange, err)
	}
	return nil
}

// Ending returns the last four digits, which is as much as a screen, a receipt
// or a log shows.
func (n CardNumber) Ending() string { return string(n[max(len(n)-4, 0):]) }

// BCD returns the number as it is sealed in step S6: 8 bytes, two digits each.
func (n CardNumber) BCD() (b [cardDigits / 2]byte, err error) {
	if len(n) != cardDigits || strings.Trim(string(n), "0123456789") != "" {
		return b, fmt.Errorf("%w: not %d digits", ErrCardNumber, cardDigits)
	}
	for i := range b {
		b[i] = (n[2*i]-'0')<<4 | (n[2*i+1] - '0')
	}
	return b, nil
}

// CardNumberFromBCD is the inverse of BCD. It fails with ErrCardNumber for
// anything but digits; whether the number is good is for Validate to say.
func CardNumberFromBCD(b []byte) (CardNumber, error) {
	if len(b) != cardDigits/2 {
		return "", fmt.Errorf("%w: %d bytes", ErrCardNumber, len(b))
	}
	digits := make([]byte, 0, cardDigits)
	for _, d := range b {
		if d>>4 > 9 || d&15 > 9 {
			return "", fmt.Errorf("%w: not digits", ErrCardNumber)
		}
		digits = append(digits, '0'+d>>4, '0'+d&15)
	}
	return CardNumber(digits), nil
}
