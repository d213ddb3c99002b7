package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"countersign/app/program"
	"countersign/app/settlement/admin"
	"countersign/app/settlement/ledger"
	"countersign/app/settlement/storepage"
	"countersign/app/settlement/takings"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// storeSettings are where the shops' people are answered.
type storeSettings struct {
	address, certificate, key, zone string

	listener net.Listener // nil if nobody is
	location *time.Location
	own      *certificateFile // nil for settlement's own
}

func (s *storeSettings) register(flags *flag.FlagSet) {
	flags.StringVar(&s.address, "store-listen", "", "`address` for the shops' pages, HTTPS, such as 0.0.0.0:8443 (default none)")
	flags.StringVar(&s.certificate, "store-cert", "", "`file` with a certificate chain (PEM) for it that browsers trust (default settlement's own, by the authority)")
	flags.StringVar(&s.key, "store-key", "", "`file` with the certificate's key (PEM)")
	flags.StringVar(&s.zone, "store-timezone", "Local", "time `zone` in which the shops' days begin, such as Asia/Shanghai")
}

// check reads what the flags name.
func (s *storeSettings) check() (err error) {
	if (s.certificate == "") != (s.key == "") {
		return program.Usagef("--store-cert and --store-key go together")
	}
	if s.location, err = time.LoadLocation(s.zone); err != nil {
		return program.Usagef("--store-timezone: %w", err)
	}
	if s.certificate == "" {
		return nil
	}
	s.own = &certificateFile{certificate: s.certificate, key: s.key}
	_, err = s.own.get(nil)
	return err
}

// listen opens the address.
func (s *storeSettings) listen() (err error) {
	if s.address == "" {
		return nil
	}
	if s.listener, err = net.Listen("tcp", s.address); err != nil {
		return fmt.Errorf("listen for store pages: %w", err)
	}
	return nil
}

// close is for a server that never came to serve.
func (s *storeSettings) close() error {
	if s.listener == nil {
		return nil
	}
	return s.listener.Close()
}

// serve answers until ctx ends.
func (s *storeSettings) serve(ctx context.Context, l ledger.Ledger, m *enrolment.Maintainer, log *slog.Logger) error {
	pages, err := storepage.New(storepage.Options{Ledger: l, Takings: takings.New(l, time.Now), Clock: time.Now, Location: s.location, Log: log})
	if err != nil {
		return err
	}
	log.InfoContext(ctx, "store pages", "address", s.listener.Addr().String())
	config := m.OpenServerTLS(protocol.RoleTerminal)
	if s.own != nil {
		config.GetCertificate = s.own.get
	}
	return pages.Serve(ctx, s.listener, config)
}

// certificateFile is a certificate that somebody else renews: it is read again when
// the file has changed.
type certificateFile struct {
	certificate, key string
	mutex            sync.Mutex
	read             time.Time // of the file when it was read
	current          *tls.Certificate
}

// get is a tls.Config's GetCertificate. While a new file cannot be used the one before
// serves.
func (c *certificateFile) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	file, err := os.Stat(c.certificate)
	if err == nil && (c.current == nil || !file.ModTime().Equal(c.read)) {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(c.certificate, c.key); err == nil {
			c.current, c.read = &pair, file.ModTime()
		}
	}
	if c.current == nil {
		return nil, fmt.Errorf("--store-cert: %w", err)
	}
	return c.current, nil
}

// addStoreUser lets somebody look at a merchant's page.
func addStoreUser(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var u admin.StoreUser
	flags := program.NewFlags("settlement store-user add", stderr)
	storeUserFlags(flags, &u)
	file := flags.String("password-file", "", "`file` whose first line is the password, 10 to 128 bytes")
	client, _, err := remote(flags, args, "merchant", "name", "password-file")
	if err != nil {
		return err
	}
	text, err := os.ReadFile(*file)
	if err != nil {
		return fmt.Errorf("read --password-file: %w", err)
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	u.Password = string(bytes.TrimSuffix(line, []byte("\r")))
	if err := client.AddStoreUser(ctx, u); err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(admin.StoreUser{Merchant: u.Merchant, Name: u.Name})
}

func removeStoreUser(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var u admin.StoreUser
	flags := program.NewFlags("settlement store-user remove", stderr)
	storeUserFlags(flags, &u)
	client, _, err := remote(flags, args, "merchant", "name")
	if err != nil {
		return err
	}
	if err := client.RemoveStoreUser(ctx, u); err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(u)
}

func listStoreUsers(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := program.NewFlags("settlement store-user list", stderr)
	merchant := flags.String("merchant", "", "the merchant account's `reference` (default all)")
	client, _, err := remote(flags, args)
	if err != nil {
		return err
	}
	all, err := client.StoreUsers(ctx, *merchant)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(stdout)
	for _, u := range all {
		if err := lines.Encode(u); err != nil {
			return err
		}
	}
	return nil
}

func storeUserFlags(flags *flag.FlagSet, u *admin.StoreUser) {
	flags.StringVar(&u.Merchant, "merchant", "", "the merchant account's `reference`, such as M-0001")
	flags.StringVar(&u.Name, "name", "", "the user's `name`")
}
