package main

import (
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"countersign/app/program"
	"countersign/app/settlement/acquirer"
	"countersign/app/settlement/settle"
)

// acquirerSettings are the flags that say what card payments go out through.
type acquirerSettings struct {
	acquirer.Config
	plain         bool
	ca, cert, key string
}

func (a *acquirerSettings) register(flags *flag.FlagSet) {
	flags.StringVar(&a.Address, "acquirer", "", "the acquirer's `host:port` (ISO 8583); without it no cards are taken")
	flags.BoolVar(&a.plain, "acquirer-plain", false, "plain TCP to the acquirer instead of TLS, on a line that is protected otherwise")
	flags.StringVar(&a.ca, "acquirer-ca", "", "`file` of certificates (PEM) that the acquirer's is verified by (default the system's)")
	flags.StringVar(&a.cert, "acquirer-cert", "", "`file` of the certificate (PEM) to show the acquirer")
	flags.StringVar(&a.key, "acquirer-key", "", "`file` of its key (PEM)")
	flags.StringVar(&a.Institution, "acquirer-institution", "", "acquiring institution, `digits` as assigned (data element 32)")
	flags.StringVar(&a.Merchant, "acquirer-merchant", "", "card acceptor `id` as assigned (42)")
	flags.StringVar(&a.Terminal, "acquirer-terminal", "", "card acceptor terminal `id` as assigned (41)")
	flags.StringVar(&a.Category, "acquirer-category", "5999", "merchant category `code` (18)")
	flags.IntVar(&a.Connections, "acquirer-connections", 1, "connections to hold")
	flags.DurationVar(&a.AnswerTimeout, "acquirer-timeout", 8*time.Second, "how long to wait for an answer; a terminal waits 10s for settlement's")
}

// open returns the link, nil if no acquirer was named, and puts into the policy
// what follows from its time-outs. The caller must Close the link.
func (a *acquirerSettings) open(policy *settle.Policy, log *slog.Logger) (*acquirer.Link, error) {
	if a.Address == "" {
		return nil, nil
	}
	host, _, err := net.SplitHostPort(a.Address)
	if err != nil {
		return nil, program.Usagef("--acquirer: %w", err)
	}
	if a.AnswerTimeout <= 0 {
		return nil, program.Usagef("--acquirer-timeout: %v", a.AnswerTimeout)
	}
	if a.plain && a.ca+a.cert+a.key != "" {
		return nil, program.Usagef("--acquirer-plain knows no certificates")
	}
	if !a.plain {
		if a.TLS, err = a.tls(host); err != nil {
			return nil, err
		}
	}
	a.Log, a.DialTimeout = log, min(3*time.Second, a.AnswerTimeout)
	policy.CardLease = 2 * a.Longest()
	policy.CardRetry = min(5*time.Second, a.AnswerTimeout)
	link, err := acquirer.Open(a.Config)
	if err != nil {
		return nil, program.Usagef("--acquirer…: %w", err)
	}
	return link, nil
}

func (a *acquirerSettings) tls(host string) (*tls.Config, error) {
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if a.ca != "" {
		pem, err := os.ReadFile(a.ca)
		if err != nil {
			return nil, fmt.Errorf("certificates of the acquirer: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("certificates of the acquirer: none in %s", a.ca)
		}
	}
	if a.cert+a.key != "" {
		own, err := tls.LoadX509KeyPair(a.cert, a.key)
		if err != nil {
			return nil, fmt.Errorf("certificate for the acquirer: %w", err)
		}
		config.Certificates = []tls.Certificate{own}
	}
	return config, nil
}
