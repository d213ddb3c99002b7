//go:build linux

package fingerprint_test

import (
	"errors"
	"image"
	"testing"

	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/virtualsensor"
)

// A picture that breaks off in all form at half its bytes is as long as one of the
// family's smaller sensors has: it must not be taken for one.
func TestHalfAPictureIsNone(t *testing.T) {
	v := plugIn(t, quick)
	sensor := openSensor(t, settings(v.Path()))
	v.Place(print(t, "101_1"))
	v.Misbehave(virtualsensor.EarlyEnd)
	i, err := sensor.Capture(t.Context(), nil)
	if err != nil || i.Gray.Rect.Size() != image.Pt(256, 288) {
		t.Fatalf("%v, %v", i.Gray, err)
	}
	for range 3 { // the sensor's size is known now
		v.Misbehave(virtualsensor.EarlyEnd)
	}
	if _, err := sensor.Capture(t.Context(), nil); !errors.Is(err, fingerprint.ErrGarbled) {
		t.Error(err)
	}
}

// A small sensor that does not tell its size is believed when the picture came twice,
// and from then on at once.
func TestSmallSensorThatDoesNotTell(t *testing.T) {
	o := quick
	o.Model, o.Untold = virtualsensor.R503, true
	v := plugIn(t, o)
	sensor := openSensor(t, settings(v.Path()))
	finger := print(t, "101_1")
	v.Place(finger)
	for n, uploads := range []int{2, 1} {
		before := v.Uploads()
		i, err := sensor.Capture(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if string(i.Gray.Pix) != string(centre(finger, 192, 192).Pix) || v.Uploads()-before != uploads {
			t.Errorf("capture %d: %v, %d uploads", n, i.Gray.Rect, v.Uploads()-before)
		}
	}
}
