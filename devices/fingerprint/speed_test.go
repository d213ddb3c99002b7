//go:build linux

package fingerprint_test

import (
	"fmt"
	"testing"

	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/devices/fingerprint/wire"
	"countersign/protocol/minutiae"
)

func TestOpenRaisesTheSpeed(t *testing.T) {
	t.Parallel() // mostly waiting
	for _, c := range []struct{ baud, from, fastest, want int }{
		{57600, 0, 0, 115200},  // as delivered
		{115200, 0, 0, 115200}, // raised already: found at the second try
		{9600, 9600, 57600, 57600},
		{38400, 0, 0, 115200}, // found by trying
		{57600, 57600, 57600, 57600},
		{19200, 19200, 40000, 38400}, // the fastest that port and sensor have below it
	} {
		t.Run(fmt.Sprintf("%d from %d to %d", c.baud, c.from, c.fastest), func(t *testing.T) {
			t.Parallel() // mostly waiting
			v := plugIn(t, virtualsensor.Options{Baud: c.baud, Unpaced: true})
			s := settings(v.Path())
			s.Baud, s.FastestBaud = c.from, c.fastest
			sensor := openSensor(t, s)
			if sensor.Baud() != c.want || v.Baud() != c.want {
				t.Errorf("at %d, the sensor at %d; want %d", sensor.Baud(), v.Baud(), c.want)
			}
			v.Place(print(t, "105_1"))
			if _, err := sensor.Capture(t.Context(), nil); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOpenLeavesTheSpeedOfOneThatRefuses(t *testing.T) {
	v := plugIn(t, virtualsensor.Options{Baud: 57600, Unpaced: true})
	v.Refuse(wire.SetSysPara, wire.BadRegister)
	s := settings(v.Path())
	s.Baud = 57600
	sensor := openSensor(t, s)
	if sensor.Baud() != 57600 {
		t.Errorf("at %d", sensor.Baud())
	}
}

// A sensor that says it goes faster and does not must not be lost.
func TestOpenFallsBackToTheSpeedThatWorks(t *testing.T) {
	t.Parallel() // mostly waiting
	v := plugIn(t, virtualsensor.Options{Baud: 57600, Unpaced: true})
	v.Misbehave(virtualsensor.KeepsSpeed)
	s := settings(v.Path())
	s.Baud = 57600
	sensor := openSensor(t, s)
	if sensor.Baud() != 57600 || v.Baud() != 57600 {
		t.Errorf("at %d, the sensor at %d", sensor.Baud(), v.Baud())
	}
	v.Place(print(t, "101_1"))
	if _, err := sensor.Capture(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// What the sensor does not take, or says it does and does not, leaves the next slower
// speed to be tried.
func TestOpenTakesTheNextFastest(t *testing.T) {
	t.Parallel() // mostly waiting
	for name, spoil := range map[string]func(*virtualsensor.Sensor){
		"refused":  func(v *virtualsensor.Sensor) { v.Refuse(wire.SetSysPara, wire.BadRegisterValue) },
		"not kept": func(v *virtualsensor.Sensor) { v.Misbehave(virtualsensor.KeepsSpeed) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // mostly waiting
			v := plugIn(t, virtualsensor.Options{Baud: 9600, Unpaced: true})
			spoil(v)
			s := settings(v.Path())
			s.Baud = 9600
			if sensor := openSensor(t, s); sensor.Baud() != 57600 || v.Baud() != 57600 {
				t.Errorf("at %d, the sensor at %d", sensor.Baud(), v.Baud())
			}
		})
	}
}

// A sensor that cannot be understood at the speed that it took hears us there all
// the same, and is set back.
func TestOpenRestoresTheSpeed(t *testing.T) {
	t.Parallel() // mostly waiting
	v := plugIn(t, virtualsensor.Options{Baud: 57600, Unpaced: true, Noise: virtualsensor.Noise{Above: 57600}})
	s := settings(v.Path())
	s.Baud = 57600
	sensor := openSensor(t, s)
	if sensor.Baud() != 57600 || v.Baud() != 57600 {
		t.Errorf("at %d, the sensor at %d", sensor.Baud(), v.Baud())
	}
	v.Place(print(t, "101_1"))
	if _, err := sensor.Capture(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// A line that carries answers at a speed and whole pictures not is found out by
// the first picture; it comes at the slower speed, and so do those after it, also
// after a re-plug.
func TestCaptureLowersTheSpeed(t *testing.T) {
	t.Parallel() // mostly waiting
	v := plugIn(t, virtualsensor.Options{Baud: 57600, Unpaced: true, Noise: virtualsensor.Noise{Above: 57600, Longer: 64},
		Link: t.TempDir() + "/fingerprint"})
	finger := print(t, "101_1")
	v.Place(finger)
	s := settings(v.Path())
	s.Baud = 57600
	r := fingerprint.NewReader(s, &extractor{found: someMinutiae(30)}, minutiae.Large)
	defer r.Close()
	if err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v.Baud() != 115200 {
		t.Fatalf("the sensor at %d", v.Baud())
	}
	for n, uploads := range []int{3, 1, 1} {
		if n == 2 {
			v.Unplug()
			if err := v.Plug(); err != nil {
				t.Fatal(err)
			}
		}
		before := v.Uploads()
		if _, _, _, err := r.Read(t.Context(), nil); err != nil {
			t.Fatalf("read %d: %v", n, err)
		}
		if v.Baud() != 57600 || v.Uploads()-before != uploads {
			t.Errorf("read %d: the sensor at %d, %d uploads", n, v.Baud(), v.Uploads()-before)
		}
	}
}
