//go:build linux

package fingerprint_test

import (
	"errors"
	"testing"

	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/devices/fingerprint/wire"
)

func TestSetPassword(t *testing.T) {
	for name, f := range map[string]func(*virtualsensor.Sensor){
		"heard": func(*virtualsensor.Sensor) {},
		// Nobody knows then whether it was set; that it is verified tells.
		"answer damaged": func(v *virtualsensor.Sensor) { v.Misbehave(virtualsensor.GarbledAnswer) },
	} {
		t.Run(name, func(t *testing.T) {
			v := plugIn(t, quick)
			s := settings(v.Path())
			sensor := openSensor(t, s)
			f(v)
			err := sensor.SetPassword(t.Context(), 0xCAFE)
			if name != "heard" {
				if !errors.Is(err, fingerprint.ErrPassword) {
					t.Errorf("a password that was not set: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			v.Place(print(t, "101_1"))
			if _, err := sensor.Capture(t.Context(), nil); err != nil {
				t.Errorf("capture afterwards: %v", err)
			}
			if err := sensor.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := fingerprint.Open(t.Context(), s); !errors.Is(err, fingerprint.ErrPassword) {
				t.Errorf("opened with the old one: %v", err)
			}
			s.Password = 0xCAFE
			openSensor(t, s)
			if err := sensor.SetPassword(t.Context(), 1); !errors.Is(err, fingerprint.ErrClosed) {
				t.Errorf("closed: %v", err)
			}
		})
	}
	v := plugIn(t, quick)
	sensor := openSensor(t, settings(v.Path()))
	v.Refuse(wire.SetPassword, wire.FlashError)
	if err := sensor.SetPassword(t.Context(), 7); !errors.Is(err, fingerprint.ErrSensor) || fingerprint.AdviceOn(err) != fingerprint.ReplaceSensor {
		t.Errorf("refused: %v", err)
	}
}
