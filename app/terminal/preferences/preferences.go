// Package preferences keeps what the people at a till have set for themselves:
// sounds, size of text, language. It is a small JSON file beside the journal.
//
// A file that is missing is what the installer's settings say; one that cannot be read
// is set aside under another name and told, because nobody should be unable to sell for
// a setting's sake. Saving replaces the file whole.
package preferences

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"countersign/app/program/wholefile"
)

// Preferences are what may be set at the till.
type Preferences struct {
	Sounds       bool   `json:"sounds"`
	Speech       bool   `json:"speech"`
	Large        bool   `json:"large"`
	HighContrast bool   `json:"high_contrast"`
	Light        bool   `json:"light"`
	LongWaits    bool   `json:"long_waits"`
	Language     string `json:"language"`
}

// most is how long a file may be, in bytes.
const most = 64 << 10

// ErrUnreadable says that the file was none of ours; it has been set aside.
var ErrUnreadable = errors.New("preferences could not be read and were set aside")

// Load reads a file over what stands without one. With ErrUnreadable the latter is what
// counts.
func Load(path string, without Preferences) (Preferences, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return without, nil
	case err != nil:
		return without, fmt.Errorf("read preferences: %w", err)
	}
	p := without
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err = decoder.Decode(&p); err == nil && len(text) <= most && !decoder.More() {
		return p, nil
	}
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return without, errors.Join(fmt.Errorf("%w: %w", ErrUnreadable, err), os.Rename(path, path+".broken"))
}

// Save writes the file, whole or not at all.
func Save(path string, p Preferences) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("write preferences: %w", err)
	}
	if err := wholefile.Replace(path, append(text, '\n')); err != nil {
		return fmt.Errorf("write preferences: %w", err)
	}
	return nil
}
