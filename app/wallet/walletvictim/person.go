package main

import (
	"context"
	"sync/atomic"

	"countersign/app/wallet/trusted"
)

// pin is the owner's.
const pin = "271828"

// person is the owner before the trusted screen. The PIN is keyed whenever it is
// wanted; to a question the owner agrees, or declines when told to.
type person struct{ declines atomic.Bool }

// AskPIN implements trusted.Prompter.
func (*person) AskPIN(ctx context.Context, p trusted.Prompt) ([]byte, error) {
	if p.Notice == trusted.NoticeLocked {
		return nil, trusted.ErrDeclined
	}
	return []byte(pin), ctx.Err()
}

// Confirm implements trusted.Prompter.
func (p *person) Confirm(ctx context.Context, _ trusted.Prompt) error {
	if p.declines.Load() {
		return trusted.ErrDeclined
	}
	return ctx.Err()
}

// ChooseMark implements trusted.Prompter: nobody chooses one here.
func (*person) ChooseMark(context.Context, func() trusted.Mark) (trusted.Mark, error) {
	return trusted.Mark{}, trusted.ErrDeclined
}
