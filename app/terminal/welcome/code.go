package welcome

import (
	"fmt"
	"strings"
	"unicode"

	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// MaxCode is the longest text that is taken for an enrolment code, characters.
const MaxCode = 1024

// Tidy is a text as an enrolment code is written: in capitals, without the spaces and line
// ends that folding, pasting and people bring.
func Tidy(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, text)
}

// IsCode says whether a text that a camera or an imager has read is an enrolment code, for
// whatever it is: others are nobody's concern here.
func IsCode(text string) bool {
	return strings.HasPrefix(Tidy(text), protocol.PrefixEnrolment)
}

// checkCode reads a code far enough to know that it is whole and for a terminal.
func checkCode(text string) (string, error) {
	tidy := Tidy(text)
	if len(tidy) > MaxCode {
		return "", fmt.Errorf("%w: %d characters", enrolment.ErrCode, len(tidy))
	}
	code, err := protocol.ParseEnrolmentText(tidy)
	if err != nil {
		return "", fmt.Errorf("%w: %w", enrolment.ErrCode, err)
	}
	if code.Role != protocol.RoleTerminal {
		return "", fmt.Errorf("%w: it is for a %v", enrolment.ErrCodeRole, code.Role)
	}
	return tidy, nil
}
