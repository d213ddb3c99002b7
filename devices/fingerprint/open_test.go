//go:build linux

package fingerprint_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/devices/fingerprint/wire"
)

func TestOpenRaisesTheSpeed(t *testing.T) {
	for _, c := range []struct{ baud, from, fastest, want int }{
		{57600, 0, 0, 115200},  // as delivered
		{115200, 0, 0, 115200}, // raised already: found at the second try
		{9600, 9600, 57600, 57600},
		{38400, 0, 0, 115200}, // found by trying
		{57600, 57600, 57600, 57600},
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

func TestOpenSurvivesEachMisbehaviour(t *testing.T) {
	t.Parallel() // mostly waiting
	for name, f := range map[string]virtualsensor.Fault{
		"mute": virtualsensor.Mute, "garbled": virtualsensor.GarbledAnswer, "address": virtualsensor.OtherAddress,
	} {
		v := plugIn(t, quick)
		v.Misbehave(f)
		if sensor, err := fingerprint.Open(t.Context(), settings(v.Path())); err != nil {
			t.Errorf("%s: %v", name, err)
		} else {
			sensor.Close()
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	password := plugIn(t, virtualsensor.Options{Unpaced: true, Baud: 115200, Password: 7})
	short := plugIn(t, quick)
	short.Misbehave(virtualsensor.ShortAnswer)
	foreign := plugIn(t, virtualsensor.Options{Unpaced: true, Baud: 115200, Address: 5})
	out := plugIn(t, quick)
	port := out.Path()
	out.Unplug()
	for name, c := range map[string]struct {
		port string
		want error
	}{
		"no such port":      {"/dev/no-such-sensor", fingerprint.ErrMissing},
		"unplugged":         {port, fingerprint.ErrMissing},
		"another password":  {password.Path(), fingerprint.ErrPassword},
		"a short answer":    {short.Path(), fingerprint.ErrGarbled},
		"another's address": {foreign.Path(), fingerprint.ErrSilent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // mostly waiting
			sensor, err := fingerprint.Open(t.Context(), settings(c.port))
			if err == nil {
				sensor.Close()
			}
			if !errors.Is(err, c.want) || fingerprint.Hint(err) == "" || !strings.Contains(err.Error(), c.port) {
				t.Errorf("%v, hint %q; want %v", err, fingerprint.Hint(err), c.want)
			}
		})
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	foreign := plugIn(t, virtualsensor.Options{Unpaced: true, Baud: 115200, Address: 5})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := fingerprint.Open(ctx, settings(foreign.Path())); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended context: %v", err)
	}
}

func TestSensorID(t *testing.T) {
	dir := t.TempDir()
	for want, o := range map[string]virtualsensor.Options{
		"FP-00042":         {Model: virtualsensor.R503, Serial: "FP-00042"},
		"0102030405060708": {Model: virtualsensor.R503, Serial: "\x01\x02\x03\x04\x05\x06\x07\x08"},
		"counter":          {Link: filepath.Join(dir, "counter")},
		"r503":             {Model: virtualsensor.R503, Link: filepath.Join(dir, "r503")},
		"sensor-0000beef":  {Address: 0xBEEF},
		"fingerprint-sens": {Link: filepath.Join(dir, "fingerprint-sensor-at-the-counter")},
		"指纹指纹指":            {Link: filepath.Join(dir, "指纹指纹指纹")},
	} {
		o.Unpaced, o.Baud = true, 115200
		v := plugIn(t, o)
		s := settings(v.Path())
		s.Address = o.Address
		if got := openSensor(t, s).ID(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Every code there can be, in answer to the look for a finger, is an error of a
// kind that callers know, with a sentence for the person.
func TestEveryConfirmation(t *testing.T) {
	v := plugIn(t, quick)
	sensor := openSensor(t, settings(v.Path()))
	v.Place(print(t, "101_1"))
	wants := map[wire.Confirmation]error{
		wire.ReceiveError: fingerprint.ErrGarbled, wire.CaptureFailed: fingerprint.ErrFinger,
		wire.TooDry: fingerprint.ErrFinger, wire.TooWet: fingerprint.ErrFinger, wire.TooMessy: fingerprint.ErrFinger,
		wire.TooFewFeatures: fingerprint.ErrFinger, wire.NotLifted: fingerprint.ErrFinger, wire.NoImage: fingerprint.ErrFinger,
		wire.TimedOut: fingerprint.ErrFinger, wire.WrongPassword: fingerprint.ErrPassword, wire.PasswordNeeded: fingerprint.ErrPassword,
	}
	advice := map[string]bool{}
	for code := 1; code < 256; code++ {
		c := wire.Confirmation(code)
		if c == wire.NoFinger {
			continue // not a failure while waiting: see TestNoFingerIsWaitedFor
		}
		v.Behave()
		for range 3 {
			v.Refuse(wire.GetImage, c)
		}
		_, err := sensor.Capture(t.Context(), nil)
		want, ok := wants[c]
		if !ok {
			want = fingerprint.ErrSensor
		}
		var refused *fingerprint.ConfirmationError
		if !errors.Is(err, want) || !errors.As(err, &refused) || refused.Code != c || refused.Instruction != wire.GetImage {
			t.Errorf("code %02x: %v, want %v", code, err, want)
			continue
		}
		if h := fingerprint.Hint(err); !strings.HasSuffix(h, ".") || strings.Contains(h, "%") {
			t.Errorf("code %02x: hint %q", code, h)
		} else {
			advice[h] = true
		}
		if !strings.Contains(err.Error(), fmt.Sprintf("%02x", code)) {
			t.Errorf("code %02x: %q does not show the code", code, err)
		}
	}
	if len(advice) < 10 {
		t.Errorf("only %d different sentences", len(advice))
	}
	v.Behave()
	if _, err := sensor.Capture(t.Context(), nil); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestNoFingerIsWaitedFor(t *testing.T) {
	v := plugIn(t, quick)
	sensor := openSensor(t, settings(v.Path()))
	v.Place(print(t, "101_1"))
	for range 5 {
		v.Refuse(wire.GetImage, wire.NoFinger)
	}
	if _, err := sensor.Capture(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if n := v.Captures(); n != 1 {
		t.Errorf("%d captures", n)
	}
}

func TestUploadRefused(t *testing.T) {
	v := plugIn(t, quick)
	sensor := openSensor(t, settings(v.Path()))
	v.Place(print(t, "101_1"))
	for code, want := range map[wire.Confirmation]error{
		wire.NoImage: fingerprint.ErrFinger, wire.ImageUploadFailed: fingerprint.ErrSensor, wire.HardwareFailed: fingerprint.ErrSensor,
	} {
		v.Refuse(wire.UpImage, code)
		if _, err := sensor.Capture(t.Context(), nil); !errors.Is(err, want) {
			t.Errorf("%v: %v", code, err)
		}
	}
}

func TestHintOfOtherErrors(t *testing.T) {
	if h := fingerprint.Hint(errors.New("other")); h != "" {
		t.Errorf("got %q", h)
	}
	if h := fingerprint.Hint(fmt.Errorf("wrapped: %w", fingerprint.ErrMissing)); h != fingerprint.ErrMissing.Hint() {
		t.Errorf("got %q", h)
	}
}
