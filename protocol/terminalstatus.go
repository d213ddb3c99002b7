package protocol

import (
	"errors"
	"fmt"
)

// Limits of a terminal's status.
const (
	// MaxVersion is the longest name of a program's version, bytes.
	MaxVersion = 48
	// MaxStatusCount is the largest count of sales in a status: a terminal that has
	// more says so.
	MaxStatusCount = 1 << 20
)

// TerminalStatus, by a terminal, says how it is, for the people who look after
// the shop. It decides nothing: no money moves by it and no sale ends. What is in
// it is counts, times and states from fixed lists, so that nothing of a customer
// and no text of a device can be in it.
type TerminalStatus struct {
	// At is the terminal's clock when it looked.
	At Time `cbor:"1,keyasint"`
	// Version is the program's, 1 to MaxVersion bytes of UTF-8.
	Version string `cbor:"2,keyasint"`
	// Clock is what the terminal knows of its clock.
	Clock ClockState `cbor:"3,keyasint"`
	// Shift is the number of the open shift and ShiftSince when it was opened;
	// both 0 while none is open.
	Shift      uint64 `cbor:"4,keyasint"`
	ShiftSince Time   `cbor:"5,keyasint"`
	// Open counts sales that are under way or not ended, Unknown those of them
	// whose outcome is not known, Reversals those that are being taken back, and
	// Unsent messages that settlement has not had: taps, acknowledgements. 0 to
	// MaxStatusCount each.
	Open      uint32 `cbor:"6,keyasint"`
	Unknown   uint32 `cbor:"7,keyasint"`
	Reversals uint32 `cbor:"8,keyasint"`
	Unsent    uint32 `cbor:"9,keyasint"`
	// LastSale is when the last sale ended; 0 before the first.
	LastSale Time `cbor:"10,keyasint"`
	// Devices are those that the terminal is set up with, by ascending kind, each
	// kind once; perhaps none.
	Devices []DeviceStatus `cbor:"11,keyasint"`
	// Sequence numbers the journal's last record and Head is its hash, as in
	// JournalAnchor; 0 and zeros for an empty journal.
	Sequence uint64 `cbor:"12,keyasint"`
	Head     Hash   `cbor:"13,keyasint"`
	// ZNumber is the last Z report's number and ZHash its hash; 0 and zeros before
	// the first.
	ZNumber uint64 `cbor:"14,keyasint"`
	ZHash   Hash   `cbor:"15,keyasint"`
	// CertificateEnd is when the terminal's certificate expires.
	CertificateEnd Time `cbor:"16,keyasint"`
}

// ClockState is what a terminal knows of its clock.
type ClockState uint8

// The states of a clock.
const (
	ClockUnknown        ClockState = 0 // the terminal cannot tell
	ClockSynchronised   ClockState = 1
	ClockUnsynchronised ClockState = 2
)

// DeviceKind names a device of a terminal. Kinds are added at the end.
type DeviceKind uint8

// The kinds of device.
const (
	DeviceSecureUnit      DeviceKind = 1
	DeviceCamera          DeviceKind = 2
	DeviceFingerprint     DeviceKind = 3
	DeviceContactless     DeviceKind = 4
	DevicePrinter         DeviceKind = 5
	DeviceImager          DeviceKind = 6
	DeviceCustomerDisplay DeviceKind = 7
	DeviceSpeaker         DeviceKind = 8
	DeviceStorage         DeviceKind = 9 // room for the journal
)

// String is the kind's fixed key, such as "secure-unit".
func (k DeviceKind) String() string {
	names := [...]string{"secure-unit", "camera", "fingerprint", "contactless", "printer", "imager", "customer-display", "speaker", "storage"}
	if k < DeviceSecureUnit || k > DeviceStorage {
		return fmt.Sprintf("device %d", uint8(k))
	}
	return names[k-1]
}

// DeviceState says whether a device can be used.
type DeviceState uint8

// The states of a device.
const (
	DeviceWorking   DeviceState = 1
	DeviceAttention DeviceState = 2 // works, and somebody should look at it: paper is low
	DeviceFailed    DeviceState = 3 // cannot be used
)

// String returns the state's name.
func (s DeviceState) String() string {
	names := [...]string{"working", "attention", "failed"}
	if s < DeviceWorking || s > DeviceFailed {
		return fmt.Sprintf("device state %d", uint8(s))
	}
	return names[s-1]
}

// DeviceStatus is how one device is.
type DeviceStatus struct {
	_     struct{} `cbor:",toarray"`
	Kind  DeviceKind
	State DeviceState
}

func (TerminalStatus) context() string { return "cs1/terminal-status" }

func (s TerminalStatus) validate() error {
	switch {
	case !validText(s.Version, 1, MaxVersion):
		return outOfRange("version")
	case s.Clock > ClockUnsynchronised:
		return outOfRange("clock")
	case (s.Shift == 0) != (s.ShiftSince == 0):
		return outOfRange("an open shift has a number and a beginning")
	case max(s.Open, s.Unknown, s.Reversals, s.Unsent) > MaxStatusCount:
		return outOfRange("count")
	case s.Devices == nil:
		return outOfRange("devices")
	case (s.Sequence == 0) != (s.Head == Hash{}):
		return outOfRange("a head belongs to a journal that has records, and to no other")
	case (s.ZNumber == 0) != (s.ZHash == Hash{}):
		return outOfRange("a hash belongs to a Z report, and to nothing else")
	}
	var last DeviceKind
	for _, d := range s.Devices {
		if d.Kind <= last || d.Kind > DeviceStorage || d.State < DeviceWorking || d.State > DeviceFailed {
			return outOfRange("device, or their order")
		}
		last = d.Kind
	}
	return errors.Join(s.At.validate("at"), s.ShiftSince.validate("shift since"), s.LastSale.validate("last sale"), s.CertificateEnd.validate("certificate end"))
}

// Device returns the state of a kind of device; ok is false if the terminal is not
// set up with one.
func (s TerminalStatus) Device(k DeviceKind) (state DeviceState, ok bool) {
	for _, d := range s.Devices {
		if d.Kind == k {
			return d.State, true
		}
	}
	return 0, false
}
