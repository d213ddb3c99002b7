//go:build linux

package fingerprint_test

import (
	"context"
	"errors"
	"image"
	"path/filepath"
	"testing"

	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/devices/fingerprint/wire"
	"countersign/protocol/minutiae"
)

// watched is a finger that tells when it is looked at.
type watched struct {
	image.Image
	looked chan struct{}
}

func (w watched) Bounds() image.Rectangle {
	select {
	case w.looked <- struct{}{}:
	default:
	}
	return w.Image.Bounds()
}

func TestWaitLifted(t *testing.T) {
	v := plugIn(t, quick)
	r := fingerprint.NewReader(settings(v.Path()), &extractor{}, minutiae.Large)
	defer r.Close()
	if err := r.WaitLifted(t.Context()); err != nil { // opens the sensor
		t.Fatalf("bare glass: %v", err)
	}
	finger := watched{print(t, "101_1"), make(chan struct{}, 1)}
	v.Place(finger)
	v.Refuse(wire.GetImage, wire.NoFinger)      // missing for one look
	v.Refuse(wire.GetImage, wire.CaptureFailed) // there, but moving
	v.Refuse(wire.GetImage, wire.NoFinger)
	ended := make(chan error, 1)
	go func() { ended <- r.WaitLifted(t.Context()) }()
	for range 10 {
		select {
		case <-finger.looked:
		case err := <-ended:
			t.Fatalf("ended while the finger lay there: %v", err)
		}
	}
	v.Lift()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestWaitLiftedEnds(t *testing.T) {
	for name, c := range map[string]struct {
		then func(v *virtualsensor.Sensor, r *fingerprint.Reader, cancel context.CancelFunc)
		want error
	}{
		"context":   {func(_ *virtualsensor.Sensor, _ *fingerprint.Reader, cancel context.CancelFunc) { cancel() }, context.Canceled},
		"closed":    {func(_ *virtualsensor.Sensor, r *fingerprint.Reader, _ context.CancelFunc) { r.Close() }, fingerprint.ErrClosed},
		"unplugged": {func(v *virtualsensor.Sensor, _ *fingerprint.Reader, _ context.CancelFunc) { v.Unplug() }, fingerprint.ErrMissing},
		"broken": {func(v *virtualsensor.Sensor, _ *fingerprint.Reader, _ context.CancelFunc) {
			v.Refuse(wire.GetImage, wire.SensorFailed)
		}, fingerprint.ErrSensor},
	} {
		t.Run(name, func(t *testing.T) {
			o := quick
			o.Link = filepath.Join(t.TempDir(), "fingerprint")
			v := plugIn(t, o)
			r := fingerprint.NewReader(settings(v.Path()), &extractor{}, minutiae.Large)
			defer r.Close()
			if err := r.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
			finger := watched{print(t, "101_1"), make(chan struct{}, 1)}
			v.Place(finger)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := make(chan error, 1)
			go func() { ended <- r.WaitLifted(ctx) }()
			<-finger.looked
			c.then(v, r, cancel)
			if err := <-ended; !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}
