package iso7816

import "fmt"

// Status is a status word, SW1 and SW2 (ISO/IEC 7816-4, 5.6).
type Status uint16

// The status words that a sale by tap uses or may meet.
const (
	OK                     Status = 0x9000
	WrongLength            Status = 0x6700
	ChannelNotSupported    Status = 0x6881
	MessagingNotSupported  Status = 0x6882
	LastLinkExpected       Status = 0x6883
	ChainingNotSupported   Status = 0x6884
	SecurityNotSatisfied   Status = 0x6982
	AuthenticationBlocked  Status = 0x6983
	ConditionsNotSatisfied Status = 0x6985
	WrongData              Status = 0x6A80
	FunctionNotSupported   Status = 0x6A81
	NotFound               Status = 0x6A82
	NotEnoughMemory        Status = 0x6A84
	WrongParameters        Status = 0x6A86
	WrongP1P2              Status = 0x6B00
	InstructionUnknown     Status = 0x6D00
	ClassNotSupported      Status = 0x6E00
	NoDiagnosis            Status = 0x6F00
)

// More returns the status word 61xx: n more bytes can be fetched. Above 255
// it says 00, which is 256 or more.
func More(n int) Status {
	if n >= MaxLe {
		n = 0
	}
	return 0x6100 | Status(n&0xFF)
}

// WrongLe returns the status word 6Cxx: exactly n bytes, 1 to 256, are there.
func WrongLe(n int) Status { return 0x6C00 | Status(n&0xFF) }

// More returns how many bytes 61xx says can be fetched (1 to 256), if it is one.
func (s Status) More() (n int, ok bool) { return le(byte(s)), s>>8 == 0x61 }

// WrongLe returns which Le 6Cxx says is right (1 to 256), if it is one.
func (s Status) WrongLe() (n int, ok bool) { return le(byte(s)), s>>8 == 0x6C }

// IsError reports whether the command was not carried out (SW1 64 to 6F): no
// data stands beside such a word.
func (s Status) IsError() bool { return s>>8 >= 0x64 && s>>8 <= 0x6F }

// valid reports whether the standard has such a word: 61 to 6F, 90 to 9F.
func (s Status) valid() bool { return s>>8 >= 0x61 && s>>8 <= 0x6F || s>>12 == 9 }

// String returns the word in hexadecimal, and what it says where that is known.
func (s Status) String() string {
	text := ""
	switch s {
	case OK:
		text = "done"
	case WrongLength:
		text = "wrong length"
	case ChannelNotSupported:
		text = "logical channel not supported"
	case MessagingNotSupported:
		text = "secure messaging not supported"
	case LastLinkExpected:
		text = "last command of the chain expected"
	case ChainingNotSupported:
		text = "command chaining not supported"
	case SecurityNotSatisfied:
		text = "security status not satisfied"
	case AuthenticationBlocked:
		text = "authentication method blocked"
	case ConditionsNotSatisfied:
		text = "conditions of use not satisfied"
	case WrongData:
		text = "wrong data"
	case FunctionNotSupported:
		text = "function not supported"
	case NotFound:
		text = "application not found"
	case NotEnoughMemory:
		text = "not enough memory"
	case WrongParameters, WrongP1P2:
		text = "wrong parameters P1-P2"
	case InstructionUnknown:
		text = "instruction not supported"
	case ClassNotSupported:
		text = "class not supported"
	case NoDiagnosis:
		text = "no precise diagnosis"
	}
	if n, ok := s.More(); ok {
		text = fmt.Sprintf("%d more bytes", n)
	} else if n, ok := s.WrongLe(); ok {
		text = fmt.Sprintf("wrong Le, %d bytes are there", n)
	}
	if text == "" {
		return fmt.Sprintf("%04X", uint16(s))
	}
	return fmt.Sprintf("%04X %s", uint16(s), text)
}
