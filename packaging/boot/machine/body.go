package machine

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
)

// ErrRestarted is wrapped by the errors of commands during which the machine started anew.
var ErrRestarted = errors.New("the machine was restarted")

// Press presses keys together, by QMP's names with a dash between: "ctrl-alt-f2".
func (m *Machine) Press(ctx context.Context, chord string) error {
	type key struct {
		Type string `json:"type"`
		Data string `json:"data"`
	}
	var keys []key
	for name := range strings.SplitSeq(chord, "-") {
		keys = append(keys, key{"qcode", name})
	}
	return m.monitor.execute(ctx, "send-key", map[string]any{"keys": keys}, nil)
}

// Click clicks with a button of the pointer at a place of the screen, each coordinate
// from 0 to 1.
func (m *Machine) Click(ctx context.Context, button string, x, y float64) error {
	type event struct {
		Type string         `json:"type"`
		Data map[string]any `json:"data"`
	}
	at := []event{
		{"abs", map[string]any{"axis": "x", "value": int(x * 32767)}},
		{"abs", map[string]any{"axis": "y", "value": int(y * 32767)}},
	}
	for _, events := range [][]event{
		at,
		{{"btn", map[string]any{"button": button, "down": true}}},
		{{"btn", map[string]any{"button": button, "down": false}}},
	} {
		if err := m.monitor.execute(ctx, "input-send-event", map[string]any{"events": events}, nil); err != nil {
			return err
		}
	}
	return nil
}

// Screen takes a picture of the screen and keeps it as file (PNG).
func (m *Machine) Screen(ctx context.Context, file string) (image.Image, error) {
	whole, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	if err := m.monitor.execute(ctx, "screendump", map[string]any{"filename": whole, "format": "png"}, nil); err != nil {
		return nil, err
	}
	f, err := os.Open(whole)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return picture, nil
}

// Plug plugs a USB device of the emulator's (its driver's name, such as "usb-serial",
// with further properties) into the running machine, to be pulled by the same id.
func (m *Machine) Plug(ctx context.Context, id, driver string, properties map[string]any) error {
	arguments := map[string]any{"driver": driver, "id": id, "bus": "usb.0"}
	for name, value := range properties {
		arguments[name] = value
	}
	return m.monitor.execute(ctx, "device_add", arguments, nil)
}

// Backend makes what stands behind a serial device: nothing, which takes all that is
// written.
func (m *Machine) Backend(ctx context.Context, id string) error {
	return m.monitor.execute(ctx, "chardev-add", map[string]any{"id": id, "backend": map[string]any{"type": "null", "data": map[string]any{}}}, nil)
}

// Pull pulls a device that was plugged in.
func (m *Machine) Pull(ctx context.Context, id string) error {
	return m.monitor.execute(ctx, "device_del", map[string]any{"id": id}, nil)
}

// Reset presses the reset button: nothing is told to what runs.
func (m *Machine) Reset(ctx context.Context) error {
	return m.monitor.execute(ctx, "system_reset", nil, nil)
}

// PowerKey presses the power button for a moment.
func (m *Machine) PowerKey(ctx context.Context) error {
	return m.monitor.execute(ctx, "system_powerdown", nil, nil)
}

// Resets tells how often the machine was reset, by whomever.
func (m *Machine) Resets() int { return m.monitor.events("RESET") }
