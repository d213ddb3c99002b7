//go:build linux

package fingerprint_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/wire"
	"countersign/devices/serialline"
)

// adviceOn is what the person should be told of each confirmation of the manuals.
func adviceOn(c wire.Confirmation) fingerprint.Advice {
	if advice, ok := map[wire.Confirmation]fingerprint.Advice{
		wire.ReceiveError: fingerprint.CheckCable, wire.CaptureFailed: fingerprint.LiftAndRetry, wire.TooDry: fingerprint.PressFirmly,
		wire.TooWet: fingerprint.PressLightly, wire.TooMessy: fingerprint.CleanGlass, wire.TooFewFeatures: fingerprint.PlaceInMiddle,
		wire.NotLifted: fingerprint.LiftAndClean, wire.NoImage: fingerprint.PlaceFinger, wire.TimedOut: fingerprint.PlaceFinger,
		wire.WrongPassword: fingerprint.SetPassword, wire.PasswordNeeded: fingerprint.SetPassword, wire.BadAddress: fingerprint.SetAddress,
		wire.PortFailed: fingerprint.CheckCable, wire.FlashError: fingerprint.ReplaceSensor, wire.SensorFailed: fingerprint.ReplaceSensor,
		wire.HardwareFailed: fingerprint.ReplaceSensor, wire.BadRegister: fingerprint.AskInstaller,
		wire.BadRegisterValue: fingerprint.AskInstaller, wire.Undefined: fingerprint.AskInstaller, wire.UnknownInstruction: fingerprint.AskInstaller,
	}[c]; ok {
		return advice
	}
	switch {
	case c == 0x55, c >= 0x08 && c <= 0x22, c == 0x24, c == 0x27, c >= 0xF0 && c <= 0xF6, c == 0xFE:
		return fingerprint.Replug // of no use here, so the sensor is confused
	}
	return fingerprint.AskInstaller // reserved in all manuals
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
	told := map[fingerprint.Advice]bool{}
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
		advice := fingerprint.AdviceOn(err)
		if want := adviceOn(c); advice != want || advice.Sentence() == "" || fingerprint.Hint(err) != advice.Sentence() {
			t.Errorf("code %02x: advice %q, want %q, hint %q", code, advice, want, fingerprint.Hint(err))
		}
		told[advice] = true
		if !strings.Contains(err.Error(), fmt.Sprintf("%02x", code)) {
			t.Errorf("code %02x: %q does not show the code", code, err)
		}
	}
	if len(told) != 13 {
		t.Errorf("%d different advices", len(told))
	}
	v.Behave()
	if _, err := sensor.Capture(t.Context(), nil); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestEveryAdviceHasASentenceOfItsOwn(t *testing.T) {
	sentences := map[string]bool{}
	for _, a := range fingerprint.Advices() {
		s := a.Sentence()
		if sentences[s] || !strings.HasSuffix(s, ".") || strings.ToLower(string(a)) != string(a) || strings.ContainsAny(string(a), " _") {
			t.Errorf("%q: %q", a, s)
		}
		sentences[s] = true
	}
	if s := fingerprint.Advice("other").Sentence(); s != "" {
		t.Errorf("other: %q", s)
	}
}

func TestAdviceOnErrors(t *testing.T) {
	for _, c := range []struct {
		err  error
		want fingerprint.Advice
	}{
		{nil, ""}, {errors.New("other"), ""}, {context.Canceled, ""},
		{fingerprint.ErrMissing, fingerprint.Connect}, {fingerprint.ErrUnplugged, fingerprint.PlugIn},
		{fingerprint.ErrBusy, fingerprint.FreePort}, {fingerprint.ErrClosed, fingerprint.Restart}, {serialline.ErrStuck, fingerprint.Replug},
		{fingerprint.ErrSilent, fingerprint.Replug}, {fingerprint.ErrGarbled, fingerprint.CheckCable},
		{fingerprint.ErrPassword, fingerprint.SetPassword}, {fingerprint.ErrSensor, fingerprint.AskInstaller},
		{fingerprint.ErrFinger, fingerprint.LiftAndRetry}, {fingerprint.ErrExtractor, fingerprint.AskInstaller},
		{&fingerprint.PoorError{Flaw: fingerprint.TooLittleContrast}, fingerprint.PressFirmly},
		{&fingerprint.PoorError{Flaw: fingerprint.TooSmudged}, fingerprint.CleanGlass},
		{&fingerprint.PoorError{Flaw: fingerprint.TooLittleArea}, fingerprint.PlaceInMiddle},
	} {
		wrapped := c.err
		if c.err != nil {
			wrapped = errors.Join(fmt.Errorf("wrapped: %w", c.err), errors.New("and more"))
		}
		if got := fingerprint.AdviceOn(wrapped); got != c.want || fingerprint.Hint(wrapped) != c.want.Sentence() {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}
