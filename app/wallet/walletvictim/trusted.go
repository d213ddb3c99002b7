package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"countersign/app/program/victim"
	"countersign/app/program/virtualrealm"
	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/internalapi"
	"countersign/app/wallet/trusted/commands"
	"countersign/app/wallet/trusted/purse"
	"countersign/protocol"
	"countersign/settlementclient"
)

// serve is the trusted application.
func serve(ctx context.Context, o options) (err error) {
	orders, err := new(net.Dialer).DialContext(ctx, "unix", o.orders)
	if err != nil {
		return fmt.Errorf("ask for orders: %w", err)
	}
	talk := victim.NewTalk(orders, orders)
	points := victim.NewPoints(talk)
	var obeying sync.WaitGroup
	defer obeying.Wait()
	defer orders.Close()
	environment, err := internalapi.Attach(ctx)
	if err != nil {
		return err
	}
	world, err := virtualrealm.Read(o.world)
	if err != nil {
		return err
	}
	device, err := world.Shops[o.shop].Wallet.Device()
	if err != nil {
		return err
	}
	w := &wallet{account: world.Shops[o.shop].Account, device: device, person: &person{}, clock: newStopwatch(),
		log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))}
	if w.client, err = settlementclient.New(settlementclient.Options{
		URL: o.settlement, TLS: device.ClientTLS(protocol.RoleSettlement), Trust: func() protocol.Trust { return device.Trust },
		Certificate: func() *protocol.Signed[protocol.Certificate] { return device.Certificate }, DialContext: environment.Dial,
	}); err != nil {
		return err
	}
	defer w.client.Close()
	if err := w.open(ctx, o.data, points.Hit); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	talk.Say(victim.Word{Say: victim.Ready, Points: purse.FailPoints(), Address: fmt.Sprint(os.Getppid())})
	obeying.Go(func() {
		_ = talk.Orders(points, func(order victim.Order) error { return w.obey(order, talk) }) // ends with the connection
	})
	err = environment.Serve(ctx, &application{environment: environment, services: w, clock: w.clock, sessions: map[uint32]*commands.Dispatcher{}})
	if errors.Is(err, tee.ErrGone) || errors.Is(err, context.Canceled) {
		return nil // the client is, which is no failure of ours
	}
	return err
}

// application is the entry points.
type application struct {
	environment *internalapi.Environment
	services    commands.Services
	clock       *stopwatch

	mu       sync.Mutex
	sessions map[uint32]*commands.Dispatcher
}

func (a *application) OpenSession(_ context.Context, session uint32, _ []byte) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sessions[session] = commands.NewDispatcher(a.services, a.environment.Emit)
	return nil, nil
}

func (a *application) InvokeCommand(ctx context.Context, session, command uint32, in []byte) ([]byte, error) {
	a.mu.Lock()
	dispatcher := a.sessions[session]
	a.mu.Unlock()
	if command >= commands.TapSelect && command <= commands.TapRecover {
		defer a.clock.since("command", time.Now())
	}
	return dispatcher.Invoke(ctx, command, in), nil
}

func (a *application) CloseSession(session uint32) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.sessions, session)
}
