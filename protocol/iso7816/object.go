package iso7816

import (
	"fmt"
	"slices"
)

// Tag names a data object: one byte, or two where the first ends in 11111.
//
// The standard wants a second byte of 1F or more; EMV and cards in the field number
// their own from DF01 on, and so does Countersign.
type Tag uint16

// Tags of the file control information (ISO/IEC 7816-4, 7.4.3).
const (
	TagFCI         Tag = 0x6F
	TagName        Tag = 0x84 // the application's name (AID)
	TagProprietary Tag = 0xA5
)

// Object is a data object in BER-TLV.
type Object struct {
	Tag   Tag
	Value []byte // at most 255 bytes
}

// maxObjects is the most data objects that one value may hold.
const maxObjects = 16

// bytes returns the tag as it is sent.
func (t Tag) bytes() ([]byte, error) {
	first := byte(t)
	if t > 0xFF {
		first = byte(t >> 8)
	}
	if first == 0x00 || (first&0x1F == 0x1F) != (t > 0xFF) || t > 0xFF && byte(t) > 0x7F {
		return nil, fmt.Errorf("%w: tag %X", ErrObject, uint16(t))
	}
	if t > 0xFF {
		return []byte{first, byte(t)}, nil
	}
	return []byte{first}, nil
}

// EncodeObjects returns data objects one after the other. It fails with [ErrObject].
func EncodeObjects(objects ...Object) ([]byte, error) {
	var raw []byte
	if len(objects) > maxObjects {
		return nil, fmt.Errorf("encode objects: %w: more than %d", ErrObject, maxObjects)
	}
	for _, o := range objects {
		tag, err := o.Tag.bytes()
		if err != nil {
			return nil, fmt.Errorf("encode objects: %w", err)
		}
		raw = append(raw, tag...)
		switch n := len(o.Value); {
		case n < 0x80:
			raw = append(raw, byte(n))
		case n <= 0xFF:
			raw = append(raw, 0x81, byte(n))
		default:
			return nil, fmt.Errorf("encode objects: %w: %d bytes in %X", ErrObject, n, uint16(o.Tag))
		}
		raw = append(raw, o.Value...)
	}
	return raw, nil
}

// ParseObjects reads data objects to the very end: at most 16, each of at most
// 255 bytes, lengths in their shortest form. It looks into none of them. Values
// are copies. It fails with [ErrObject].
func ParseObjects(raw []byte) ([]Object, error) {
	var objects []Object
	for len(raw) > 0 {
		if len(objects) == maxObjects {
			return nil, fmt.Errorf("parse objects: %w: more than %d", ErrObject, maxObjects)
		}
		o, rest, err := parseObject(raw)
		if err != nil {
			return nil, fmt.Errorf("parse objects: %w", err)
		}
		objects, raw = append(objects, o), rest
	}
	return objects, nil
}

// parseObject reads the first data object and returns what follows it.
func parseObject(raw []byte) (o Object, rest []byte, err error) {
	o.Tag, rest = Tag(raw[0]), raw[1:]
	if raw[0]&0x1F == 0x1F {
		if len(rest) == 0 {
			return o, nil, fmt.Errorf("%w: it ends within a tag", ErrObject)
		}
		o.Tag, rest = o.Tag<<8|Tag(rest[0]), rest[1:]
	}
	if _, err := o.Tag.bytes(); err != nil {
		return o, nil, err
	}
	if len(rest) == 0 {
		return o, nil, fmt.Errorf("%w: %X without a length", ErrObject, uint16(o.Tag))
	}
	n := int(rest[0])
	rest = rest[1:]
	if n >= 0x80 {
		if n != 0x81 || len(rest) == 0 || rest[0] < 0x80 {
			return o, nil, fmt.Errorf("%w: length of %X", ErrObject, uint16(o.Tag))
		}
		n, rest = int(rest[0]), rest[1:]
	}
	if n > len(rest) {
		return o, nil, fmt.Errorf("%w: %X says %d bytes, %d are there", ErrObject, uint16(o.Tag), n, len(rest))
	}
	o.Value = slices.Clone(rest[:n:n])
	return o, rest[n:], nil
}
