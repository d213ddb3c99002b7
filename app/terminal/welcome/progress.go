package welcome

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"countersign/app/program/wholefile"
)

// progress is what has been told so far, kept in a file so that a first run that was cut
// off goes on where it was. It is for its owner alone: until the enrolment is complete the
// code in it is worth a certificate to whoever has it.
type progress struct {
	Language  string `json:"language"`
	Authority string `json:"authority,omitempty"`
	Code      string `json:"code,omitempty"`
}

// mostProgress bounds what is read, bytes.
const mostProgress = 64 << 10

// Begun says whether a first run was begun with this file and not finished.
func Begun(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// loadProgress reads the file. One that is missing is a beginning, and so is one that is
// none of ours: everything in it can be told again.
func loadProgress(file string) (p progress, err error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() > mostProgress {
		return progress{}, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return progress{}, fmt.Errorf("read how far the first run is: %w", err)
	}
	if json.Unmarshal(text, &p) != nil {
		return progress{}, nil
	}
	return p, nil
}

// save writes the file, whole or not at all.
func (p progress) save(file string) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("write how far the first run is: %w", err)
	}
	if err := wholefile.Replace(file, append(text, '\n')); err != nil {
		return fmt.Errorf("write how far the first run is: %w", err)
	}
	return nil
}
