package main

import (
	"context"
	"crypto/ecdh"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/app/program"
	"countersign/app/program/adminsocket"
	"countersign/app/program/watchdog"
	"countersign/app/settlement/acquirer"
	"countersign/app/settlement/admin"
	"countersign/app/settlement/ledger"
	"countersign/app/settlement/operator"
	"countersign/app/settlement/service"
	"countersign/app/settlement/settle"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// printKeyLabel is where the token keeps the key that marks live prints.
const printKeyLabel = "settlement: key for the marks of live prints"

// maxListAge is how old the revocation list may be when a payment is decided.
const maxListAge = 5 * time.Minute

// serve answers devices and operators until it is told to stop or its ledger is
// taken away.
func serve(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var s serveFlags
	flags := program.NewFlags("settlement serve", stderr)
	s.register(flags)
	origins, err := program.ParseConfigured(flags, args, configured())
	if err != nil {
		return err
	}
	defer func() { err = program.Placed(err, origins) }()
	cards, fingers, virtual, watched, stores := &s.cards, &s.fingers, &s.virtual, &s.watched, &s.stores
	if err := s.check(); err != nil {
		return err
	}
	if err := stores.check(); err != nil {
		return err
	}
	policy := settle.Policy{MaxListAge: maxListAge}
	if err := fingers.apply(&policy); err != nil {
		return err
	}
	log, closeLog, err := s.OpenLog(stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	log = watched.log(log)
	if err := watched.check(log); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, watched.close()) }()
	if err := virtual.apply(&policy); err != nil {
		return err
	}
	link, err := cards.open(&policy, log)
	if err != nil {
		return err
	}
	defer link.Close()
	unit, err := secureunit.Open(ctx, s.SecureUnit())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unit.Close()) }()
	credentials, err := enrolment.Load(over(unit))
	if err != nil {
		return err
	}
	store, err := openLedger(ctx, s.Data, *s.database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	maintainer := enrolment.NewMaintainer(over(unit), credentials, enrolment.Options{AuthorityURL: s.authority, Log: log})
	settler, err := newSettler(ctx, unit, watched.ledger(store), maintainer, link, policy, log)
	if err != nil {
		return err
	}
	devicesAt, err := net.Listen("tcp", *s.listen)
	if err != nil {
		return fmt.Errorf("listen for devices: %w", err)
	}
	if err := stores.listen(); err != nil {
		return errors.Join(err, devicesAt.Close())
	}
	adminAt, err := adminsocket.Listen(s.Data)
	if err != nil {
		return errors.Join(err, devicesAt.Close(), stores.close())
	}
	watched.over(store, maintainer)
	unwatch := watched.serve()
	defer func() { err = errors.Join(err, unwatch()) }()
	ctx, stop := watched.untilDrained(ctx)
	defer stop()
	running, ctx := errgroup.WithContext(ctx)
	running.Go(func() error {
		return service.New(settler, log, watched.options()...).Serve(ctx, devicesAt, maintainer.ServerTLS(protocol.RoleTerminal, protocol.RoleWallet))
	})
	running.Go(func() error {
		return admin.Serve(ctx, adminAt, &operator.Operator{Ledger: store, Settler: settler, Clock: time.Now, Log: log})
	})
	running.Go(func() error {
		if err := maintainer.Run(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		return nil
	})
	running.Go(func() error {
		keepErased(ctx, settler, maintainer.Current, enrolment.Options{AuthorityURL: s.authority}, log)
		return nil
	})
	running.Go(func() error { keepRotated(ctx, maintainer, log); return nil })
	running.Go(func() error { return watch(ctx, store) })
	running.Go(func() error { return settler.KeepCards(ctx) })
	if stores.listener != nil {
		running.Go(func() error { return stores.serve(ctx, store, maintainer, log) })
	}
	if watched.proof != nil {
		running.Go(func() error { watched.proof.Run(ctx); return nil })
	}
	log.InfoContext(ctx, "settlement answers", "settlement", string(credentials.Subject), "address", devicesAt.Addr().String())
	said := map[string]string{"listening": devicesAt.Addr().String()}
	if watched.listener != nil {
		said["metrics"] = watched.listener.Addr().String()
	}
	if stores.listener != nil {
		said["store"] = stores.listener.Addr().String()
	}
	if err := json.NewEncoder(stdout).Encode(said); err != nil {
		running.Go(func() error { return fmt.Errorf("say where: %w", err) })
	}
	running.Go(func() error {
		return watchdog.Supervise(ctx, os.Getenv, "answers at "+devicesAt.Addr().String(), func(ctx context.Context) error { return alive(ctx, store) })
	})
	err = running.Wait()
	log.Info("settlement stops", "reason", fmt.Sprint(err))
	return err
}

// newSettler gives the deciding part its keys.
func newSettler(ctx context.Context, unit *secureunit.Unit, store ledger.Ledger, m *enrolment.Maintainer, link *acquirer.Link, policy settle.Policy, log *slog.Logger) (*settle.Settler, error) {
	agreement, err := agreementKeys(ctx, unit)
	if err != nil {
		return nil, err
	}
	printKey, err := loadPrintKey(ctx, unit)
	if err != nil {
		return nil, err
	}
	config := settle.Config{
		Ledger: store,
		Identity: func() settle.Identity {
			c := m.Current()
			return settle.Identity{Certificate: c.Certificate, Signer: c.Signer}
		},
		Agreement: func() []ecdh.KeyExchanger { return agreement },
		Trust:     func() protocol.Trust { return m.Current().Trust },
		Clock:     time.Now, PrintKey: printKey, Policy: policy, Log: log,
	}
	if link != nil {
		config.Acquirer = link
	}
	return settle.New(config)
}

// agreementKeys returns every generation in the token, newest first: enrolled
// templates stay sealed to the one that was current when they were captured.
func agreementKeys(ctx context.Context, unit *secureunit.Unit) ([]ecdh.KeyExchanger, error) {
	generations, err := unit.Keys(ctx, secureunit.Agreement)
	if err != nil {
		return nil, err
	}
	slices.Reverse(generations)
	keys := make([]ecdh.KeyExchanger, len(generations))
	for i, k := range generations {
		if keys[i], err = unit.AgreementOf(k.Generation); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// loadPrintKey returns the key that marks live prints; it is made once.
func loadPrintKey(ctx context.Context, unit *secureunit.Unit) ([]byte, error) {
	key, err := unit.Load(printKeyLabel)
	if !errors.Is(err, secureunit.ErrNotFound) {
		return key, err
	}
	if key, err = unit.Random(32); err != nil {
		return nil, err
	}
	return key, unit.Store(ctx, printKeyLabel, key, true)
}

// alive is how the server is as the service manager sees it: its ledger can be relied on
// and answers, be it with an error, for a server whose database is away for a while is not
// helped by being started again.
func alive(ctx context.Context, store store) error {
	_ = store.View(ctx, func(ledger.Snapshot) error { return nil }) // that it returns in time is what counts
	return store.Lost()
}

// watch ends the server when its ledger cannot be relied on any more.
func watch(ctx context.Context, store store) error {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
			if err := store.Lost(); err != nil {
				return err
			}
		}
	}
}
