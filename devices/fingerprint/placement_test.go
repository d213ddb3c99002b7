//go:build linux

package fingerprint_test

import (
	"errors"
	"testing"

	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/devices/fingerprint/wire"
	"countersign/protocol/minutiae"
)

// A poor picture is taken again while the finger lies there, and the person told
// meanwhile what to do; only a good one is called done.
func TestPoorPictureIsTakenAgain(t *testing.T) {
	faint, good := poor(t)["faint"].picture, print(t, "101_1")
	for name, c := range map[string]struct {
		then    func(v *virtualsensor.Sensor) // while the poor picture is read
		want    error
		uploads int
	}{
		"better":    {func(v *virtualsensor.Sensor) { v.Place(good) }, nil, 2},
		"no better": {func(*virtualsensor.Sensor) {}, fingerprint.ErrTooPoor, 2},
		"lifted":    {func(v *virtualsensor.Sensor) { v.Lift() }, fingerprint.ErrTooPoor, 1},
		"moving":    {func(v *virtualsensor.Sensor) { v.Refuse(wire.GetImage, wire.CaptureFailed) }, fingerprint.ErrTooPoor, 1},
		"pulled out": {func(v *virtualsensor.Sensor) {
			v.Refuse(wire.GetImage, wire.OK) // and no new picture either
			v.Misbehave(virtualsensor.HangUp)
		}, fingerprint.ErrUnplugged, 2},
		"broken": {func(v *virtualsensor.Sensor) { v.Refuse(wire.GetImage, wire.SensorFailed) }, fingerprint.ErrSensor, 1},
	} {
		t.Run(name, func(t *testing.T) {
			v := plugIn(t, quick)
			v.Place(faint)
			r := fingerprint.NewReader(settings(v.Path()), &extractor{found: someMinutiae(30)}, minutiae.Large)
			defer r.Close()
			var last fingerprint.Progress
			done, advised := 0, false
			_, _, _, err := r.Read(t.Context(), func(p fingerprint.Progress) {
				if p.Picture == 1 && p.Received == p.Total-p.Total%128-128 {
					c.then(v)
				}
				if p.Stage < last.Stage || p.Picture < last.Picture || p.Picture == last.Picture && p.Received < last.Received {
					t.Errorf("%+v after %+v", p, last)
				}
				if want := map[int]fingerprint.Advice{2: fingerprint.PressFirmly}[p.Picture]; p.Advice != want {
					t.Errorf("%+v", p)
				}
				advised = advised || p.Advice != ""
				if p.Stage == fingerprint.Done {
					done++
				}
				last = p
			})
			if !errors.Is(err, c.want) || v.Uploads() != c.uploads {
				t.Errorf("%v, want %v; %d uploads", err, c.want, v.Uploads())
			}
			if (err == nil) != (done == 1) || done > 1 || advised != (c.uploads == 2) {
				t.Errorf("called done %d times, advised %v", done, advised)
			}
		})
	}
}
