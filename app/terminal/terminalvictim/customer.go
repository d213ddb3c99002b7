package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"countersign/app/program/virtualrealm"
	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// customer is who pays at a counter: the phone that is held to the camera, and
// the finger on the glass. It is the sale's code reader and finger reader.
type customer struct {
	counter *counter
	phone   virtualrealm.Device
	account protocol.Account
	finger  virtualrealm.Finger
	other   virtualrealm.Finger // of somebody else

	mu     sync.Mutex
	random *rand.Rand
}

func newCustomer(c *counter, shop virtualrealm.Shop) (*customer, error) {
	phone, err := shop.Wallet.Device()
	return &customer{counter: c, phone: phone, account: shop.Account, finger: virtualrealm.NewFinger(shop.Finger),
		other: virtualrealm.NewFinger(shop.Finger + 1<<32), random: rand.New(rand.NewPCG(c.random.Uint64(), c.random.Uint64()))}, err
}

// one in n times something is done.
func (c *customer) one(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.random.IntN(n) == 0
}

func (c *customer) capture() (protocol.Template, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	finger := c.finger
	if c.random.IntN(25) == 0 {
		finger = c.other
	}
	return finger.Capture(c.random)
}

// Scan implements sale.CodeReader: the phone reads what the terminal shows, its
// owner confirms, and it shows the payment.
func (c *customer) Scan(ctx context.Context, want func(string) bool) (string, error) {
	if c.one(60) {
		<-ctx.Done() // nobody pays
		return "", ctx.Err()
	}
	for {
		v, err := c.counter.until(ctx, func(v sale.View) bool { return v.Stage == sale.Presenting && v.Request != "" })
		if err != nil {
			return "", err
		}
		text, err := c.pay(v.Request)
		if err != nil {
			return "", err
		}
		if want(text) {
			return text, nil
		}
	}
}

func (c *customer) pay(text string) (string, error) {
	request, err := protocol.ParseRequestText(text)
	if err != nil {
		return "", err
	}
	asked := request.Unverified()
	secret := protocol.PayerSecret{Account: c.account}
	if c.one(2) { // a phone with a sensor of its own
		if secret.Print, err = c.capture(); err != nil {
			return "", err
		}
	}
	sealed, err := protocol.SealPayerSecret(*c.phone.Settlement.Unverified().Device.Agreement, request.Hash(), c.phone.Certificate.Hash(), secret)
	if err != nil {
		return "", err
	}
	payment, err := protocol.Sign(c.phone.Signer, protocol.Payment{
		Request: request.Hash(), Amount: asked.Amount, Currency: asked.Currency, Scramble: asked.Scramble,
		Secret: sealed, Wallet: c.phone.Certificate, HasPrint: secret.Print != nil,
	})
	if err != nil {
		return "", err
	}
	closed, err := protocol.SealPayment(*asked.Terminal.Unverified().Device.Agreement, request.Hash(), payment)
	if err != nil {
		return "", err
	}
	return protocol.PaymentText(closed), nil
}

// Lifted implements sale.FingerReader: the finger never lies there longer than it is read.
func (c *customer) Lifted(context.Context) error { return nil }

// Read implements sale.FingerReader.
func (c *customer) Read(ctx context.Context, progress func(sale.FingerProgress)) (sale.Print, error) {
	if err := ctx.Err(); err != nil {
		return sale.Print{}, err
	}
	progress(sale.FingerProgress{Touching: true, Fraction: 1})
	template, err := c.capture()
	return sale.Print{Template: template, Sensor: "virtual", Captured: time.Now()}, err
}
