package fingerprint

import "countersign/devices/fingerprint/wire"

// confirmation is what a confirmation code means to whoever stands at the sensor.
type confirmation struct {
	kind   *Error
	text   string
	advice Advice
}

// meaning tells what a confirmation code of the family's manuals (ZFM-20 and ZFM-70,
// R30x, AS608, R503) means. Those that they reserve are a fault that the installer
// should hear of.
func meaning(c wire.Confirmation) confirmation {
	switch c {
	// The finger and the glass.
	case wire.NoFinger:
		return confirmation{ErrFinger, "no finger on the sensor", PlaceFinger}
	case wire.TimedOut:
		return confirmation{ErrFinger, "no finger in time", PlaceFinger}
	case wire.NoImage:
		return confirmation{ErrFinger, "no picture was taken", PlaceFinger}
	case wire.CaptureFailed:
		return confirmation{ErrFinger, "picture could not be taken", LiftAndRetry}
	case wire.TooDry:
		return confirmation{ErrFinger, "finger too dry or too light", PressFirmly}
	case wire.TooWet:
		return confirmation{ErrFinger, "finger too wet or too dark", PressLightly}
	case wire.TooMessy:
		return confirmation{ErrFinger, "picture too messy", CleanGlass}
	case wire.TooFewFeatures:
		return confirmation{ErrFinger, "too few features", PlaceInMiddle}
	case wire.NotLifted:
		return confirmation{ErrFinger, "finger was not lifted, or an old print is on the glass", LiftAndClean}

	// The line.
	case wire.ReceiveError:
		return confirmation{ErrGarbled, "packet arrived damaged", CheckCable}
	case wire.PortFailed:
		return confirmation{ErrSensor, "communication port failed", CheckCable}
	case wire.ImageUploadFailed:
		return confirmation{ErrSensor, "picture could not be sent", Replug}
	case wire.NoMorePackets:
		return confirmation{ErrSensor, "sensor can take no more packets", Replug}
	case wire.ExecutionFailed:
		return confirmation{ErrSensor, "instruction could not be carried out", Replug}
	case wire.ResetFailed:
		return confirmation{ErrSensor, "reset failed", Replug}
	case wire.CannotSleep:
		return confirmation{ErrSensor, "sensor cannot sleep", Replug}

	// What the installer set up.
	case wire.WrongPassword:
		return confirmation{ErrPassword, "wrong password", SetPassword}
	case wire.PasswordNeeded:
		return confirmation{ErrPassword, "password must be verified first", SetPassword}
	case wire.BadAddress:
		return confirmation{ErrSensor, "wrong address", SetAddress}
	case wire.BadRegister, wire.BadRegisterValue:
		return confirmation{ErrSensor, "parameter or its value not known", AskInstaller}
	case wire.Undefined, wire.UnknownInstruction:
		return confirmation{ErrSensor, "instruction not known", AskInstaller}

	// The hardware.
	case wire.FlashError:
		return confirmation{ErrSensor, "flash memory failed", ReplaceSensor}
	case wire.SensorFailed, wire.HardwareFailed:
		return confirmation{ErrSensor, "hardware failed", ReplaceSensor}

	// The sensor's own library, notepad and firmware, none of which are used here.
	case wire.NoMatch, wire.NotFound, wire.CannotCombine, wire.BadLocation, wire.LoadFailed, wire.UploadFailed,
		wire.DeleteFailed, wire.ClearFailed, wire.OnlineFailed, wire.BadNotepadPage, wire.EnrolFailed,
		wire.LibraryFull, wire.TemplateEmpty, wire.LibraryEmpty, wire.AlreadyThere, wire.Present, wire.MorePackets,
		wire.MoreCommands, wire.FirmwareSum, wire.FirmwareKind, wire.FirmwareLength, wire.FirmwareSize, wire.FirmwareFlash:
		return confirmation{ErrSensor, "answer to another instruction", Replug}
	}
	return confirmation{ErrSensor, "reserved confirmation", AskInstaller}
}
