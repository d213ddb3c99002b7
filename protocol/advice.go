package protocol

// Advice names a sale that has been submitted, or may have been. Three messages
// share its form; each has its own context, so that none can be passed off as
// another. All are answered by an Outcome.
type Advice struct {
	Request  Hash     `cbor:"1,keyasint"`
	Payment  Hash     `cbor:"2,keyasint"`
	Amount   Amount   `cbor:"3,keyasint"`
	Currency Currency `cbor:"4,keyasint"`
	// Scramble is the request's scramble code: with the terminal's name it is
	// the key under which settlement keeps the sale.
	Scramble Code `cbor:"5,keyasint"`
	Sent     Time `cbor:"6,keyasint"`
}

func (a Advice) validate() error {
	if err := a.Amount.validate(); err != nil {
		return err
	}
	if err := a.Currency.validate(); err != nil {
		return err
	}
	return a.Sent.validate("sent")
}

// Reversal, by a terminal, takes a sale back whose outcome it never learned. It
// is a tombstone: settlement keeps it even for a submission it has never seen,
// so that a late one cannot charge. It is refused once the terminal has
// acknowledged the outcome.
type Reversal Advice

func (Reversal) context() string   { return "cs1/reversal" }
func (r Reversal) validate() error { return Advice(r).validate() }

// Acknowledgement, by a terminal, says that it has verified and journalled the
// outcome.
type Acknowledgement Advice

func (Acknowledgement) context() string   { return "cs1/acknowledge" }
func (a Acknowledgement) validate() error { return Advice(a).validate() }

// Query, by a terminal or the paying wallet, asks how a sale ended. A wallet
// learns it only after the sale was acknowledged, reversed or is late.
type Query Advice

func (Query) context() string   { return "cs1/query" }
func (q Query) validate() error { return Advice(q).validate() }
