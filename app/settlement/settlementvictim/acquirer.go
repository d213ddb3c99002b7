package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"countersign/app/program/victim"
	"countersign/app/program/virtualrealm"
	"countersign/app/settlement/acquirer"
	"countersign/app/settlement/acquirer/virtualacquirer"
	"countersign/app/settlement/settle"
)

// Times of the acquirer's link, shortened twentyfold.
const (
	acquirerAnswers = 500 * time.Millisecond
	cardRetry       = 250 * time.Millisecond
)

// link connects settlement with the acquirer at an address.
func (s *server) link(address string) (*acquirer.Link, error) {
	return acquirer.Open(acquirer.Config{
		Address: address, Institution: "1", Merchant: "M", Terminal: "T", Category: "5411", Connections: 2,
		DialTimeout: acquirerAnswers, AnswerTimeout: acquirerAnswers, BackOff: 20 * time.Millisecond, Idle: acquirerAnswers,
		Log: s.log, FailPoint: s.points.Hit,
	})
}

// cardPolicy is how long a process may work on a card payment alone.
func cardPolicy(l *acquirer.Link) (policy settle.Policy) {
	if l != nil {
		policy.CardLease, policy.CardRetry = 2*time.Second, cardRetry
	}
	return policy
}

// bank runs the acquirer's simulator: the world outside, which nobody ends, and
// which misbehaves by itself until it is told "heal". Its other order is "books".
func bank(ctx context.Context, path string, share float64, seed uint64, talk *victim.Talk) error {
	world, err := virtualrealm.Read(path)
	if err != nil {
		return err
	}
	server, err := virtualacquirer.Listen("127.0.0.1:0", nil)
	if err != nil {
		return err
	}
	defer server.Close()
	for _, shop := range world.Shops {
		if shop.Card {
			server.Issue(virtualacquirer.Card{Number: shop.Account, Currency: virtualrealm.Currency, Balance: int64(virtualrealm.Funds)})
		}
	}
	ctx, stop := context.WithCancel(ctx)
	var healed atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		misbehave(ctx, server, share, seed, &healed)
	}()
	defer func() {
		stop()
		<-done
	}()
	talk.Say(victim.Word{Say: victim.Ready, Address: server.Address()})
	return talk.Orders(victim.NewPoints(talk), func(o victim.Order) error {
		switch o.Do {
		case "heal":
			healed.Store(true)
		case "books":
			books, net := server.Books(), victim.Charges{Net: map[string]int64{}}
			for _, shop := range world.Shops {
				if shop.Card {
					net.Net[shop.Reference] = books.Net(shop.Account)
				}
			}
			talk.Answer("books", net)
		default:
			return fmt.Errorf("no order %q", o.Do)
		}
		return nil
	})
}

// misbehave orders faults, as many in a second as there would be in some thirty
// messages.
func misbehave(ctx context.Context, server *virtualacquirer.Server, share float64, seed uint64, healed *atomic.Bool) {
	random := rand.New(rand.NewPCG(seed, 2))
	kinds, types := virtualacquirer.FaultKinds(), []string{"0200", "0200", "0200", "0201", "0420", "0421"}
	every := time.NewTicker(30 * time.Millisecond)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		if healed.Load() || random.Float64() > share || server.Ordered() > 8 {
			continue
		}
		server.Order(virtualacquirer.Fault{On: types[random.IntN(len(types))], Kind: kinds[random.IntN(len(kinds))],
			Code: acquirer.CodeMalfunction, Delay: 2 * acquirerAnswers})
	}
}
