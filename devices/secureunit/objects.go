package secureunit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/pkcs11"
)

// Bounds of a stored object.
const (
	MaxLabel = 128     // bytes
	MaxData  = 1 << 16 // bytes
)

// application is CKA_APPLICATION of every object stored here, so that those of
// other programs on the same token are left alone.
const application = "countersign"

// Store keeps data under label: certificates, PubA + InforA, settlement's
// certificate; with secret set (CKA_PRIVATE) what only the logged-in owner may
// see, such as accounts. It replaces what the label held: the new copy is
// written first, then the old ones are removed, so a crash in between leaves
// a good copy. Errors: ErrTooLarge, ErrBusy.
func (u *Unit) Store(ctx context.Context, label string, data []byte, secret bool) error {
	if label == "" || len(label) > MaxLabel || len(data) > MaxData {
		return fmt.Errorf("secure unit: store %q: %w", label, ErrTooLarge)
	}
	u.making.Lock()
	defer u.making.Unlock()
	return u.do(ctx, fmt.Sprintf("store %q", label), func(s pkcs11.SessionHandle) error {
		old, err := u.copies(s, label)
		if err != nil {
			return err
		}
		var sequence uint64
		for _, c := range old {
			sequence = max(sequence, c.sequence)
		}
		value := encodeRecord(sequence+1, data)
		defer clear(value)
		if _, err := u.m.ctx.CreateObject(s, append(named(label),
			pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
			pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, secret),
			pkcs11.NewAttribute(pkcs11.CKA_MODIFIABLE, false),
			pkcs11.NewAttribute(pkcs11.CKA_VALUE, value),
		)); err != nil {
			return err
		}
		return u.destroy(s, handles(old))
	})
}

// Load returns the newest intact copy of what was stored under label, or
// ErrNotFound. It waits for a session no longer than Config.Wait.
func (u *Unit) Load(label string) (data []byte, err error) {
	ctx, cancel := u.bounded()
	defer cancel()
	u.making.RLock()
	defer u.making.RUnlock()
	err = u.do(ctx, fmt.Sprintf("load %q", label), func(s pkcs11.SessionHandle) error {
		found, err := u.copies(s, label)
		if err != nil {
			return err
		}
		newest := latest(found)
		if newest == nil {
			return ErrNotFound
		}
		data = newest.data
		return nil
	})
	return data, err
}

// Delete removes what was stored under label; ErrNotFound if nothing was.
func (u *Unit) Delete(label string) error {
	ctx, cancel := u.bounded()
	defer cancel()
	u.making.Lock()
	defer u.making.Unlock()
	return u.do(ctx, fmt.Sprintf("delete %q", label), func(s pkcs11.SessionHandle) error {
		found, err := u.copies(s, label)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return ErrNotFound
		}
		// Oldest first: a crash on the way must not bring an old copy back.
		slices.SortFunc(found, older)
		return u.destroy(s, handles(found))
	})
}

// List returns the labels that begin with prefix and hold something, sorted.
func (u *Unit) List(prefix string) (labels []string, err error) {
	ctx, cancel := u.bounded()
	defer cancel()
	u.making.RLock()
	defer u.making.RUnlock()
	err = u.do(ctx, fmt.Sprintf("list %q", prefix), func(s pkcs11.SessionHandle) error {
		found, err := u.copies(s, "")
		if err != nil {
			return err
		}
		labels = nil
		for _, c := range found {
			if c.intact && strings.HasPrefix(c.label, prefix) {
				labels = append(labels, c.label)
			}
		}
		slices.Sort(labels)
		labels = slices.Compact(labels)
		return nil
	})
	return labels, err
}

// record is one copy of a stored object.
type record struct {
	handle   pkcs11.ObjectHandle
	label    string
	intact   bool
	sequence uint64
	data     []byte
}

// copies reads every copy under label; "" means every label.
func (u *Unit) copies(s pkcs11.SessionHandle, label string) ([]record, error) {
	found, err := u.find(s, named(label))
	if err != nil {
		return nil, err
	}
	records := make([]record, len(found))
	for i, h := range found {
		got, err := u.m.ctx.GetAttributeValue(s, h, []*pkcs11.Attribute{
			pkcs11.NewAttribute(pkcs11.CKA_LABEL, nil),
			pkcs11.NewAttribute(pkcs11.CKA_VALUE, nil),
		})
		if err != nil {
			return nil, err
		}
		r := record{handle: h, label: string(got[0].Value)}
		r.sequence, r.data, r.intact = decodeRecord(got[1].Value)
		records[i] = r
	}
	return records, nil
}

func named(label string) []*pkcs11.Attribute {
	template := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_DATA),
		pkcs11.NewAttribute(pkcs11.CKA_APPLICATION, application),
	}
	if label != "" {
		template = append(template, pkcs11.NewAttribute(pkcs11.CKA_LABEL, label))
	}
	return template
}

func handles(records []record) []pkcs11.ObjectHandle {
	hs := make([]pkcs11.ObjectHandle, len(records))
	for i, r := range records {
		hs[i] = r.handle
	}
	return hs
}
