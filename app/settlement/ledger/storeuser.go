package ledger

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"countersign/protocol"
)

// MaxUserName is the longest name of a store's user, bytes.
const MaxUserName = 64

// StoreUser may look at one merchant's page.
type StoreUser struct {
	_        struct{} `cbor:",toarray"`
	Merchant AccountID
	Name     string
	// Password is its hash as text, with salt and parameters (PHC string format).
	Password string
	Added    protocol.Time
	// Failures in a row, and when the last one was: kept before a password is
	// compared. 0 after a success.
	Failures uint32
	FailedAt protocol.Time
}

func storeUserKey(merchant AccountID, name string) []byte {
	return append(append([]byte(merchant), 0xff), name...)
}

func (t *change) StoreUser(merchant AccountID, name string) (StoreUser, error) {
	return record[StoreUser](t, bucketStoreUsers, storeUserKey(merchant, name))
}

func (t *change) PutStoreUser(u StoreUser) error {
	if u.Name == "" || len(u.Name) > MaxUserName || !utf8.ValidString(u.Name) || u.Password == "" {
		return errors.New("store user without name or password")
	}
	if a, err := t.Account(u.Merchant); err != nil || a.Class != Merchant {
		return fmt.Errorf("merchant of a store user: %w", errors.Join(ErrNotFound, err))
	}
	return t.keep(bucketStoreUsers, storeUserKey(u.Merchant, u.Name), u)
}

func (t *change) RemoveStoreUser(merchant AccountID, name string) error {
	if _, err := t.StoreUser(merchant, name); err != nil {
		return err
	}
	t.remove(bucketStoreUsers, storeUserKey(merchant, name))
	return nil
}

func (t snapshot) EachStoreUser(visit func(StoreUser) error) error {
	return each(t, bucketStoreUsers, func(_ []byte, u StoreUser) error { return visit(u) })
}
