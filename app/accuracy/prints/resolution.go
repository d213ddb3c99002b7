package prints

import (
	"bytes"
	"encoding/binary"
	"math"
)

// Sensors of fingers have 250 to 1000 dpi and a little more; a scanner or an editor
// that knows nothing writes 72 or 96.
const (
	leastBelievable = 200
	mostBelievable  = 1500
)

func believable(dpi float64) int {
	if dpi >= leastBelievable && dpi <= mostBelievable {
		return int(math.Round(dpi))
	}
	return 0
}

const metresPerInch = 0.0254

// pngResolution returns the horizontal resolution in a PNG's pHYs chunk in dpi, or 0.
func pngResolution(data []byte) float64 {
	const signature = 8
	for rest := data[min(signature, len(data)):]; len(rest) >= 12; {
		length := binary.BigEndian.Uint32(rest)
		if uint64(length)+12 > uint64(len(rest)) {
			return 0
		}
		body := rest[8 : 8+length]
		if kind := rest[4:8]; bytes.Equal(kind, []byte("pHYs")) && length == 9 && body[8] == 1 { // 1: by the metre
			return float64(binary.BigEndian.Uint32(body)) * metresPerInch
		}
		rest = rest[12+length:]
	}
	return 0
}

// bmpResolution returns the horizontal resolution in a BMP's header in dpi, or 0.
func bmpResolution(data []byte) float64 {
	const headerSize, pixelsPerMetre = 14, 38
	if len(data) < pixelsPerMetre+4 || binary.LittleEndian.Uint32(data[headerSize:]) < 40 {
		return 0
	}
	return float64(binary.LittleEndian.Uint32(data[pixelsPerMetre:])) * metresPerInch
}

// The tags of TIFF 6.0 that tell the resolution.
const (
	tagXResolution    = 282
	tagResolutionUnit = 296
	typeShort         = 3
	typeRational      = 5
	unitInch          = 2 // also when there is no unit
	unitCentimetre    = 3
)

// tiffResolution returns the horizontal resolution in a TIFF's first directory in dpi, or 0.
func tiffResolution(data []byte) float64 {
	var order binary.ByteOrder = binary.LittleEndian
	if len(data) < 8 {
		return 0
	}
	if data[0] == 'M' {
		order = binary.BigEndian
	}
	at := func(offset, length uint64) []byte {
		if offset+length > uint64(len(data)) {
			return make([]byte, length)
		}
		return data[offset : offset+length]
	}
	directory := uint64(order.Uint32(data[4:]))
	perUnit, unit := 0.0, uint16(unitInch)
	for k := range uint64(order.Uint16(at(directory, 2))) {
		entry := at(directory+2+12*k, 12)
		switch tag, kind := order.Uint16(entry), order.Uint16(entry[2:]); {
		case tag == tagXResolution && kind == typeRational:
			r := at(uint64(order.Uint32(entry[8:])), 8)
			if below := order.Uint32(r[4:]); below > 0 {
				perUnit = float64(order.Uint32(r)) / float64(below)
			}
		case tag == tagResolutionUnit && kind == typeShort:
			unit = order.Uint16(entry[8:])
		}
	}
	switch unit {
	case unitInch:
		return perUnit
	case unitCentimetre:
		return perUnit * 2.54
	}
	return 0
}
