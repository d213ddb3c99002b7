package store_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/app/authority/store"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// An erasure that was cut off before the file was overwritten is finished after a
// restart.
func TestErasureIsFinishedAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registry.db")
	r := open(t, path)
	secret := bytes.Repeat([]byte("sealed template "), 12)
	inFile := func() bool {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(raw, []byte(base64.StdEncoding.EncodeToString(secret)))
	}
	due := func() bool {
		yes, err := r.ToOverwrite()
		if err != nil {
			t.Fatal(err)
		}
		return yes
	}
	update(t, r, func(tx *store.Tx) error { return tx.PutDeposit("W-0001", store.Deposit{Signed: secret}) })
	if !inFile() || due() {
		t.Fatal("the test does not find what it looks for")
	}
	now := time.Unix(1_800_000_000, 0)
	update(t, r, func(tx *store.Tx) error {
		if err := tx.RemoveDeposit("W-0001"); err != nil {
			return err
		}
		n, err := tx.AddErasure(now, store.Erasure{Wallet: "W-0001", Template: make([]byte, 32), At: now, Officer: "Officer 7", Reason: "asked"})
		if n != uint64(now.Unix()) {
			t.Errorf("number %d", n)
		}
		return err
	})
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r = open(t, path)
	if !due() {
		t.Error("forgotten over the restart")
	}
	if err := r.Overwrite(t.Context()); err != nil {
		t.Fatal(err)
	}
	if due() || inFile() {
		t.Errorf("overwritten: due %v, in the file %v", due(), inFile())
	}
	// The next number is above the last, whatever the clock says.
	update(t, r, func(tx *store.Tx) error {
		n, err := tx.AddErasure(now.Add(-time.Hour), store.Erasure{Wallet: "W-0002", Template: make([]byte, 32)})
		if n != uint64(now.Unix())+1 {
			t.Errorf("number %d", n)
		}
		list, err2 := tx.Erasures(uint64(now.Unix()), 10)
		if len(list) != 1 || list[0].Wallet != "W-0002" {
			t.Errorf("after the first: %v", list)
		}
		none, err3 := tx.Erasures(^uint64(0), 10)
		if len(none) != 0 {
			t.Errorf("after all: %v", none)
		}
		return errors.Join(err, err2, err3)
	})
}

// What stays of a certificate says when it began and ended, and whose key it was
// for.
func TestCertificateWithoutPrint(t *testing.T) {
	sale := protocoltest.NewSale(t, 120, false)
	whole := sale.Wallet.Certificate.Unverified()
	c := store.Certificate{Subject: whole.Subject, Signed: sale.Wallet.Certificate.Bytes(), Deposit: []byte("deposit")}
	cut, err := c.WithoutPrint()
	if err != nil || cut.Signed != nil || cut.Deposit != nil {
		t.Fatalf("%+v, %v", cut, err)
	}
	for range 2 {
		claims, err := cut.Claims()
		if err != nil || claims.NotBefore != whole.NotBefore || claims.Expires != whole.Expires || claims.Holder != whole.Holder ||
			claims.Subject != whole.Subject || claims.Device.Print != nil || claims.Device.Role != protocol.RoleWallet {
			t.Errorf("%+v, %v", claims, err)
		}
		if cut, err = cut.WithoutPrint(); err != nil { // again
			t.Fatal(err)
		}
	}
}
