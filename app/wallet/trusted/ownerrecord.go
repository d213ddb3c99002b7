package trusted

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"countersign/app/program/pinhash"
)

// labelOwner is where the secure unit keeps the owner's PIN.
const labelOwner = "wallet owner"

// record is what is kept of the owner.
type record struct {
	Version  int              `json:"version"`
	PIN      string           `json:"pin"` // argon2id, PHC string format
	Mark     Mark             `json:"mark"`
	Attempts pinhash.Attempts `json:"attempts"`
}

const recordVersion = 1

// ErrOwnerDamaged says that what is kept of the owner cannot be read. It is no
// reason to take any PIN.
var ErrOwnerDamaged = errors.New("what is kept of the owner's PIN is damaged")

func decodeRecord(text []byte) (record, error) {
	var r record
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return record{}, fmt.Errorf("%w: %w", ErrOwnerDamaged, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return record{}, ErrOwnerDamaged
	}
	if _, err := pinhash.Parse(r.PIN); err != nil || r.Version != recordVersion || r.Mark.Check() != nil || r.Attempts.Failures < 0 {
		return record{}, ErrOwnerDamaged
	}
	return r, nil
}

// load reads the record. Errors: ErrNoPIN, ErrOwnerDamaged, the secure unit's.
func (o *Owner) load() (record, error) {
	text, err := o.unit.Load(labelOwner)
	switch {
	case o.unit.Missing(err):
		return record{}, ErrNoPIN
	case err != nil:
		return record{}, fmt.Errorf("read the owner's PIN: %w", err)
	}
	return decodeRecord(text)
}

func (o *Owner) save(ctx context.Context, r record) error {
	r.Version = recordVersion
	text, err := json.Marshal(r)
	if err == nil {
		err = o.unit.Store(ctx, labelOwner, text)
	}
	if err != nil {
		return fmt.Errorf("keep the owner's PIN: %w", err)
	}
	return nil
}
