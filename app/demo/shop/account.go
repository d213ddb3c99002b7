package shop

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// issuer begins the numbers of made-up accounts: a range that no card scheme
// has given out (ISO/IEC 7812-1: major industry identifier 9, with a country
// code that ISO 3166-1 leaves to users).
const issuer = "9990"

// AccountNumber makes up an account number of 19 digits with a valid check digit
// (ISO/IEC 7812-1 annex B, Luhn).
func AccountNumber(seed uint64) string {
	draw := rand.New(rand.NewPCG(seed, 19))
	digits := []byte(issuer)
	for len(digits) < 18 {
		digits = append(digits, byte('0'+draw.IntN(10)))
	}
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
	return string(append(digits, byte('0'+(10-sum%10)%10)))
}

// balanceOf finds an account in settlement's list, one JSON object a line, and
// returns what it holds in minor units.
func balanceOf(list, number string) (int64, error) {
	for lines := bufio.NewScanner(strings.NewReader(list)); lines.Scan(); {
		var account struct {
			Number string `json:"number"`
			Minor  int64  `json:"minor"`
		}
		if err := json.Unmarshal(lines.Bytes(), &account); err == nil && account.Number == number {
			return account.Minor, nil
		}
	}
	return 0, fmt.Errorf("settlement lists no account ending %s", number[max(0, len(number)-4):])
}
