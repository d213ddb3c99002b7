package iso7816

import (
	"fmt"
	"slices"
)

// Sizes in bytes.
const (
	// MaxData is the most that one short command carries.
	MaxData = 255
	// MaxLe is the most that one short response carries, and so the largest Le.
	MaxLe = 256
	// MaxLink is the most that [Exchange] puts into one link of a chain: with
	// header, Lc and Le it passes readers that take no more than 255 bytes.
	MaxLink = 240
	// MaxMessage is the most that a chained command or an answer in parts carries.
	MaxMessage = 4096
	// MaxCommandBytes and MaxResponseBytes are the longest short APDUs.
	MaxCommandBytes  = 4 + 1 + MaxData + 1
	MaxResponseBytes = MaxLe + 2
)

// ChainBit in CLA says that more links of the same command follow (ISO/IEC 7816-4, 5.3.3).
const ChainBit = 0x10

// Instructions that this package itself knows. Their class is 00.
const (
	InsSelect      = 0xA4
	InsGetResponse = 0xC0
)

// Command is a command APDU, or a whole command whose data takes several.
type Command struct {
	CLA, INS, P1, P2 byte
	// Data is the command's data: up to [MaxData] bytes in one APDU, up to
	// [MaxMessage] where it is chained.
	Data []byte
	// Le is how many bytes of answer are wanted: 0 for none, at most [MaxLe],
	// which also says "all there are".
	Le int
}

// Select returns the command that selects an application by its name (AID, 5 to
// 16 bytes; proprietary ones begin with F) and wants its file control information.
func Select(name []byte) Command {
	return Command{CLA: 0x00, INS: InsSelect, P1: 0x04, P2: 0x00, Data: name, Le: MaxLe}
}

// getResponse asks for n more bytes of an answer.
func getResponse(n int) Command { return Command{INS: InsGetResponse, Le: n} }

// String names the command without its data: INS 52, 144 bytes, say.
func (c Command) String() string {
	return fmt.Sprintf("%02X %02X %02X %02X (%d bytes, Le %d)", c.CLA, c.INS, c.P1, c.P2, len(c.Data), c.Le)
}

// valid says whether class and instruction may be sent at all.
func (c Command) valid() error {
	switch {
	case c.CLA == 0xFF:
		return fmt.Errorf("%w: CLA FF", ErrClass)
	case c.INS&0xF0 == 0x60, c.INS&0xF0 == 0x90:
		return fmt.Errorf("%w: INS %02X", ErrInstruction, c.INS)
	case c.Le < 0 || c.Le > MaxLe:
		return fmt.Errorf("%w: Le %d", ErrLength, c.Le)
	}
	return nil
}

// Encode returns the short APDU: at most [MaxCommandBytes]. It fails with [ErrLength],
// [ErrClass] or [ErrInstruction].
func (c Command) Encode() ([]byte, error) {
	if err := c.valid(); err != nil {
		return nil, fmt.Errorf("encode command: %w", err)
	}
	if len(c.Data) > MaxData {
		return nil, fmt.Errorf("encode command: %w: %d bytes of data", ErrLength, len(c.Data))
	}
	apdu := make([]byte, 0, 6+len(c.Data))
	apdu = append(apdu, c.CLA, c.INS, c.P1, c.P2)
	if len(c.Data) > 0 {
		apdu = append(apdu, byte(len(c.Data)))
		apdu = append(apdu, c.Data...)
	}
	if c.Le > 0 {
		apdu = append(apdu, byte(c.Le)) // 256 is 00
	}
	return apdu, nil
}

// ParseCommand reads one short APDU of any of the four cases. The data is a copy.
// It fails with [ErrExtended], [ErrLength], [ErrClass] or [ErrInstruction].
func ParseCommand(apdu []byte) (Command, error) {
	if len(apdu) < 4 || len(apdu) > MaxCommandBytes {
		if len(apdu) > MaxCommandBytes && apdu[4] == 0 {
			return Command{}, fmt.Errorf("parse command: %w", ErrExtended)
		}
		return Command{}, fmt.Errorf("parse command: %w: %d bytes", ErrLength, len(apdu))
	}
	c := Command{CLA: apdu[0], INS: apdu[1], P1: apdu[2], P2: apdu[3]}
	switch body := apdu[4:]; {
	case len(body) == 0: // case 1
	case len(body) == 1: // case 2
		c.Le = le(body[0])
	case body[0] == 0:
		return Command{}, fmt.Errorf("parse command: %w", ErrExtended)
	case len(body) == 1+int(body[0]): // case 3
		c.Data = slices.Clone(body[1:])
	case len(body) == 2+int(body[0]): // case 4
		c.Data = slices.Clone(body[1 : len(body)-1])
		c.Le = le(body[len(body)-1])
	default:
		return Command{}, fmt.Errorf("parse command: %w: Lc %d, %d bytes follow", ErrLength, body[0], len(body)-1)
	}
	if err := c.valid(); err != nil {
		return Command{}, fmt.Errorf("parse command: %w", err)
	}
	return c, nil
}

// le is the number that a short Le says.
func le(b byte) int {
	if b == 0 {
		return MaxLe
	}
	return int(b)
}
