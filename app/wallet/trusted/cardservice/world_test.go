package cardservice_test

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"countersign/app/program/pinhash"
	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/cardservice"
	"countersign/app/wallet/trusted/purse"
	"countersign/app/wallet/trusted/purse/pursetest"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient"
)

// pin is the owner's; account is where loads come from.
const (
	pin     = "274913"
	account = protocol.Account("6222020200112233445")
)

// phone is a wallet's card over a real token and a real file.
type phone struct {
	*cardservice.Service
	world *pursetest.World
	unit  *secureunit.Unit
	owner *trusted.Owner
	hand  *hand
	bank  *bank
}

// open opens it; the token is there.
func open(world *pursetest.World, dir string, token secureunit.Config, points func(string)) (*phone, error) {
	unit, err := secureunit.Open(context.Background(), token)
	if err != nil {
		return nil, err
	}
	p := &phone{world: world, unit: unit, hand: &hand{}, bank: &bank{world: world, file: filepath.Join(dir, "bank.json"), points: points}}
	p.owner = trusted.NewOwner(keeps{unit}, trusted.OwnerOptions{Prompter: p.hand, Now: world.Now, Costs: pinhash.Costs{Memory: 8, Time: 1, Threads: 1}})
	p.Service = cardservice.New(cardservice.Options{
		Data: dir, Unit: unit, Owner: p.owner, Identity: world, Clock: world.Now, Log: slog.New(slog.DiscardHandler), FailPoint: points,
		Wallet:     func(context.Context) (crypto.Signer, error) { return world.WalletUnit.Key, nil },
		Account:    func(int) (protocol.Account, protocol.Currency, error) { return account, pursetest.Terms.Currency, nil },
		Settlement: func() (cardservice.Settlement, error) { return p.bank, nil },
		Purse:      func(o *purse.Options) { o.FailPoint = points },
	})
	return p, nil
}

func (p *phone) close() error { return errors.Join(p.Service.Close(), p.unit.Close()) }

// view is how the card stands.
func (p *phone) view() (purse.View, error) {
	card, err := p.Purse(context.Background())
	if err != nil {
		return purse.View{}, err
	}
	return card.View(), nil
}

// keeps is where the owner's PIN lies.
type keeps struct{ *secureunit.Unit }

func (k keeps) Signer() (crypto.Signer, error) { return k.Unit.Signer(secureunit.Signing) }
func (k keeps) Store(ctx context.Context, label string, data []byte) error {
	return k.Unit.Store(ctx, label, data, true)
}
func (k keeps) Missing(err error) bool { return errors.Is(err, secureunit.ErrNotFound) }

// hand is the owner before the trusted screen, who keys the PIN or declines.
type hand struct {
	declines bool
	shown    []trusted.Prompt
}

func (h *hand) AskPIN(_ context.Context, p trusted.Prompt) ([]byte, error) {
	h.shown = append(h.shown, p)
	if h.declines || p.Notice != trusted.NoticeNone {
		return nil, trusted.ErrDeclined
	}
	return []byte(pin), nil
}
func (h *hand) Confirm(_ context.Context, p trusted.Prompt) error {
	h.shown = append(h.shown, p)
	return nil
}
func (h *hand) ChooseMark(context.Context, func() trusted.Mark) (trusted.Mark, error) {
	return trusted.Mark{}, trusted.ErrDeclined
}

// asked lists what the PIN was asked for.
func (h *hand) asked() (purposes []trusted.Purpose) {
	for _, p := range h.shown {
		purposes = append(purposes, p.Purpose)
	}
	return purposes
}

// bank is settlement with books on the disk, which has one card of a wallet honoured, the
// one that was applied for last.
type bank struct {
	world  *pursetest.World
	file   string
	points func(string)

	mu      sync.Mutex
	away    bool // it cannot be reached
	refuses bool
	asked   int
}

// pointBooked is reached when an application is booked and not answered.
const pointBooked = "bank.booked"

// books are kept from process to process, cards by their numbers.
type books struct {
	Honoured     protocol.CardNumber
	Blocked      []protocol.CardNumber
	Cards        map[protocol.CardNumber]*card
	Applications map[string][]byte
}

type card struct {
	Signed   []byte
	Sequence uint64
	Total    protocol.Sum
	Reported uint64 // the highest counter that was handed in
	Cleared  uint64
}

func (b *bank) open() (k books, err error) {
	k = books{Cards: map[protocol.CardNumber]*card{}, Applications: map[string][]byte{}}
	raw, err := os.ReadFile(b.file)
	if errors.Is(err, os.ErrNotExist) {
		return k, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &k)
	}
	return k, err
}

