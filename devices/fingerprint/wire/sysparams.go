package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrPayload says that an acknowledgement's payload is not as the manual has it.
var ErrPayload = errors.New("sensor answer of an unexpected form")

// Parameters is the answer to ReadSysPara, 16 bytes after the confirmation.
type Parameters struct {
	Status     uint16
	System     uint16 // system identifier
	Library    uint16 // templates that the sensor's own library holds
	Security   uint16 // 1 to 5
	Address    uint32
	PacketSize int // payload of data packets, bytes
	Baud       int
}

// Append appends p as a sensor sends it. PacketSize and Baud that no sensor can
// have are [ErrPayload].
func (p Parameters) Append(b []byte) ([]byte, error) {
	code := -1
	for i, s := range PacketSizes {
		if s == p.PacketSize {
			code = i
		}
	}
	n := p.Baud / BaudUnit
	if code < 0 || p.Baud%BaudUnit != 0 || n < 1 || n > 12 {
		return b, ErrPayload
	}
	for _, v := range [...]uint16{p.Status, p.System, p.Library, p.Security} {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	b = binary.BigEndian.AppendUint32(b, p.Address)
	b = binary.BigEndian.AppendUint16(b, uint16(code))
	return binary.BigEndian.AppendUint16(b, uint16(n)), nil
}

// ParseParameters reads what [Parameters.Append] wrote, strictly.
func ParseParameters(b []byte) (Parameters, error) {
	if len(b) != 16 {
		return Parameters{}, fmt.Errorf("parameters: %w: %d bytes", ErrPayload, len(b))
	}
	u16 := func(at int) uint16 { return binary.BigEndian.Uint16(b[at:]) }
	code, n := int(u16(12)), int(u16(14))
	if code >= len(PacketSizes) || n < 1 || n > 12 {
		return Parameters{}, fmt.Errorf("parameters: %w: packet size code %d, baud code %d", ErrPayload, code, n)
	}
	return Parameters{
		Status: u16(0), System: u16(2), Library: u16(4), Security: u16(6),
		Address: binary.BigEndian.Uint32(b[8:]), PacketSize: PacketSizes[code], Baud: n * BaudUnit,
	}, nil
}

// Product is the answer to ReadProdInfo (R503), 46 bytes after the confirmation.
type Product struct {
	Model         [16]byte
	Batch         [4]byte
	Serial        [8]byte
	Version       [2]byte // of the hardware, major and minor
	SensorModel   [8]byte
	Width, Height uint16 // of the picture, pixels
	TemplateBytes uint16
	Templates     uint16
}

const productBytes = 46

// Append appends p as a sensor sends it.
func (p Product) Append(b []byte) []byte {
	b = append(b, p.Model[:]...)
	b = append(b, p.Batch[:]...)
	b = append(b, p.Serial[:]...)
	b = append(b, p.Version[:]...)
	b = append(b, p.SensorModel[:]...)
	for _, v := range [...]uint16{p.Width, p.Height, p.TemplateBytes, p.Templates} {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	return b
}

// ParseProduct reads what [Product.Append] wrote.
func ParseProduct(b []byte) (Product, error) {
	if len(b) != productBytes {
		return Product{}, fmt.Errorf("product: %w: %d bytes", ErrPayload, len(b))
	}
	var p Product
	r := bytes.NewReader(b)
	if err := binary.Read(r, binary.BigEndian, &p); err != nil {
		return Product{}, fmt.Errorf("product: %w", ErrPayload)
	}
	return p, nil
}
