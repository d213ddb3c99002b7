package main

import (
	"context"
	"crypto/ecdh"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/app/program/httpserver"
	"countersign/app/program/victim"
	"countersign/app/program/virtualrealm"
	"countersign/app/settlement/acquirer"
	"countersign/app/settlement/ledger"
	"countersign/app/settlement/service"
	"countersign/app/settlement/settle"
	"countersign/protocol"
)

type options struct {
	world, listen, data, postgres, acquirer, broken string
	faults                                          float64
	seed                                            uint64
}

// server is settlement as it runs here.
type server struct {
	world  virtualrealm.World
	device virtualrealm.Device
	store  ledger.Ledger
	points *victim.Points
	log    *slog.Logger
}

func serve(ctx context.Context, o options, talk *victim.Talk) (err error) {
	s := &server{points: victim.NewPoints(talk), log: slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	if s.world, err = virtualrealm.Read(o.world); err != nil {
		return err
	}
	if s.device, err = s.world.Settlement.Device(); err != nil {
		return err
	}
	names, err := s.open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	if err := s.prepare(ctx); err != nil {
		return fmt.Errorf("prepare the accounts: %w", err)
	}
	var cards *acquirer.Link
	if o.acquirer != "" {
		if cards, err = s.link(o.acquirer); err != nil {
			return err
		}
		defer cards.Close()
		names = append(names, acquirer.FailPoints()...)
	}
	settler, err := s.settler(o.broken, cards)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	wire := newWire(service.New(settler, s.log).Handler(), s.points, o.faults, o.seed)
	defer wire.close()
	running, ctx := errgroup.WithContext(ctx)
	ctx, stop := context.WithCancel(ctx)
	running.Go(func() error {
		return httpserver.Serve(ctx, l, &http.Server{
			Handler: wire, TLSConfig: s.device.ServerTLS(protocol.RoleTerminal, protocol.RoleWallet),
			ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug), ReadHeaderTimeout: 5 * time.Second,
			TLSNextProto: map[string]func(*http.Server, tlsConn, http.Handler){}, // as the service does: HTTP/1.1 alone
		}, "devices", time.Second)
	})
	running.Go(func() error { return settler.KeepCards(ctx) })
	talk.Say(victim.Word{Say: victim.Ready, Address: l.Addr().String(), Points: append(names, wirePoints()...)})
	running.Go(func() error {
		defer stop()
		return talk.Orders(s.points, func(order victim.Order) error {
			switch order.Do {
			case "heal":
				wire.heal()
				return nil
			case "cards":
				open, err := s.openCards(ctx)
				if err == nil {
					talk.Answer("cards", open)
				}
				return err
			case "books":
			default:
				return fmt.Errorf("no order %q", order.Do)
			}
			b, err := s.books(ctx)
			if err != nil {
				return err
			}
			b.Faults = wire.counts()
			talk.Answer("books", b)
			return nil
		})
	})
	return running.Wait()
}

// open opens the store and returns the names of its fail points.
func (s *server) open(ctx context.Context, o options) ([]string, error) {
	options := ledger.Options{FailPoint: s.points.Hit}
	if o.postgres != "" {
		store, err := ledger.OpenPostgres(ctx, o.postgres, options)
		if err != nil {
			return nil, err
		}
		s.store = store
		return ledger.PostgresFailPoints(), nil
	}
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return nil, err
	}
	store, err := ledger.Open(filepath.Join(o.data, "ledger.db"), options)
	if err != nil {
		return nil, err
	}
	s.store = store
	return ledger.FailPoints(), nil
}

// prepare makes whatever accounts are missing, in one transaction.
func (s *server) prepare(ctx context.Context) error {
	return s.store.Update(ctx, func(tx ledger.Tx) error {
		funding := ledger.Account{ID: ledger.FundingAccount(virtualrealm.Currency), Class: ledger.Funding, Currency: virtualrealm.Currency}
		if err := tx.AddAccount(funding); errors.Is(err, ledger.ErrExists) {
			return nil
		} else if err != nil {
			return err
		}
		for _, shop := range s.world.Shops {
			if err := open(tx, shop, funding.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

func open(tx ledger.Tx, shop virtualrealm.Shop, funding ledger.AccountID) error {
	wallet, err := shop.Wallet.Device()
	if err != nil {
		return err
	}
	terminal, err := protocol.Parse[protocol.Certificate](shop.Terminal.Certificate)
	if err != nil {
		return err
	}
	kind := protocol.AccountPrepaid
	if shop.Card {
		kind = protocol.AccountBankCard
	}
	payer := ledger.Account{ID: ledger.PayerAccount(shop.Account), Class: ledger.Payer, Currency: virtualrealm.Currency,
		Kind: kind, Wallet: wallet.Subject, Key: wallet.Claims.Holder.Key.Thumbprint()}
	merchant := ledger.Account{ID: ledger.MerchantAccount([]byte(shop.Reference)), Class: ledger.Merchant, Currency: virtualrealm.Currency,
		Name: shop.Reference, Terminals: []protocol.ID{terminal.Unverified().Subject}}
	if err := errors.Join(tx.AddAccount(payer), tx.AddAccount(merchant)); err != nil || shop.Card {
		return err
	}
	_, err = tx.Transfer(ledger.Transfer{Kind: ledger.EntryLoad, Debit: funding, Credit: payer.ID, Amount: virtualrealm.Funds, At: protocol.At(time.Now())})
	return err
}

func (s *server) settler(broken string, cards *acquirer.Link) (*settle.Settler, error) {
	store, err := without(broken, s.store)
	if err != nil {
		return nil, err
	}
	policy := cardPolicy(cards)
	policy.MaxListAge = 24 * time.Hour
	config := settle.Config{
		Ledger: store,
		Identity: func() settle.Identity {
			return settle.Identity{Certificate: s.device.Certificate, Signer: s.device.Signer}
		},
		Agreement: func() []ecdh.KeyExchanger { return []ecdh.KeyExchanger{s.device.Agreement} },
		Trust:     func() protocol.Trust { return s.device.Trust }, Clock: time.Now, PrintKey: s.world.PrintKey,
		Policy: policy, Log: s.log, Process: fmt.Sprint("process ", os.Getpid()),
	}
	if cards != nil {
		config.Acquirer = cards
	}
	return settle.New(config)
}
