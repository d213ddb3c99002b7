package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"countersign/app/enrol/capture"
	"countersign/app/program"
	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/protocol"
	"countersign/protocol/minutiae"
	"countersign/settlementclient/enrolment"
)

// captureFinger takes the finger of a wallet's owner and prints the wallet's
// enrolment code.
func captureFinger(ctx context.Context, args []string, io streams) (err error) {
	var s settings
	var wallet, sensor, codeOut string
	var consent bool
	var points int
	err = s.parse("capture", args, io, func(flags *flag.FlagSet) {
		flags.StringVar(&wallet, "wallet", "", "the wallet's `name`, such as W-0001")
		flags.StringVar(&sensor, "sensor", "", "the fingerprint sensor's serial `port`")
		flags.BoolVar(&consent, "consent", false, "the owner agreed that the sealed template is kept")
		flags.StringVar(&codeOut, "code-out", "", "`file` for the wallet's enrolment code (default standard output)")
		flags.IntVar(&points, "minutiae", minutiae.Large.Capacity(), "minutiae kept at most, 60, or 40 for a smaller payment code and more mistakes")
	})
	if err != nil {
		return err
	}
	size := map[int]minutiae.Size{minutiae.Small.Capacity(): minutiae.Small, minutiae.Large.Capacity(): minutiae.Large}[points]
	if wallet == "" || sensor == "" || size == 0 {
		return program.Usagef("capture needs --wallet and --sensor, and --minutiae is 40 or 60")
	}
	if !consent {
		return capture.ErrNoConsent
	}
	d, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	c, err := d.current(ctx, s.authority)
	if err != nil {
		return err
	}
	reader := fingerprint.NewReader(fingerprint.Settings{Port: sensor}, extraction.Libfprint{}, minutiae.Large)
	defer func() { err = errors.Join(err, reader.Close()) }()
	taking := capture.Desk{
		Reader: reader, Officer: newOfficer(io), Signer: c.Signer, Certificate: c.Certificate, Trust: c.Trust, Settlement: c.Settlement,
		Size: size, Clock: time.Now,
		Deposit: func(ctx context.Context, deposit *protocol.Signed[protocol.TemplateDeposit]) (string, error) {
			fmt.Fprintln(io.err, "The finger is taken. Sending it, sealed, to the authority.")
			return enrolment.DepositTemplate(ctx, c, enrolment.Options{AuthorityURL: s.authority, Log: d.log}, deposit)
		},
	}
	code, err := taking.Enrol(ctx, protocol.ID(wallet), consent)
	if err != nil {
		d.log.WarnContext(ctx, "finger not taken", "wallet", wallet, "reason", err.Error())
		return err
	}
	d.log.InfoContext(ctx, "finger taken and deposited", "wallet", wallet, "consent", consent)
	return handOver(io, wallet, code, codeOut)
}

// current returns the desk's credentials with today's revocation list and
// settlement's certificate, renewed if they were due.
func (d *desk) current(ctx context.Context, authority string) (*enrolment.Credentials, error) {
	c, err := enrolment.Load(d.unit)
	if err != nil {
		return nil, err
	}
	keeper := enrolment.NewMaintainer(d.unit, c, enrolment.Options{AuthorityURL: authority, Log: d.log})
	if err := keeper.Refresh(ctx); err != nil {
		return nil, err
	}
	return keeper.Current(), nil
}

// handOver gives the code to whoever enrols the wallet.
func handOver(io streams, wallet, code, file string) error {
	fmt.Fprintf(io.err, "Enrol wallet %s with this code within a day. It works once; keep it private.\n", wallet)
	if file == "" {
		_, err := fmt.Fprintln(io.out, code)
		return err
	}
	if err := os.WriteFile(file, []byte(code+"\n"), 0o600); err != nil {
		return fmt.Errorf("write enrolment code: %w", err)
	}
	return json.NewEncoder(io.out).Encode(map[string]string{"wallet": wallet, "codeFile": file})
}
