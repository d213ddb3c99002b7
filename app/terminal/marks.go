package main

import (
	"context"
	"sync"
	"time"

	"countersign/app/terminal/sale"
	"countersign/app/terminal/screens"
	"countersign/devices/camera"
	"countersign/devices/contactless"
)

// lookAgain is how often the parts that tell nothing by themselves are looked
// at.
const lookAgain = 15 * time.Second

// watchDevices keeps the quiet row of marks true: what is missing is named
// before a customer stands there.
func (t *terminal) watchDevices(ctx context.Context, k *screens.Kiosk) {
	var watching sync.WaitGroup
	defer watching.Wait()
	lens, radio := t.lens.States(), field{t.radio}.states(ctx, &watching)
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	seen, reader := camera.State{}, contactless.State{Condition: contactless.Ready}
	network, sensor := "", t.sensorWord(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case s, more := <-lens:
			if !more {
				lens = nil
				continue
			}
			seen = s
		case reader = <-radio:
		case <-again.C:
			network = t.network(ctx)
			if t.till.View().Stage == sale.Idle { // a sale has the sensor for itself
				sensor = t.sensorWord(ctx)
			}
		}
		devices := []screens.Device{
			{ID: "settlement", Word: network, Bad: true},
			{ID: "camera", Word: cameraWord(seen), Bad: true},
			{ID: "sensor", Word: sensor},
		}
		if t.radio != nil {
			devices = append(devices, readerMark(reader))
		}
		k.ShowDevices(devices)
	}
}

// network says what is wrong with the way to settlement: asking for its
// certificate costs nothing while one is known.
func (t *terminal) network(ctx context.Context) string {
	if _, err := t.client.Certificate(ctx); err != nil && ctx.Err() == nil {
		return "device.settlement.unreachable"
	}
	return ""
}

// sensorWord says whether the fingerprint sensor answers. Not fatal: a phone may
// have its own.
func (t *terminal) sensorWord(ctx context.Context) string {
	ctx, stop := context.WithTimeout(ctx, 3*time.Second)
	defer stop()
	if err := t.glass.Open(ctx); err != nil {
		return "device.sensor.missing"
	}
	return ""
}

func cameraWord(s camera.State) string {
	if s.Phase == camera.PhaseMissing || s.Phase == camera.PhaseLost {
		return "device.camera.missing"
	}
	return ""
}
