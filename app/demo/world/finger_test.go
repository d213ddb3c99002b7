package world

import (
	"testing"

	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/protocol/minutiae"
)

// read lays a finger down and reads it by way of the real driver.
func read(t *testing.T, r *fingerprint.Reader, s *virtualsensor.Sensor, f *Finger) []byte {
	f.Press(s)
	defer s.Lift()
	template, _, _, err := r.Read(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return template
}

// Every way of laying the owner's finger down matches every other, so that the
// desk takes it; no stranger's does.
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
	owner, err := NewFinger(Owner)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := NewFinger(Stranger)
	if err != nil {
		t.Fatal(err)
	}
	var taken [][]byte
	for range owner.impressions {
		taken = append(taken, read(t, r, s, owner))
	}
	other := read(t, r, s, stranger)
	for i, a := range taken {
		for j, b := range append(taken[i+1:], other) {
			score, err := minutiae.CompareTemplates(a, b)
			if err != nil {
				t.Fatal(err)
			}
			same := j < len(taken)-i-1
			if score.Match() != same {
				t.Errorf("impression %d and %d (stranger: %v): match %v, score %v", i+1, i+j+2, !same, score.Match(), score)
			}
		}
	}
	if _, err := NewFinger("999"); err == nil {
		t.Error("a finger that is not there was taken")
	}
}
