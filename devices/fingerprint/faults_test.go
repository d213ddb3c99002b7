//go:build linux

package fingerprint_test

import (
	"errors"
	"testing"

	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/virtualsensor"
)

// Guarantee 3: what went wrong once is asked for again and the picture is whole.
func TestCaptureSurvivesEachMisbehaviour(t *testing.T) {
	t.Parallel() // mostly waiting
	for name, f := range misbehaviours {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // mostly waiting
			v := plugIn(t, quick)
			sensor := openSensor(t, settings(v.Path()))
			finger := print(t, "102_2")
			v.Place(finger)
			v.Misbehave(f)
			var reports []fingerprint.Progress
			i, err := sensor.Capture(t.Context(), func(p fingerprint.Progress) { reports = append(reports, p) })
			if err != nil {
				t.Fatal(err)
			}
			if string(i.Gray.Pix) != string(centre(finger, 256, 288).Pix) {
				t.Error("the picture is not what is on the glass")
			}
			checkProgress(t, reports, 256*288/2)
		})
	}
}

var misbehaviours = map[string]virtualsensor.Fault{
	"bad checksum": virtualsensor.BadChecksum, "lost packet": virtualsensor.LostPacket,
	"wrong kind": virtualsensor.WrongKind, "silence": virtualsensor.Silence,
	"garbage": virtualsensor.Garbage, "endless": virtualsensor.Endless,
	"mute": virtualsensor.Mute, "garbled answer": virtualsensor.GarbledAnswer,
	"other address": virtualsensor.OtherAddress, "duplicate": virtualsensor.Duplicate,
	"wrong length": virtualsensor.WrongLength, "short last": virtualsensor.ShortLast, "early end": virtualsensor.EarlyEnd,
}

func TestCaptureGivesUpOnWhatStaysBroken(t *testing.T) {
	t.Parallel() // mostly waiting
	for name, c := range map[string]struct {
		fault virtualsensor.Fault
		want  error
	}{
		"bad checksum": {virtualsensor.BadChecksum, fingerprint.ErrGarbled},
		"lost packet":  {virtualsensor.LostPacket, fingerprint.ErrGarbled},
		"wrong kind":   {virtualsensor.WrongKind, fingerprint.ErrGarbled},
		"silence":      {virtualsensor.Silence, fingerprint.ErrSilent},
		"garbage":      {virtualsensor.Garbage, fingerprint.ErrGarbled},
		"endless":      {virtualsensor.Endless, fingerprint.ErrGarbled},
		"mute":         {virtualsensor.Mute, fingerprint.ErrSilent},
		"garbled":      {virtualsensor.GarbledAnswer, fingerprint.ErrGarbled},
		"address":      {virtualsensor.OtherAddress, fingerprint.ErrGarbled},
		"duplicate":    {virtualsensor.Duplicate, fingerprint.ErrGarbled},
		"wrong length": {virtualsensor.WrongLength, fingerprint.ErrGarbled},
		"short last":   {virtualsensor.ShortLast, fingerprint.ErrGarbled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // mostly waiting
			v := plugIn(t, quick)
			sensor := openSensor(t, settings(v.Path()))
			v.Place(print(t, "103_1"))
			for range 3 {
				v.Misbehave(c.fault)
			}
			if _, err := sensor.Capture(t.Context(), nil); !errors.Is(err, c.want) || fingerprint.Hint(err) == "" {
				t.Fatalf("%v, hint %q; want %v", err, fingerprint.Hint(err), c.want)
			}
			v.Behave()
			if _, err := sensor.Capture(t.Context(), nil); err != nil {
				t.Errorf("when the sensor behaves again: %v", err)
			}
		})
	}
}
