package protocol

import "fmt"

// AccountKind is what the patent's account manager keeps (claim 2 step F).
type AccountKind uint8

// The kinds of account.
const (
	AccountBankCard   AccountKind = 1 // 银行卡
	AccountCreditCard AccountKind = 2 // 信用卡
	AccountThirdParty AccountKind = 3 // 第三方支付用户帐户
	AccountPrepaid    AccountKind = 4 // 预付卡
)

// AccountChange registers an account InforCn to the wallet's key at settlement,
// or removes it (claim 2 step F). It is signed by the wallet: from then on only
// payments signed by this key may use the account.
type AccountChange struct {
	Number [accountLength]byte `cbor:"1,keyasint"` // zero-padded
	// Activation is the secret with which the account's keeper gave it to its
	// owner, 8 to 32 characters; empty for a removal.
	Activation string               `cbor:"2,keyasint"`
	Key        Code                 `cbor:"3,keyasint"` // makes a repeat the same change
	Sent       Time                 `cbor:"4,keyasint"`
	Remove     bool                 `cbor:"5,keyasint"`
	Wallet     *Signed[Certificate] `cbor:"6,keyasint"`
}

// NewAccountChange pads the account number.
func NewAccountChange(account Account, activation string, key Code, sent Time, wallet *Signed[Certificate]) (AccountChange, error) {
	number, err := account.pad()
	if err != nil {
		return AccountChange{}, err
	}
	return AccountChange{Number: number, Activation: activation, Key: key, Sent: sent, Remove: activation == "", Wallet: wallet}, nil
}

func (AccountChange) context() string { return "cs1/account-registration" }

func (c AccountChange) validate() error {
	if _, err := unpadAccount(c.Number); err != nil {
		return err
	}
	if c.Remove != (c.Activation == "") {
		return outOfRange("activation")
	}
	if !c.Remove && !validText(c.Activation, 8, 32) {
		return outOfRange("activation")
	}
	if c.Wallet == nil {
		return outOfRange("wallet certificate")
	}
	return c.Sent.validate("sent")
}

// Account returns the account number.
func (c AccountChange) Account() (Account, error) { return unpadAccount(c.Number) }

// AccountInfo is settlement's answer to a registration.
type AccountInfo struct {
	_        struct{} `cbor:",toarray"`
	Kind     AccountKind
	Currency Currency
}

// EncodeAccountInfo returns the answer's bytes.
func EncodeAccountInfo(i AccountInfo) ([]byte, error) { return encode(i) }

// DecodeAccountInfo is the inverse of EncodeAccountInfo.
func DecodeAccountInfo(b []byte) (AccountInfo, error) {
	var i AccountInfo
	if err := decode(b, &i); err != nil {
		return i, fmt.Errorf("account: %w", err)
	}
	if i.Kind < AccountBankCard || i.Kind > AccountPrepaid {
		return i, fmt.Errorf("account: %w", outOfRange("kind"))
	}
	return i, i.Currency.validate()
}
