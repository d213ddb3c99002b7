package settle

import (
	"fmt"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/minutiae"
)

// Band is the amounts up to and with UpTo, beyond those of the band before it, and
// the least score that counts there as the same finger. UpTo is 0 for the last band
// if that has no end.
type Band struct {
	UpTo      protocol.Amount
	Threshold minutiae.Score
}

// Bands are the bands of one currency, in ascending order. What lies above the last
// one takes the strictest of them and of the default.
type Bands []Band

// Check says what is wrong with bands: scores out of range, amounts that do not
// rise, or a greater amount that asks for less.
func (b Bands) Check() error {
	for n, band := range b {
		if band.Threshold < 1 || band.Threshold > minutiae.MaxScore {
			return fmt.Errorf("score %d is not within 1 to %d", band.Threshold, minutiae.MaxScore)
		}
		if band.UpTo < 0 || band.UpTo == 0 && n < len(b)-1 {
			return fmt.Errorf("only the last band may be without end")
		}
		if n == 0 {
			continue
		}
		if before := b[n-1]; band.UpTo != 0 && band.UpTo <= before.UpTo {
			return fmt.Errorf("amounts do not rise from band %d to band %d", n, n+1)
		} else if band.Threshold < before.Threshold {
			return fmt.Errorf("band %d asks for less (%d) than band %d with smaller amounts (%d)", n+1, band.Threshold, n, before.Threshold)
		}
	}
	return nil
}

// of returns the band of an amount. Beyond all bands UpTo is 0.
func (b Bands) of(amount protocol.Amount, otherwise minutiae.Score) Band {
	strictest := otherwise
	for _, band := range b {
		if band.UpTo == 0 || amount <= band.UpTo {
			return band
		}
		strictest = max(strictest, band.Threshold)
	}
	return Band{Threshold: strictest}
}

// band returns what a finger has to reach for an amount.
func (p Policy) band(currency protocol.Currency, amount protocol.Amount) Band {
	return p.FingerBands[currency].of(amount, p.Threshold)
}

// pinLimit returns the largest amount for which a PIN on the phone serves: 0 for
// none.
func (p Policy) pinLimit(currency protocol.Currency, enrolled bool) protocol.Amount {
	if enrolled {
		return p.PINLimit[currency]
	}
	return p.NoPrintLimit[currency]
}

func (p Policy) check() error {
	if p.Threshold < 1 || p.Threshold > minutiae.MaxScore {
		return fmt.Errorf("settle: score %d is not within 1 to %d", p.Threshold, minutiae.MaxScore)
	}
	if p.KeptPrints < 1 || p.KeptPrints > ledger.MaxPlaces {
		return fmt.Errorf("settle: %d live prints are not within 1 to %d", p.KeptPrints, ledger.MaxPlaces)
	}
	for currency, bands := range p.FingerBands {
		if err := bands.Check(); err != nil {
			return fmt.Errorf("settle: bands of currency %d: %w", currency, err)
		}
	}
	return nil
}
