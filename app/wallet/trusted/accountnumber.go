package trusted

import "countersign/protocol"

// AccountNumber is the number and currency of an account, by its index, for what the
// trusted side itself asks of settlement. It does not leave it. ErrNoAccount.
func (a *Application) AccountNumber(index int) (protocol.Account, protocol.Currency, error) {
	all, err := a.load()
	if err != nil {
		return "", 0, err
	}
	if index < 0 || index >= len(all) {
		return "", 0, ErrNoAccount
	}
	return protocol.Account(all[index].Number), all[index].Currency, nil
}