func (b *bank) keep(k books) error {
	raw, err := json.Marshal(k)
	if err == nil {
		err = os.WriteFile(b.file+".new", raw, 0o600)
	}
	if err == nil {
		err = os.Rename(b.file+".new", b.file)
	}
	return err
}

// change does something to the books.
func (b *bank) change(do func(*books) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	if b.away {
		return settlementclient.ErrUnreachable
	}
	k, err := b.open()
	if err == nil {
		err = do(&k)
	}
	if err == nil {
		err = b.keep(k)
	}
	return err
}

// read returns the books.
func (b *bank) read(t *testing.T) books {
	t.Helper()
	k, err := b.open()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (b *bank) ApplyCard(_ context.Context, a *protocol.Signed[protocol.CardApplication]) (answer settlementclient.CardAnswer, err error) {
	err = b.change(func(k *books) error {
		if b.refuses {
			return settlementclient.ErrRefused
		}
		asked, proof, _, err := protocol.VerifyCardApplication(a, b.world.Trust(), b.world.Now())
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%x", asked.Key)
		if k.Applications[name] == nil {
			mark := proof.Key.Thumbprint()
			number := protocoltest.CardNumber(b.world.T, uint64(mark[0])<<24|uint64(mark[1])<<16|uint64(mark[2])<<8|uint64(mark[3]))
			if slices.Contains(k.Blocked, number) {
				return fmt.Errorf("%w: blocked", settlementclient.ErrRefused)
			}
			claims := b.world.CardClaims(a)
			claims.Number = number
			signed := protocoltest.Sign(b.world.T, b.world.Server.Key, claims)
			if k.Honoured != "" && k.Honoured != number {
				k.Blocked = append(k.Blocked, k.Honoured) // replaced
			}
			if k.Honoured = number; k.Cards[number] == nil {
				k.Cards[number] = &card{}
			}
			k.Cards[number].Signed, k.Applications[name] = signed.Bytes(), signed.Bytes()
		}
		answer.Signed, err = protocol.Parse[protocol.VirtualCard](k.Applications[name])
		return err
	})
	b.points(pointBooked)
	return answer, err
}

func (b *bank) Load(_ context.Context, r *protocol.Signed[protocol.LoadRequest]) (answer settlementclient.LoadAnswer, err error) {
	err = b.change(func(k *books) error {
		asked := r.Unverified()
		of := k.Cards[asked.Number]
		if of == nil || slices.Contains(k.Blocked, asked.Number) || asked.Sequence != of.Sequence+1 {
			return settlementclient.ErrRefused
		}
		of.Sequence++
		of.Total += protocol.Sum(asked.Amount)
		answer.Load = protocol.Load{Number: asked.Number, Sequence: of.Sequence, Amount: asked.Amount, Currency: asked.Currency, Total: of.Total,
			Nonce: asked.Nonce, Made: protocol.At(b.world.Now()), Cleared: of.Cleared, Signer: protocol.SignerOf(b.world.Server.Certificate)}
		answer.Signed = protocoltest.Sign(b.world.T, b.world.Server.Key, answer.Load)
		return nil
	})
	return answer, err
}

func (b *bank) CardState(_ context.Context, q *protocol.Signed[protocol.CardQuestion]) (answer settlementclient.CardStateAnswer, err error) {
	err = b.change(func(k *books) error {
		asked := q.Unverified()
		of := k.Cards[asked.Number]
		if of == nil {
			return settlementclient.ErrRefused
		}
		for _, r := range asked.Results {
			of.Reported = max(of.Reported, r.Unverified().Counter)
		}
		answer.State = protocol.CardState{Number: asked.Number, Currency: pursetest.Terms.Currency, Sequence: of.Sequence, Total: of.Total,
			Cleared: of.Cleared, Blocked: slices.Contains(k.Blocked, asked.Number), Decided: protocol.At(b.world.Now()), Signer: protocol.SignerOf(b.world.Server.Certificate)}
		answer.Signed = protocoltest.Sign(b.world.T, b.world.Server.Key, answer.State)
		return nil
	})
	return answer, err
}

func (b *bank) Transfer(context.Context, *protocol.Signed[protocol.Transfer]) (settlementclient.TransferAnswer, error) {
	return settlementclient.TransferAnswer{}, settlementclient.ErrUnreachable
}

func (b *bank) SignedUnder(context.Context, [8]byte) (*protocol.Signed[protocol.Certificate], error) {
	return b.world.Server.Certificate, nil
}

// block has settlement honour the present card no more, or again.
func (b *bank) block(yes bool) error {
	return b.change(func(k *books) error {
		k.Blocked = slices.DeleteFunc(k.Blocked, func(n protocol.CardNumber) bool { return n == k.Honoured })
		if yes {
			k.Blocked = append(k.Blocked, k.Honoured)
		}
		return nil
	})
}
