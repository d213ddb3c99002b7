package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// What linux/uinput.h and linux/input-event-codes.h call these.
const (
	uiSetEvBit, uiSetKeyBit, uiSetAbsBit, uiSetPropBit   = 0x40045564, 0x40045565, 0x40045567, 0x4004556e
	uiDevSetup, uiAbsSetup, uiDevCreate, uiDevDestroy    = 0x405c5503, 0x401c5504, 0x5501, 0x5502
	evSyn, evKey, evAbs, btnTouch, propDirect            = 0, 1, 3, 0x14a, 1
	absX, absY, absMTSlot, absMTX, absMTY, absMTTracking = 0, 1, 0x2f, 0x35, 0x36, 0x39

	touchMost = 4096 // its coordinates
	fingers   = 5
)

// A stroke is the way of one finger, in shares of the screen.
type stroke struct{ fromX, fromY, toX, toY float64 }

// gestures are what tablets, phones and desktops take for a way out.
var gestures = map[string][]stroke{
	"left-edge":      {{0, .5, .6, .5}},
	"right-edge":     {{.999, .5, .4, .5}},
	"top-edge":       {{.5, 0, .5, .7}},
	"bottom-edge":    {{.5, .999, .5, .3}},
	"top-corner":     {{0, 0, .5, .5}},
	"three-left":     {{.7, .3, .2, .3}, {.7, .6, .2, .6}, {.7, .8, .2, .8}},
	"three-up":       {{.3, .8, .3, .2}, {.5, .8, .5, .2}, {.7, .8, .7, .2}},
	"three-down":     {{.3, .2, .3, .8}, {.5, .2, .5, .8}, {.7, .2, .7, .8}},
	"four-left":      {{.8, .2, .3, .2}, {.8, .4, .3, .4}, {.8, .6, .3, .6}, {.8, .8, .3, .8}},
	"five-pinch":     {{.1, .1, .5, .5}, {.9, .1, .5, .5}, {.1, .9, .5, .5}, {.9, .9, .5, .5}, {.5, .9, .5, .6}},
	"pinch":          {{.2, .5, .45, .5}, {.8, .5, .55, .5}},
	"spread":         {{.45, .5, .1, .5}, {.55, .5, .9, .5}},
	"long-press":     {{.5, .75, .5, .75}},
	"long-two":       {{.4, .75, .4, .75}, {.6, .75, .6, .75}},
	"corner-presses": {{.001, .001, .001, .001}, {.999, .001, .999, .001}, {.001, .999, .001, .999}},
}

// strokeTime is how long a stroke takes, stepTime one step of it: a touch screen's rate.
const (
	strokeTime = 400 * time.Millisecond
	longTime   = 2 * time.Second
	stepTime   = 16 * time.Millisecond
)

