package steps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"countersign/app/program/wholefile"
	"countersign/app/updater/updatefile"
)

// Phase is which step is under way. It is written before the step begins.
type Phase string

// The phases.
const (
	// Idle: nothing is under way.
	Idle Phase = "idle"
	// Installing: the new version is being installed, or is about to be.
	Installing Phase = "installing"
	// Checking: it is installed and must come up.
	Checking Phase = "checking"
	// GoingBack: the version before is being installed again.
	GoingBack Phase = "going back"
	// CheckingBack: it is installed again and must come up.
	CheckingBack Phase = "checking the version before"
	// Stuck: neither comes up, or there is no way back; somebody must help.
	Stuck Phase = "stuck"
)

// Outcome is how an update ended.
type Outcome struct {
	// Version was to be installed; Installed is what is.
	Version   updatefile.Version `json:"version"`
	Installed updatefile.Version `json:"installed,omitempty"`
	At        time.Time          `json:"at"`
	// Why says why the version was taken back, or nothing is well.
	Why string `json:"why,omitempty"`
}

// State is what is written down.
type State struct {
	Phase Phase `json:"phase"`
	// To and From are the versions while one is not Idle; From is empty where there is no
	// way back.
	To   updatefile.Version `json:"to,omitempty"`
	From updatefile.Version `json:"from,omitempty"`
	// Bad is what was bad already before To was installed.
	Bad []string `json:"bad,omitempty"`
	// Tries counts how often the present phase was begun.
	Tries int `json:"tries,omitempty"`
	// Why is what is wrong with To.
	Why string `json:"why,omitempty"`
	// Last is how the last update ended.
	Last *Outcome `json:"last,omitempty"`
}

// ErrState says that what was written down cannot be read.
var ErrState = errors.New("the updater's notes are damaged")

// mostState bounds the file of a state in bytes.
const mostState = 64 << 10

// parseState reads a state; only what encode has written.
func parseState(text []byte) (s State, err error) {
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("%w: %w", ErrState, err)
	}
	again, err := s.encode()
	if err != nil || !bytes.Equal(again, text) {
		return s, fmt.Errorf("%w: they are not what was written", ErrState)
	}
	underWay := slices.Contains([]Phase{Installing, Checking, GoingBack, CheckingBack, Stuck}, s.Phase)
	if s.Phase != Idle && !underWay || underWay && s.To == "" || (s.Phase == GoingBack || s.Phase == CheckingBack) && s.From == "" || s.Tries < 0 {
		return s, fmt.Errorf("%w: phase %.40q", ErrState, s.Phase)
	}
	return s, nil
}

func (s State) encode() ([]byte, error) {
	text, err := json.MarshalIndent(s, "", "  ")
	return append(text, '\n'), err
}

// readState reads the state of a folder, Idle where there is none.
func readState(path string) (State, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return State{Phase: Idle}, nil
	}
	if err != nil {
		return State{}, err
	}
	text, err := io.ReadAll(io.LimitReader(f, mostState))
	if err := errors.Join(err, f.Close()); err != nil {
		return State{}, err
	}
	return parseState(text)
}

// writeState writes a state so that either the old or the new one is there after a
// power cut.
func writeState(path string, s State) error {
	text, err := s.encode()
	if err != nil {
		return err
	}
	return wholefile.Replace(path, text)
}
