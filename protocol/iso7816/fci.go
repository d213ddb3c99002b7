package iso7816

import "fmt"

// Sizes of an application's name (AID) in bytes.
const (
	MinName = 5
	MaxName = 16
)

// FileControl is what an application answers to SELECT: 6F{84 name, A5{objects}},
// in that order, and nothing else.
type FileControl struct {
	// Name is the application's whole name (AID), 5 to 16 bytes.
	Name []byte
	// Proprietary are the application's own data objects, none of them twice.
	Proprietary []Object
}

// Object returns the value of an own data object, if it is there.
func (f FileControl) Object(tag Tag) ([]byte, bool) {
	for _, o := range f.Proprietary {
		if o.Tag == tag {
			return o.Value, true
		}
	}
	return nil, false
}

// valid says whether the parts fit together.
func (f FileControl) valid() error {
	if len(f.Name) < MinName || len(f.Name) > MaxName {
		return fmt.Errorf("%w: a name of %d bytes", ErrObject, len(f.Name))
	}
	seen := make(map[Tag]bool, len(f.Proprietary))
	for _, o := range f.Proprietary {
		if seen[o.Tag] {
			return fmt.Errorf("%w: %X twice", ErrObject, uint16(o.Tag))
		}
		seen[o.Tag] = true
	}
	return nil
}

// Encode returns the answer's data: at most [MaxLe] bytes. It fails with [ErrObject].
func (f FileControl) Encode() ([]byte, error) {
	if err := f.valid(); err != nil {
		return nil, fmt.Errorf("encode file control: %w", err)
	}
	own, err := EncodeObjects(f.Proprietary...)
	if err != nil {
		return nil, fmt.Errorf("encode file control: %w", err)
	}
	inner, err := EncodeObjects(Object{TagName, f.Name}, Object{TagProprietary, own})
	if err != nil {
		return nil, fmt.Errorf("encode file control: %w", err)
	}
	raw, err := EncodeObjects(Object{TagFCI, inner})
	if err != nil || len(raw) > MaxLe {
		return nil, fmt.Errorf("encode file control: %w: %d bytes", ErrObject, len(raw))
	}
	return raw, nil
}

// ParseFileControl reads the data of an answer to SELECT. It fails with [ErrObject].
// That the name is the one selected is the caller's to check.
func ParseFileControl(raw []byte) (FileControl, error) {
	f, err := parseFileControl(raw)
	if err != nil {
		return FileControl{}, fmt.Errorf("parse file control: %w", err)
	}
	return f, nil
}

func parseFileControl(raw []byte) (f FileControl, err error) {
	if len(raw) > MaxLe {
		return f, fmt.Errorf("%w: %d bytes", ErrObject, len(raw))
	}
	outer, err := ParseObjects(raw)
	if err != nil {
		return f, err
	}
	if len(outer) != 1 || outer[0].Tag != TagFCI {
		return f, fmt.Errorf("%w: 6F expected, and nothing else", ErrObject)
	}
	inner, err := ParseObjects(outer[0].Value)
	if err != nil {
		return f, err
	}
	if len(inner) != 2 || inner[0].Tag != TagName || inner[1].Tag != TagProprietary {
		return f, fmt.Errorf("%w: 84 and A5 expected, and nothing else", ErrObject)
	}
	f.Name = inner[0].Value
	if f.Proprietary, err = ParseObjects(inner[1].Value); err != nil {
		return f, err
	}
	return f, f.valid()
}
