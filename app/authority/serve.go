package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/app/authority/admin"
	"countersign/app/authority/certification"
	"countersign/app/authority/service"
	"countersign/app/authority/store"
	"countersign/app/program"
	"countersign/app/program/adminsocket"
	"countersign/app/program/health"
	"countersign/app/program/metrics"
	"countersign/app/program/watchdog"
	"countersign/devices/secureunit"
)

// serve answers devices and administrators until it is told to stop or its
// registry is taken away.
func serve(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var s serveFlags
	flags := program.NewFlags("authority serve", stderr)
	s.register(flags)
	if _, err := program.ParseConfigured(flags, args, configured()); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	log, closeLog, err := s.OpenLog(stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	o, err := s.open(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if err := o.keys(); err != nil {
		return err
	}
	tlsKey, err := o.unit.Signer(secureunit.TLS)
	if err != nil {
		return err
	}
	authority, err := certification.New(o.config)
	if err != nil {
		return err
	}
	devicesAt, err := net.Listen("tcp", s.listen)
	if err != nil {
		return fmt.Errorf("listen for devices: %w", err)
	}
	adminAt, err := adminsocket.Listen(s.Data)
	if err != nil {
		return errors.Join(err, devicesAt.Close())
	}
	answering := service.New(authority, tlsKey, serverHosts(s.hosts, s.listen), time.Now, log)
	said := map[string]string{"listening": devicesAt.Addr().String()}
	unwatch, err := watched(ctx, s.watchAt, answering, o.registry, said)
	if err != nil {
		return errors.Join(err, devicesAt.Close(), adminAt.Close())
	}
	defer func() { err = errors.Join(err, unwatch()) }()
	running, ctx := errgroup.WithContext(ctx)
	running.Go(func() error { return answering.Serve(ctx, devicesAt) })
	running.Go(func() error { return admin.Serve(ctx, adminAt, authority, log) })
	running.Go(func() error { return watch(ctx, o.registry) })
	running.Go(func() error { keepRotated(ctx, answering, log); return nil })
	running.Go(func() error { authority.KeepErased(ctx); return nil })
	log.InfoContext(ctx, "authority answers", "authority", authority.Name(), "address", devicesAt.Addr().String())
	if err := json.NewEncoder(stdout).Encode(said); err != nil {
		running.Go(func() error { return fmt.Errorf("say where: %w", err) })
	}
	running.Go(func() error {
		return watchdog.Supervise(ctx, os.Getenv, "answers at "+devicesAt.Addr().String(), func(context.Context) error {
			return errors.Join(o.registry.Lost(), o.registry.View(func(*store.Tx) error { return nil }))
		})
	})
	err = running.Wait()
	log.Info("authority stops", "reason", fmt.Sprint(err))
	return err
}

// watched answers those who watch the server, if an address is named, and tells
// where; once told ends it says that the server stops. The returned function ends that; it
// is to be called after all else has ended.
func watched(told context.Context, address string, answering *service.Service, registry *store.Registry, said map[string]string) (stop func() error, err error) {
	if address == "" {
		return func() error { return nil }, nil
	}
	l, err := metrics.Listen(address)
	if err != nil {
		return nil, fmt.Errorf("listen for metrics: %w", err)
	}
	said["metrics"] = l.Addr().String()
	counted := metrics.New("authority")
	answering.CountIn(counted)
	report := health.New(health.Check{Reason: "the registry cannot be used", Good: func(context.Context) error { return registry.Lost() }})
	unheard := context.AfterFunc(told, report.Stopping)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- metrics.Serve(ctx, l, counted, report) }()
	return func() error {
		unheard()
		cancel()
		return <-ended
	}, nil
}

// serverHosts are the names in the server's leaf.
func serverHosts(given, listen string) []string {
	if hosts := program.List(given); len(hosts) > 0 {
		return hosts
	}
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	host, _, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && host != "" && (ip == nil || !ip.IsUnspecified()) && !slices.Contains(hosts, host) {
		hosts = append(hosts, host)
	}
	return hosts
}

// watch ends the server when its registry is gone: what it certified from then
// on would be forgotten.
func watch(ctx context.Context, registry *store.Registry) error {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
			if err := registry.Lost(); err != nil {
				return err
			}
		}
	}
}