// touch is a touch screen for five fingers: it makes gestures by their names, or a tap
// ("tap:0.5,0.9"), once a compositor has opened it, and then goes, or stays ("stay") until
// ctx ends.
func touch(ctx context.Context, names []string) (err error) {
	device, err := os.OpenFile("/dev/uinput", os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, device.Close()) }()
	if err := describe(device); err != nil {
		return fmt.Errorf("make a touch screen: %w", err)
	}
	defer unix.IoctlSetInt(int(device.Fd()), uiDevDestroy, 0) //nolint:errcheck // closing does it as well
	if err := opened(ctx); err != nil {
		return err
	}
	for _, name := range names {
		if name == "stay" {
			<-ctx.Done()
			return nil
		}
		strokes := gestures[name]
		if at, is := strings.CutPrefix(name, "tap:"); is {
			var x, y float64
			if _, err := fmt.Sscanf(at, "%g,%g", &x, &y); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			strokes = []stroke{{x, y, x, y}}
		}
		if len(strokes) == 0 {
			return fmt.Errorf("no gesture %s", name)
		}
		length := strokeTime
		if strings.HasPrefix(name, "long") {
			length = longTime
		}
		if err := draw(ctx, device, strokes, length); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func describe(device *os.File) error {
	var failed error
	set := func(request uint, value int) {
		failed = errors.Join(failed, unix.IoctlSetInt(int(device.Fd()), request, value))
	}
	set(uiSetEvBit, evKey)
	set(uiSetEvBit, evAbs)
	set(uiSetKeyBit, btnTouch)
	set(uiSetPropBit, propDirect)
	for code, most := range map[uint16]int32{absX: touchMost, absY: touchMost, absMTSlot: fingers - 1, absMTX: touchMost, absMTY: touchMost, absMTTracking: 65535} {
		set(uiSetAbsBit, int(code))
		resolution := int32(0)
		if most == touchMost {
			resolution = 10 // a millimetre
		}
		failed = errors.Join(failed, hand(device, uiAbsSetup, struct {
			Code, _                            uint16
			Value, Min, Max, Fuzz, Flat, Units int32
		}{Code: code, Max: most, Units: resolution}))
	}
	setup := struct {
		Bus, Vendor, Product, Version uint16
		Name                          [80]byte
		Effects                       uint32
	}{Bus: 3, Vendor: 0x1209, Product: 1, Version: 1}
	copy(setup.Name[:], touchName)
	failed = errors.Join(failed, hand(device, uiDevSetup, setup))
	set(uiDevCreate, 0)
	return failed
}

const touchName = "Trial touch screen"

// hand hands the kernel a structure.
func hand(device *os.File, request uint, structure any) error {
	var raw bytes.Buffer
	if err := binary.Write(&raw, binary.LittleEndian, structure); err != nil {
		return err
	}
	return ioctlBytes(device.Fd(), request, raw.Bytes())
}

// opened waits until cage has opened the touch screen: nobody tells.
func opened(ctx context.Context) error {
	ctx, enough := context.WithTimeout(ctx, time.Minute)
	defer enough()
	ticks := time.NewTicker(100 * time.Millisecond)
	defer ticks.Stop()
	for {
		if openedBy("cage") {
			return nil
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return fmt.Errorf("nobody opened the touch screen: %w", ctx.Err())
		}
	}
}

func openedBy(program string) bool {
	names, _ := filepath.Glob("/sys/class/input/event*/device/name") // the pattern is right
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil || strings.TrimSpace(string(text)) != touchName {
			continue
		}
		event := "/dev/input/" + filepath.Base(filepath.Dir(filepath.Dir(name)))
		links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
		for _, link := range links {
			if to, err := os.Readlink(link); err == nil && to == event {
				if who, err := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(link)), "comm")); err == nil && strings.TrimSpace(string(who)) == program {
					return true
				}
			}
		}
	}
	return false
}

// draw puts the fingers down, moves them and lifts them.
func draw(ctx context.Context, device io.Writer, strokes []stroke, length time.Duration) error {
	steps := int(length / stepTime)
	ticks := time.NewTicker(stepTime)
	defer ticks.Stop()
	for step := 0; step <= steps+1; step++ {
		var frame bytes.Buffer
		event := func(kind, code uint16, value int32) {
			binary.Write(&frame, binary.LittleEndian, struct { //nolint:errcheck // into memory
				Time       syscall.Timeval
				Kind, Code uint16
				Value      int32
			}{Kind: kind, Code: code, Value: value})
		}
		for finger, s := range strokes {
			event(evAbs, absMTSlot, int32(finger))
			if step > steps {
				event(evAbs, absMTTracking, -1)
				continue
			}
			if step == 0 {
				event(evAbs, absMTTracking, int32(finger+1))
			}
			share := float64(step) / float64(steps)
			x, y := int32((s.fromX+(s.toX-s.fromX)*share)*touchMost), int32((s.fromY+(s.toY-s.fromY)*share)*touchMost)
			event(evAbs, absMTX, x)
			event(evAbs, absMTY, y)
			if finger == 0 {
				event(evAbs, absX, x)
				event(evAbs, absY, y)
			}
		}
		if step == 0 || step > steps {
			event(evKey, btnTouch, map[bool]int32{true: 1}[step == 0])
		}
		event(evSyn, 0, 0)
		if _, err := device.Write(frame.Bytes()); err != nil {
			return err
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
