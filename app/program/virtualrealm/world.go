package virtualrealm

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"os"
	"time"

	"countersign/protocol"
)

// Shop is a terminal and its one customer.
type Shop struct {
	Terminal  Papers           `json:"terminal"`
	Reference string           `json:"reference"` // of the merchant account
	Wallet    Papers           `json:"wallet"`
	Account   protocol.Account `json:"account"`
	// Card says that the account is a bank card's, and not prepaid.
	Card bool `json:"card,omitempty"`
	// Finger is the seed of the customer's.
	Finger uint64 `json:"finger"`
}

// Currency is the one that everybody in a World pays in: CNY.
const Currency protocol.Currency = 156

// Funds is what every customer has to begin with, in minor units: enough not to
// run out.
const Funds protocol.Amount = 1_000_000_000

// World is everybody who takes part.
type World struct {
	Settlement Papers `json:"settlement"`
	// PrintKey is settlement's key for the marks of live prints.
	PrintKey []byte `json:"print_key"`
	Shops    []Shop `json:"shops"`
}

// NewWorld enrols a settlement server and as many terminals and customers as
// there are to be shops, T-0001 and W-0001 upwards.
func NewWorld(shops int, now time.Time) (World, error) {
	r, err := New("countersign/1", now)
	if err != nil {
		return World{}, err
	}
	w := World{PrintKey: make([]byte, 32)}
	rand.Read(w.PrintKey) //nolint:errcheck // never fails
	if w.Settlement, err = r.Settlement("settlement-1"); err != nil {
		return w, err
	}
	random := mathrand.New(mathrand.NewPCG(1, math.MaxUint32))
	for n := 1; n <= shops; n++ {
		s := Shop{Reference: fmt.Sprintf("M-%04d", n), Account: protocol.Account(fmt.Sprintf("622202020011%07d", n)), Finger: uint64(n)}
		template, err := NewFinger(s.Finger).Capture(random)
		if err != nil {
			return w, err
		}
		s.Terminal, err = r.Terminal(protocol.ID(fmt.Sprintf("T-%04d", n)), fmt.Sprintf("Shop %d", n), w.Settlement)
		if err == nil {
			s.Wallet, err = r.Wallet(protocol.ID(fmt.Sprintf("W-%04d", n)), template, w.Settlement)
		}
		if err != nil {
			return w, err
		}
		w.Shops = append(w.Shops, s)
	}
	return w, nil
}

// IssueCards gives every third customer a bank card in place of a prepaid account.
func (w World) IssueCards() {
	for n := 2; n < len(w.Shops); n += 3 {
		w.Shops[n].Card = true
	}
}

// Write writes the world to a file that only its owner can read.
func (w World) Write(path string) error {
	text, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

// Read reads what Write wrote.
func Read(path string) (w World, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return w, err
	}
	if err := json.Unmarshal(text, &w); err != nil {
		return w, fmt.Errorf("read the world: %w", err)
	}
	if len(w.Shops) == 0 {
		return w, errors.New("read the world: there are no shops in it")
	}
	return w, nil
}
