package updatefile

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// ErrVersion says that a text is no version.
var ErrVersion = errors.New("not a version")

// Version is a version as Debian has them, without an epoch: "1.4.0",
// "1.5.0~rc1", "1.4.0-1". At most 64 bytes.
type Version string

var versionForm = regexp.MustCompile(`^[0-9]([A-Za-z0-9.+~-]{0,62}[A-Za-z0-9.+~])?$`)

// ParseVersion checks a version's form.
func ParseVersion(text string) (Version, error) {
	if !versionForm.MatchString(text) {
		return "", fmt.Errorf("%w: %q", ErrVersion, text)
	}
	return Version(text), nil
}

// UnmarshalText is ParseVersion.
func (v *Version) UnmarshalText(text []byte) (err error) {
	*v, err = ParseVersion(string(text))
	return err
}

// Compare is negative where v is older than w, 0 where neither is, as dpkg compares
// (Debian Policy 5.6.12): "~" is before everything, even the end, letters before other
// signs, digits by their number.
func (v Version) Compare(w Version) int {
	up, rev := v.split()
	otherUp, otherRev := w.split()
	return cmp.Or(comparePart(up, otherUp), comparePart(rev, otherRev))
}

// split takes the revision off, which follows the last hyphen.
func (v Version) split() (upstream, revision string) {
	if at := strings.LastIndexByte(string(v), '-'); at >= 0 {
		return string(v[:at]), string(v[at+1:])
	}
	return string(v), ""
}

func comparePart(a, b string) int {
	for a != "" || b != "" {
		for a != "" && !digit(a[0]) || b != "" && !digit(b[0]) {
			if c := cmp.Compare(weight(a), weight(b)); c != 0 {
				return c
			}
			a, b = a[1:], b[1:] // the same sign, so that both have one
		}
		n, m := digits(a), digits(b)
		x, y := strings.TrimLeft(a[:n], "0"), strings.TrimLeft(b[:m], "0")
		if c := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); c != 0 {
			return c
		}
		a, b = a[n:], b[m:]
	}
	return 0
}

// weight orders what a text begins with; its end and a digit are alike.
func weight(s string) int {
	switch {
	case s == "" || digit(s[0]):
		return 0
	case s[0] == '~':
		return -1
	case s[0] >= 'A' && s[0] <= 'Z' || s[0] >= 'a' && s[0] <= 'z':
		return int(s[0])
	}
	return int(s[0]) + 256
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func digits(s string) int {
	for n := range len(s) {
		if !digit(s[n]) {
			return n
		}
	}
	return len(s)
}
