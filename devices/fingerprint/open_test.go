//go:build linux

package fingerprint_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/devices/fingerprint/wire"
)

func TestOpenSurvivesEachMisbehaviour(t *testing.T) {
	t.Parallel() // mostly waiting
	for name, f := range map[string]virtualsensor.Fault{
		"mute": virtualsensor.Mute, "garbled": virtualsensor.GarbledAnswer, "address": virtualsensor.OtherAddress, "short answer": virtualsensor.ShortAnswer,
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
	t.Parallel() // mostly waiting
	password := plugIn(t, virtualsensor.Options{Unpaced: true, Baud: 115200, Password: 7})
	delivered := settings(plugIn(t, quick).Path())
	delivered.Password = 7
	short := plugIn(t, quick)
	for range 3 {
		short.Misbehave(virtualsensor.ShortAnswer)
	}
	foreign := plugIn(t, virtualsensor.Options{Unpaced: true, Baud: 115200, Address: 5})
	linked := quick
	linked.Link = filepath.Join(t.TempDir(), "fingerprint") // a name that no other terminal gets
	out := plugIn(t, linked)
	port := out.Path()
	out.Unplug()
	for name, c := range map[string]struct {
		settings fingerprint.Settings
		want     error
	}{
		"no such port":          {settings("/dev/no-such-sensor"), fingerprint.ErrMissing},
		"unplugged":             {settings(port), fingerprint.ErrMissing},
		"another password":      {settings(password.Path()), fingerprint.ErrPassword},
		"a password it has not": {delivered, fingerprint.ErrPassword},
		"a short answer":        {settings(short.Path()), fingerprint.ErrGarbled},
		"another's address":     {settings(foreign.Path()), fingerprint.ErrSilent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // mostly waiting
			sensor, err := fingerprint.Open(t.Context(), c.settings)
			if err == nil {
				sensor.Close()
			}
			if !errors.Is(err, c.want) || fingerprint.Hint(err) == "" || !strings.Contains(err.Error(), c.settings.Port) {
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
	t.Parallel() // mostly waiting
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
