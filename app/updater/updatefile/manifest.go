package updatefile

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Limits of a file.
const (
	// MostManifest is the length of the longest manifest in bytes.
	MostManifest = 64 << 10
	// MostPayloads is how many packages a file has at most.
	MostPayloads = 16
	// MostBytes bounds all payloads together.
	MostBytes = 2 << 30
)

// Errors of a file and of who may take it.
var (
	// ErrForm says that something is not an update file of this format.
	ErrForm = errors.New("not an update file")
	// ErrSignature says that none of the installed keys signed it.
	ErrSignature = errors.New("the update file is not signed by a key of this machine")
	// ErrTampered says that a payload is not the one of the manifest.
	ErrTampered = errors.New("the update file was changed or is damaged")
	// ErrProduct says that it is for another program.
	ErrProduct = errors.New("the update is for another program")
	// ErrArchitecture says that it is for machines of another kind.
	ErrArchitecture = errors.New("the update is for another kind of machine")
	// ErrNotNewer says that its version is the installed one or older.
	ErrNotNewer = errors.New("the update is not newer than what is installed")
	// ErrTooOld says that what is installed is too old to be updated in one step.
	ErrTooOld = errors.New("what is installed is too old for this update")
	// ErrExpired says that it may not be installed any more.
	ErrExpired = errors.New("the update has expired")
)

// Payload is one package in a file.
type Payload struct {
	// Name is the file's: lower case, "countersign-terminal_1.4.0_amd64.deb".
	Name string `json:"name"`
	// Size is in bytes, 1 and up.
	Size int64 `json:"size"`
	// SHA256 is in hexadecimal digits.
	SHA256 string `json:"sha256"`
}

// Manifest says what a file holds and who may take it.
type Manifest struct {
	// Product is the package that gives the version, "countersign-terminal".
	Product string `json:"product"`
	// Version is what is installed by it; Minimum the oldest version that may be
	// installed beforehand.
	Version Version `json:"version"`
	Minimum Version `json:"minimum"`
	// Architecture is Debian's name, "amd64".
	Architecture string `json:"architecture"`
	// Released and Expires are in UTC, to the second. From Expires on the file is
	// refused, so that nobody is given an old one for ever.
	Released time.Time `json:"released"`
	Expires  time.Time `json:"expires"`
	Payloads []Payload `json:"payloads"`
}

var (
	productForm      = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]{1,63}$`)
	architectureForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,31}$`)
	nameForm         = regexp.MustCompile(`^[a-z0-9][a-zA-Z0-9+._~-]{0,122}\.deb$`)
)

// encode is the only encoding of a manifest.
func (m Manifest) encode() ([]byte, error) { return json.Marshal(m) }

// parseManifest reads what encode has written, and nothing else.
func parseManifest(text []byte) (m Manifest, err error) {
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%w: manifest: %w", ErrForm, err)
	}
	again, err := m.encode()
	if err != nil || !bytes.Equal(again, text) {
		return m, fmt.Errorf("%w: the manifest is not in its canonical form", ErrForm)
	}
	return m, m.check()
}

// check holds a manifest against the limits.
func (m Manifest) check() error {
	wrong := func(what string) error { return fmt.Errorf("%w: manifest: %s", ErrForm, what) }
	if _, err := ParseVersion(string(m.Version)); err != nil {
		return fmt.Errorf("%w: version: %w", ErrForm, err)
	}
	if _, err := ParseVersion(string(m.Minimum)); err != nil {
		return fmt.Errorf("%w: minimum version: %w", ErrForm, err)
	}
	switch {
	case !productForm.MatchString(m.Product):
		return wrong("product")
	case !architectureForm.MatchString(m.Architecture):
		return wrong("architecture")
	case m.Minimum.Compare(m.Version) > 0:
		return wrong("it needs a newer version than its own")
	case !m.Expires.After(m.Released) || !whole(m.Released) || !whole(m.Expires):
		return wrong("times")
	case len(m.Payloads) == 0 || len(m.Payloads) > MostPayloads:
		return wrong("number of payloads")
	}
	names := map[string]bool{}
	left := int64(MostBytes)
	for _, p := range m.Payloads {
		sum, err := hex.DecodeString(p.SHA256)
		switch {
		case !nameForm.MatchString(p.Name) || names[p.Name]:
			return wrong(fmt.Sprintf("payload name %.130q", p.Name))
		case p.Size < 1 || p.Size > left:
			return wrong("size of " + p.Name)
		case err != nil || len(sum) != 32 || hex.EncodeToString(sum) != p.SHA256:
			return wrong("SHA-256 of " + p.Name)
		}
		names[p.Name] = true
		left -= p.Size
	}
	return nil
}

func whole(t time.Time) bool { return t.Nanosecond() == 0 && t.Location() == time.UTC }

// Machine is what wants to take an update.
type Machine struct {
	Product, Architecture string
	Installed             Version
	Now                   time.Time
	// Older says that a version may be taken that is not newer.
	Older bool
}

// Admit says why a machine may not take an update, or nil. An error is one of the
// sentinels, with what was expected.
func (m Manifest) Admit(to Machine) error {
	switch {
	case m.Product != to.Product:
		return fmt.Errorf("%w: for %s, this is %s", ErrProduct, m.Product, to.Product)
	case m.Architecture != to.Architecture:
		return fmt.Errorf("%w: for %s, this is %s", ErrArchitecture, m.Architecture, to.Architecture)
	case !to.Now.Before(m.Expires):
		return fmt.Errorf("%w: at %s", ErrExpired, m.Expires.Format(time.RFC3339))
	case to.Older:
		return nil
	case m.Version.Compare(to.Installed) <= 0:
		return fmt.Errorf("%w: it is %s, installed is %s", ErrNotNewer, m.Version, to.Installed)
	case to.Installed.Compare(m.Minimum) < 0:
		return fmt.Errorf("%w: it needs %s, installed is %s", ErrTooOld, m.Minimum, to.Installed)
	}
	return nil
}
