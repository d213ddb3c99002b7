package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"

	"countersign/app/program"
	"countersign/app/program/configuration"
	"countersign/app/terminal/staff"
	"countersign/app/terminal/welcome"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// enrolling is the command "enrol".
type enrolling struct {
	settings
	token                   program.NewToken
	code                    enrolmentCode
	manager, managerPINFile string
}

func (e *enrolling) register(flags *flag.FlagSet) {
	e.code.register(flags)
	e.token.Register(flags)
	flags.StringVar(&e.settlement, "settlement", "", "settlement's `URL`")
	flags.StringVar(&e.merchant, "merchant", "", "`reference` of the account to be credited, at most 16 bytes")
	flags.StringVar(&e.manager, "manager", "", "`name` of the first manager, if there is no staff yet")
	flags.StringVar(&e.managerPINFile, "manager-pin-file", "", "`file` with that manager's PIN")
}

// enrol is step 1 for a terminal (claim 3 steps a to d), and all else that a terminal has
// to be told before it can sell. It may be interrupted at any point and run again: what is
// done is left as it is.
func enrol(ctx context.Context, args []string, out, errOut io.Writer) (err error) {
	var e enrolling
	if err := e.parse("enrol", args, errOut, e.common, e.register); err != nil {
		return err
	}
	code, err := e.check()
	if err != nil {
		return err
	}
	if err := e.MakeData(); err != nil {
		return err
	}
	log, closeLog, err := e.OpenLog(errOut)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	if err := e.keepShop(args); err != nil {
		return err
	}
	if err := e.token.Initialise(e.SecureUnit()); err != nil {
		return err
	}
	unit, err := secureunit.Open(ctx, e.SecureUnit())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unit.Close()) }()
	c, err := enrolment.Enrol(ctx, enrolment.Over(unit, secureunit.Signing, secureunit.Agreement, secureunit.TLS), enrolment.Options{
		AuthorityURL: e.authority, Code: code, Role: protocol.RoleTerminal, Log: log,
	})
	if err != nil {
		return err
	}
	if err := e.addManager(ctx, log); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(map[string]any{
		"enrolled": c.Subject, "authority": c.Anchor.Authority, "expires": c.Claims.Expires.Time(),
	})
}

// check says what is missing or wrong, and returns the enrolment code.
func (e *enrolling) check() (code string, err error) {
	switch {
	case e.authority == "" || e.PINFile == "":
		return "", program.Usagef("enrol needs --authority and --pin-file")
	case (e.manager == "") != (e.managerPINFile == ""):
		return "", program.Usagef("--manager and --manager-pin-file belong together")
	case e.merchant != "" && !welcome.IsMerchant(e.merchant):
		return "", program.Usagef("--merchant takes 1 to 16 bytes without spaces")
	case e.settlement != "" && !welcome.IsAddress(e.settlement):
		return "", program.Usagef("--settlement takes an address, https://name:port")
	}
	if err := e.token.Check(); err != nil {
		return "", err
	}
	return e.code.read()
}

// keepShop keeps what the command line says of where sales go, for run, which has other
// flags. It is an error where the file or the environment say otherwise: they would go
// before it.
func (e *enrolling) keepShop(args []string) error {
	told := map[string]string{}
	for key, value := range map[string]string{"settlement": e.settlement, "merchant": e.merchant} {
		if e.origins[key].From == configuration.CommandLine {
			told[key] = value
		}
	}
	if len(told) == 0 {
		return nil
	}
	if err := e.keep(told); err != nil {
		return err
	}
	file := e.file
	if _, err := os.Stat(file); err != nil { // the machine's, which need not be there
		file = ""
	}
	var run terminal
	if err := run.parse("run", []string{"--data", e.Data, "--config", file}, io.Discard, run.ofRun()...); err != nil {
		return err
	}
	for key, has := range map[string]string{"settlement": run.settlement, "merchant": run.merchant} {
		if value, is := told[key]; is && has != value {
			return fmt.Errorf("%s: %s is %q there, and goes before the --%s %q of this command: let them say the same", run.origins[key].At, key, has, key, value)
		}
	}
	return nil
}

// addManager adds the first manager, if there is nobody yet.
func (e *enrolling) addManager(ctx context.Context, log *slog.Logger) (err error) {
	if e.manager == "" {
		return nil
	}
	t, err := e.openTeam(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	if !t.Empty() {
		return nil
	}
	pin, err := readPIN(e.managerPINFile, nil)
	if err != nil {
		return err
	}
	defer clear(pin)
	return t.Add(ctx, nil, protocol.ID(e.manager), staff.Manager, pin)
}

// enrolmentCode is where enrol has its code from. Unlike a PIN it may stand on the
// command line, for installations that nobody attends: it serves one device once.
type enrolmentCode struct{ text, file string }

func (c *enrolmentCode) register(flags *flag.FlagSet) {
	flags.StringVar(&c.text, "code", "", "the enrolment `code` itself, CS1E:…, which serves once")
	flags.StringVar(&c.file, "code-file", "", "`file` with the enrolment code, CS1E:…")
}

func (c *enrolmentCode) read() (string, error) {
	if (c.text == "") == (c.file == "") {
		return "", program.Usagef("enrol needs either --code or --code-file")
	}
	if c.text != "" {
		return c.text, nil
	}
	text, err := os.ReadFile(c.file)
	if err != nil {
		return "", fmt.Errorf("read enrolment code: %w", err)
	}
	return string(text), nil
}
