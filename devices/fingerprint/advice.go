package fingerprint

import (
	"errors"

	"countersign/devices/serialline"
)

// Advice is what a person can do about a failure, as a key that stays the same: a
// screen looks its own language's sentence up by it. [Advice.Sentence] has the
// English one.
type Advice string

// What the person whose finger it is can do, and the cashier who helps.
const (
	PlaceFinger   Advice = "place-finger"    // nothing lies on the glass
	PressFirmly   Advice = "press-firmly"    // too dry, too light
	PressLightly  Advice = "press-lightly"   // too wet, too dark
	PlaceInMiddle Advice = "place-in-middle" // too little of the finger
	CleanGlass    Advice = "clean-glass"     // smudged, by finger or glass
	LiftAndRetry  Advice = "lift-and-retry"  // moved, or taken too soon
	LiftAndClean  Advice = "lift-and-clean"  // never lifted, or an old print shines through
)

// What the cashier can do about the sensor.
const (
	Connect    Advice = "connect"     // there is none at the port
	PlugIn     Advice = "plug-in"     // it was pulled out
	Replug     Advice = "replug"      // it hangs
	CheckCable Advice = "check-cable" // the line is disturbed
	FreePort   Advice = "free-port"   // another program has the port
	Restart    Advice = "restart"     // this program let go of it
)

// What only who set the sensor up can do.
const (
	SetPassword   Advice = "set-password"   // it wants another password than the settings have
	SetAddress    Advice = "set-address"    // it has another address than the settings have
	ReplaceSensor Advice = "replace-sensor" // it is broken
	AskInstaller  Advice = "ask-installer"  // sensor and this program do not fit each other
)

// Advices returns every advice that there is, for whoever translates them.
func Advices() []Advice {
	return []Advice{
		PlaceFinger, PressFirmly, PressLightly, PlaceInMiddle, CleanGlass, LiftAndRetry, LiftAndClean,
		Connect, PlugIn, Replug, CheckCable, FreePort, Restart,
		SetPassword, SetAddress, ReplaceSensor, AskInstaller,
	}
}

// Sentence returns the advice in English; "" for one that is not of [Advices].
func (a Advice) Sentence() string {
	switch a {
	case PlaceFinger:
		return "Place your finger on the sensor."
	case PressFirmly:
		return "Finger not clear. Press a little more firmly; if the finger is dry, breathe on it."
	case PressLightly:
		return "Finger too wet. Dry it and the glass, then press a little more lightly."
	case PlaceInMiddle:
		return "Too little of the finger. Place it in the middle and press flat, a little longer."
	case CleanGlass:
		return "Finger smudged. Wipe the finger and the glass, then press flat and hold still."
	case LiftAndRetry:
		return "Finger not clear. Lift it, then press flat and hold still."
	case LiftAndClean:
		return "Lift your finger, wipe the glass and place the finger again."
	case Connect:
		return "The fingerprint sensor is not connected. Check its cable and the port in the settings."
	case PlugIn:
		return "The fingerprint sensor was unplugged. Plug it in again."
	case Replug:
		return "The fingerprint sensor does not answer. Unplug it, wait a moment and plug it in again."
	case CheckCable:
		return "The fingerprint sensor's data arrives damaged. Check its cable."
	case FreePort:
		return "The fingerprint sensor's port is used by another program or this user may not open it. Close the other program or ask the installer."
	case Restart:
		return "The fingerprint sensor was switched off by this program. Start again."
	case SetPassword:
		return "The fingerprint sensor has another password. Ask the installer."
	case SetAddress:
		return "The fingerprint sensor has another address. Ask the installer."
	case ReplaceSensor:
		return "The fingerprint sensor has failed. Unplug it and plug it in again; if that does not help, it must be replaced."
	case AskInstaller:
		return "The fingerprint sensor does not work with this program. Unplug it and plug it in again; if that does not help, ask the installer."
	}
	return ""
}

// AdviceOn returns the advice that err, or what it wraps, carries: the more
// particular error's first. "" when there is none, as for the end of a context.
func AdviceOn(err error) Advice {
	var a interface{ Advice() Advice }
	if errors.As(err, &a) {
		return a.Advice()
	}
	switch {
	case errors.Is(err, serialline.ErrMissing):
		return Connect
	case errors.Is(err, serialline.ErrUnplugged):
		return PlugIn
	case errors.Is(err, serialline.ErrBusy):
		return FreePort
	case errors.Is(err, serialline.ErrStuck):
		return Replug
	case errors.Is(err, serialline.ErrClosed):
		return Restart
	}
	return ""
}

// Hint returns the English sentence of the advice that err carries; "" when there
// is none.
func Hint(err error) string { return AdviceOn(err).Sentence() }
