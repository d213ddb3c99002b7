package secureunit

import (
	"context"

	"github.com/miekg/pkcs11"
)

// Occupy takes every session of u's pool until the returned function is called.
func Occupy(u *Unit) (giveBack func()) {
	held := make([]*session, cap(u.pool))
	for i := range held {
		held[i] = <-u.pool
	}
	return func() {
		for _, s := range held {
			u.pool <- s
		}
	}
}

// StoreCopy writes a copy under label as Store does before it removes the old
// ones: what a crash in between leaves.
func StoreCopy(u *Unit, label string, value []byte) error {
	return u.do(context.Background(), "store copy", func(s pkcs11.SessionHandle) error {
		_, err := u.m.ctx.CreateObject(s, append(named(label),
			pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
			pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, false),
			pkcs11.NewAttribute(pkcs11.CKA_VALUE, value)))
		return err
	})
}

// Copies counts what lies under label, intact or not.
func Copies(u *Unit, label string) (n int, err error) {
	err = u.do(context.Background(), "count copies", func(s pkcs11.SessionHandle) error {
		found, err := u.copies(s, label)
		n = len(found)
		return err
	})
	return n, err
}

var EncodeRecord = encodeRecord
