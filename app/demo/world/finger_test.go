package world

import (
	"testing"

	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/protocol/minutiae"
)

// read lays a finger down and reads it by way of the real driver.
func read(t *testing.T, r *fingerprint.Reader, s *virtualsensor.Sensor, f *Finger) []minutiae.Minutia {
	f.Press(s)
	defer s.Lift()
	template, _, _, err := r.Read(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := minutiae.Decode(template)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// However the owner's finger is laid down it matches, so that the desk takes it
// and settlement knows it; it is never so much alike that it passes for a copy;
// and no stranger's matches.
func TestFingers(t *testing.T) {
	options := sensor(1)
	options.Unpaced = true // this is not about time
	s, err := newSensor(options)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r := fingerprint.NewReader(fingerprint.Settings{Port: s.Path()}, extraction.Libfprint{}, minutiae.Small)
	defer r.Close()
	owner, err := NewFinger(Owner, 1)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := NewFinger(Stranger, 1)
	if err != nil {
		t.Fatal(err)
	}
	taken, others := make([][]minutiae.Minutia, 9), make([][]minutiae.Minutia, 3)
	for i := range taken {
		taken[i] = read(t, r, s, owner)
	}
	for i := range others {
		others[i] = read(t, r, s, stranger)
	}
	for i, a := range taken {
		for j, b := range taken[:i] {
			if score := minutiae.Compare(a, b); !score.Match() {
				t.Errorf("the owner's finger, laid down for the %dth and %dth time, does not match: %v", j+1, i+1, score)
			}
			if minutiae.ImplausiblyClose(a, b) {
				t.Errorf("laid down for the %dth and %dth time it passes for a copy", j+1, i+1)
			}
		}
		for _, b := range others {
			if score := minutiae.Compare(a, b); score.Match() {
				t.Errorf("a stranger's finger matches: %v", score)
			}
		}
	}
	if _, err := NewFinger("999", 1); err == nil {
		t.Error("a finger that is not there was taken")
	}
}
