package commands

import (
	"context"
	"errors"
	"fmt"

	"countersign/app/wallet/trusted/purse"
	"countersign/protocol"
	"countersign/protocol/iso7816"
)

// The commands of the virtual card (CN103942678A), numbered as the others are.
const (
	CardStatus   uint32 = 0x200 + iota // how the card stands, and its history
	CardApply                          // S1: apply for a card, or renew it
	CardLoad                           // S1: top it up
	CardTransfer                       // S1: to another card
	CardRefresh                        // ask settlement how it stands
	CardArm                            // have it answer taps, once the owner has unlocked the wallet
	CardDisarm

	TapSelect // S3
	TapGet    // S5 and S6
	TapPay    // S9
	TapRecover
	TapForget // the phone was taken out of the field

	CardNumber     // show the owner the card's number on the trusted screen
	CardTrustClock // have the owner say that the clock is right although it was ahead once
)

// cardNames are for logs.
var cardNames = map[uint32]string{
	CardStatus: "card status", CardApply: "apply for a card", CardLoad: "load", CardTransfer: "transfer", CardRefresh: "card state",
	CardArm: "arm", CardDisarm: "disarm",
	TapSelect: "SELECT", TapGet: "GET", TapPay: "PAY", TapRecover: "RECOVER", TapForget: "end of a tap", CardNumber: "show the card number",
	CardTrustClock: "trust the clock",
}

// EventCard tells the ordinary screen what has happened to the card.
const EventCard uint32 = 0x200

// maxHistory is how many entries of the history cross, the newest first.
const maxHistory = 32

// Cards is what the commands of the card do. Errors of ApplyCard, LoadCard and
// TransferCard are about what was asked: where settlement could not be reached it
// waits, and is asked for again by the trusted application itself.
type Cards interface {
	// Purse is the card and its money, or an error while there can be none.
	Purse(ctx context.Context) (*purse.Purse, error)
	// ApplyCard applies for a card whose loads come from an account, by its index.
	ApplyCard(ctx context.Context, account int) error
	// LoadCard tops it up; waiting takes what waits for the card at settlement.
	LoadCard(ctx context.Context, amount protocol.Amount, waiting bool) error
	TransferCard(ctx context.Context, to protocol.CardNumber, amount protocol.Amount) error
	RefreshCard(ctx context.Context) error
	// ArmCard has the owner unlock the wallet and the card answer.
	ArmCard(ctx context.Context) error
	// ShowCardNumber has the owner unlock the wallet, and shows the card's number on the
	// trusted screen: it crosses to nobody.
	ShowCardNumber(ctx context.Context) error
	// TrustClock has the owner say with the PIN, on the trusted screen, that the clock is
	// right although it was ahead once: what is of the card waits for that.
	TrustClock(ctx context.Context) error
	// TapRefused is told why a terminal's command was refused, for the log.
	TapRefused(ctx context.Context, command string, status iso7816.Status, err error)
}

// Errors of Cards.
var (
	// ErrCardWaits says that settlement's answer is not known yet: it is asked for again
	// until it is.
	ErrCardWaits = errors.New("settlement's answer is not known yet")
	// ErrCardRefused says that settlement has refused for good.
	ErrCardRefused = errors.New("settlement has refused")
)

// CardView is how the card stands.
type CardView struct {
	purse.View
	// Handle is the card's number as the client holds it (step S1), sealed.
	Handle  []byte        `json:",omitempty"`
	History []purse.Entry `json:",omitempty"`
}

type applyCard struct {
	Call    uint64 `json:"call"`
	Account int    `json:"account"`
}

type loadCard struct {
	Call    uint64          `json:"call"`
	Amount  protocol.Amount `json:"amount"`
	Waiting bool            `json:"waiting,omitempty"`
}

type transferCard struct {
	Call   uint64              `json:"call"`
	To     protocol.CardNumber `json:"to"`
	Amount protocol.Amount     `json:"amount"`
}

// tapCommand is a terminal's command; Card is beside GET.
type tapCommand struct {
	Card    []byte `json:"card,omitempty"`
	Command []byte `json:"command,omitempty"`
}

// tapAnswer is what the terminal is answered.
type tapAnswer struct {
	Status iso7816.Status `json:"status"`
	Nonce  protocol.Code  `json:"nonce,omitzero"`
	Answer []byte         `json:"answer,omitempty"`
}

// ofCard are the commands of the card.
func (d *Dispatcher) ofCard(ctx context.Context, command uint32, in []byte) (any, error) {
	cards := d.services
	switch command {
	case CardApply:
		return with(in, func(r applyCard) (any, error) {
			return during(ctx, d, r.Call, func(ctx context.Context) (any, error) { return nil, cards.ApplyCard(ctx, r.Account) })
		})
	case CardLoad:
		return with(in, func(r loadCard) (any, error) {
			return during(ctx, d, r.Call, func(ctx context.Context) (any, error) { return nil, cards.LoadCard(ctx, r.Amount, r.Waiting) })
		})
	case CardTransfer:
		return with(in, func(r transferCard) (any, error) {
			return during(ctx, d, r.Call, func(ctx context.Context) (any, error) { return nil, cards.TransferCard(ctx, r.To, r.Amount) })
		})
	case CardRefresh:
		return with(in, func(r callRequest) (any, error) {
			return during(ctx, d, r.Call, func(ctx context.Context) (any, error) { return nil, cards.RefreshCard(ctx) })
		})
	case CardNumber:
		return with(in, func(r callRequest) (any, error) {
			return during(ctx, d, r.Call, func(ctx context.Context) (any, error) { return nil, cards.ShowCardNumber(ctx) })
		})
	case CardTrustClock:
		return with(in, func(r callRequest) (any, error) {
			return during(ctx, d, r.Call, func(ctx context.Context) (any, error) { return nil, cards.TrustClock(ctx) })
		})
	case CardArm:
		return with(in, func(r callRequest) (any, error) {
			return during(ctx, d, r.Call, func(ctx context.Context) (any, error) { return nil, cards.ArmCard(ctx) })
		})
	}
	p, err := cards.Purse(ctx)
	if err != nil {
		return nil, err
	}
	return with(in, func(r tapCommand) (any, error) { return ofPurse(ctx, cards, p, command, r) })
}

// ofPurse are the commands that need the purse alone.
func ofPurse(ctx context.Context, cards Cards, p *purse.Purse, command uint32, r tapCommand) (any, error) {
	var a tapAnswer
	var err error
	switch command {
	case CardStatus:
		return statusOf(p)
	case CardDisarm:
		p.Disarm()
		return nil, nil
	case TapForget:
		p.Forget()
		return nil, nil
	case TapSelect:
		a.Nonce, err = p.Select(ctx)
	case TapGet:
		a.Answer, err = p.Get(ctx, r.Card, r.Command)
	case TapPay:
		a.Answer, err = p.Pay(ctx, r.Command)
	case TapRecover:
		a.Answer, err = p.Recover(ctx, r.Command)
	default:
		return nil, fmt.Errorf("%w: command %#x", ErrMessage, command)
	}
	if a.Status = purse.Status(err); err != nil {
		cards.TapRefused(ctx, Name(command), a.Status, err)
	}
	return a, nil
}

func statusOf(p *purse.Purse) (CardView, error) {
	v := CardView{View: p.View(), History: p.History()}
	v.History = v.History[:min(len(v.History), maxHistory)]
	handle, err := p.Handle()
	if errors.Is(err, purse.ErrNoCard) {
		err = nil
	}
	v.Handle = handle
	return v, err
}
