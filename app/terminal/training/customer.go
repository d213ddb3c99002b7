package training

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// sensor names the training finger's glass.
const sensor protocol.ID = "training"

// account is the customer's.
const account protocol.Account = "training"

// ErrNotNow says that the sale in front does not wait for that now.
var ErrNotNow = errors.New("the till does not wait for that now")

// ShowCode has the customer's phone read the code on the screen, pay, and hold its own code to
// the camera. Errors: ErrNotNow.
func (t *Training) ShowCode() error {
	v := t.View()
	if v.Stage != sale.Presenting || v.Request == "" {
		return ErrNotNow
	}
	text, err := t.world.pay(v.Request)
	if err != nil {
		return err
	}
	return offer(t.codes, text)
}

// ShowOther has the customer hold the code of another sale to the camera, as a photograph of
// it would be. Errors: ErrNotNow.
func (t *Training) ShowOther() error {
	if t.View().Stage != sale.Presenting {
		return ErrNotNow
	}
	request, err := t.world.other(t.Currency)
	if err != nil {
		return err
	}
	text, err := t.world.pay(request)
	if err != nil {
		return err
	}
	return offer(t.codes, text)
}

// other is the request of a sale that nobody is at.
func (r *realm) other(currency protocol.Currency) (string, error) {
	request, err := protocol.Sign(r.terminal.key, protocol.Request{
		Settlement: settlement, Amount: 1, Currency: currency, Merchant: []byte("training"), Scramble: protocol.NewCode(),
		Issued: protocol.At(r.now()), Life: uint8(protocol.MaxLife / time.Second), Terminal: r.terminal.certificate,
	})
	if err != nil {
		return "", err
	}
	return protocol.RequestText(request), nil
}

// PlaceFinger has the customer lay the finger on the glass. Errors: ErrNotNow.
func (t *Training) PlaceFinger() error { return t.finger(true) }

// PlacePoorFinger has it lie there so that it cannot be read. Errors: ErrNotNow.
func (t *Training) PlacePoorFinger() error { return t.finger(false) }

func (t *Training) finger(good bool) error {
	if t.View().Stage != sale.Finger {
		return ErrNotNow
	}
	return offer(t.fingers, good)
}

// offer hands something over, in place of what nobody has taken.
func offer[T any](to chan T, what T) error {
	for {
		select {
		case to <- what:
			return nil
		default:
		}
		select {
		case <-to:
		default:
		}
	}
}

// pay is steps 4 to 7: the wallet verifies the request and answers it.
func (r *realm) pay(text string) (string, error) {
	request, err := protocol.ParseRequestText(text)
	if err != nil {
		return "", err
	}
	asked := request.Unverified()
	if _, err := r.Trust().Certificate(asked.Terminal, protocol.RoleTerminal, r.now()); err != nil {
		return "", err
	}
	secret, err := protocol.SealPayerSecret(*r.settlement.certificate.Unverified().Device.Agreement, request.Hash(), r.wallet.certificate.Hash(),
		protocol.PayerSecret{Account: account})
	if err != nil {
		return "", err
	}
	payment, err := protocol.Sign(r.wallet.key, protocol.Payment{
		Request: request.Hash(), Amount: asked.Amount, Currency: asked.Currency, Scramble: asked.Scramble,
		Secret: secret, Wallet: r.wallet.certificate, HolderByPIN: asked.WantsPIN,
	})
	if err != nil {
		return "", err
	}
	sealed, err := protocol.SealPayment(*asked.Terminal.Unverified().Device.Agreement, request.Hash(), payment)
	if err != nil {
		return "", fmt.Errorf("pay: %w", err)
	}
	return protocol.PaymentText(sealed), nil
}

// camera sees what the customer shows; it implements sale.CodeReader.
type camera struct{ codes chan string }

func (c camera) Scan(ctx context.Context, want func(string) bool) (string, error) {
	for {
		select {
		case text := <-c.codes:
			if want(text) {
				return text, nil
			}
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// glass feels the customer's finger; it implements sale.FingerReader.
type glass struct {
	fingers chan bool
	now     func() time.Time
}

func (g glass) Read(ctx context.Context, progress func(sale.FingerProgress)) (sale.Print, error) {
	select {
	case good := <-g.fingers:
		progress(sale.FingerProgress{Touching: true, Fraction: 1})
		if !good {
			return sale.Print{}, sale.ErrFingerPoor
		}
		return sale.Print{Template: newTemplate(), Sensor: sensor, Captured: g.now()}, nil
	case <-ctx.Done():
		return sale.Print{}, ctx.Err()
	}
}

func (g glass) Lifted(ctx context.Context) error { return ctx.Err() }
