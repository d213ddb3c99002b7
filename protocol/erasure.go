package protocol

// MaxErased is how many erasures one list holds at most; the rest is asked for
// with the number of its last.
const MaxErased = 1024

// ErasureList is the authority's word to settlement that templates were erased on
// their owners' request: what settlement keeps of them is to be deleted, and none
// of them is compared with any more. Erasures are numbered in the order in which
// they were made, with gaps; a list holds those that follow the number After.
type ErasureList struct {
	Issuer ID       `cbor:"1,keyasint"`
	After  uint64   `cbor:"2,keyasint"`
	Issued Time     `cbor:"3,keyasint"`
	Erased []Erased `cbor:"4,keyasint"` // by number, ascending
}

// Erased is one template that was erased.
type Erased struct {
	_      struct{} `cbor:",toarray"`
	Number uint64
	Wallet ID
	// Template is SHA-256 of the sealed template, as TemplateDeposit.SealedHash.
	Template Hash
	At       Time
}

func (ErasureList) context() string { return "cs1/erasure-list" }

func (l ErasureList) validate() error {
	if err := l.Issuer.validate("issuer"); err != nil {
		return err
	}
	if err := l.Issued.validate("issued"); err != nil {
		return err
	}
	if l.Erased == nil || len(l.Erased) > MaxErased {
		return outOfRange("erased")
	}
	last := l.After
	for _, e := range l.Erased {
		if e.Number <= last {
			return outOfRange("erasures are not numbered upwards")
		}
		last = e.Number
		if err := e.Wallet.validate("wallet"); err != nil {
			return err
		}
		if err := e.At.validate("erased at"); err != nil {
			return err
		}
	}
	return nil
}

// Last is the number to ask for more after.
func (l ErasureList) Last() uint64 {
	if len(l.Erased) == 0 {
		return l.After
	}
	return l.Erased[len(l.Erased)-1].Number
}

// PrintDigest names the enrolled template of a wallet's certificate as erasures
// do; ok is false when there is none.
func (d Device) PrintDigest() (h Hash, ok bool) {
	switch {
	case d.Print == nil:
		return h, false
	case len(d.Print) == len(h):
		return Hash(d.Print), true
	}
	return TemplateDeposit{Sealed: d.Print}.SealedHash(), true
}
