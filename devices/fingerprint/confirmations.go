package fingerprint

import "countersign/devices/fingerprint/wire"

// confirmations returns what a confirmation code of the family's manuals means.
// Codes differ between makers above 0x20; those not listed are a fault.
func confirmations(c wire.Confirmation) (confirmation, bool) {
	switch c {
	case wire.ReceiveError:
		return confirmation{ErrGarbled, "packet arrived damaged", ""}, true
	case wire.NoFinger:
		return confirmation{ErrFinger, "no finger on the sensor", "Place your finger on the sensor."}, true
	case wire.CaptureFailed:
		return confirmation{ErrFinger, "picture could not be taken", "Lift your finger, then press flat and hold still."}, true
	case wire.TooDry:
		return confirmation{ErrFinger, "finger too dry or too light", "Finger too dry. Breathe on it or rub it, then press a little more firmly."}, true
	case wire.TooWet:
		return confirmation{ErrFinger, "finger too wet or too dark", "Finger too wet. Dry it and the glass, then press a little more lightly."}, true
	case wire.TooMessy:
		return confirmation{ErrFinger, "picture too messy", "Clean the glass and the finger, then press flat and hold still."}, true
	case wire.TooFewFeatures:
		return confirmation{ErrFinger, "too few features", "Place more of the finger on the glass and press flat."}, true
	case wire.NotLifted:
		return confirmation{ErrFinger, "finger was not lifted, or an old print is on the glass", "Lift your finger, clean the glass and place it again."}, true
	case wire.NoImage:
		return confirmation{ErrFinger, "no picture was taken", "Place your finger again."}, true
	case wire.TimedOut:
		return confirmation{ErrFinger, "no finger in time", "Place your finger on the sensor."}, true
	case wire.WrongPassword, wire.PasswordNeeded:
		return confirmation{ErrPassword, "wrong password", ""}, true
	case wire.BadAddress:
		return confirmation{ErrSensor, "wrong address", "The fingerprint sensor has another address. Ask the installer."}, true
	case wire.ImageUploadFailed:
		return confirmation{ErrSensor, "picture could not be sent", ""}, true
	case wire.NoMorePackets:
		return confirmation{ErrSensor, "sensor can take no more packets", ""}, true
	case wire.FlashError:
		return confirmation{ErrSensor, "flash memory failed", "The fingerprint sensor's memory has failed. It must be replaced."}, true
	case wire.SensorFailed, wire.HardwareFailed:
		return confirmation{ErrSensor, "hardware failed", "The fingerprint sensor has failed. It must be replaced."}, true
	case wire.Undefined, wire.UnknownInstruction, wire.BadRegister, wire.BadRegisterValue, wire.ExecutionFailed, wire.PortFailed:
		return confirmation{ErrSensor, "instruction not understood or not done", ""}, true
	case wire.NoMatch, wire.NotFound, wire.CannotCombine, wire.BadLocation, wire.LoadFailed, wire.UploadFailed,
		wire.DeleteFailed, wire.ClearFailed, wire.CannotSleep, wire.ResetFailed, wire.OnlineFailed, wire.BadNotepadPage,
		wire.EnrolFailed, wire.LibraryFull, wire.TemplateEmpty, wire.LibraryEmpty, wire.AlreadyThere:
		return confirmation{ErrSensor, "answer to another instruction", ""}, true
	}
	return confirmation{}, false
}
