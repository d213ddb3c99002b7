package shop

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/app/program/subprocess"
)

// setUp is step 1 for everybody, and what must be there before a sale: accounts,
// money, windows.
func (s *Shop) setUp(ctx context.Context) error {
	for _, p := range []struct {
		at            **party
		name, program string
	}{
		{&s.authority, Authority, "authority"}, {&s.settlement, Settlement, "settlement"}, {&s.desk, Desk, "enrol"},
		{&s.terminal, Terminal, "terminal"}, {&s.wallet, Wallet, "wallet"},
	} {
		party, err := s.newParty(p.name, p.program)
		if err != nil {
			return err
		}
		*p.at = party
	}
	if _, err := s.authority.run(ctx, "init", s.authority.newUnit(), []string{"--name", authorityName}); err != nil {
		return err
	}
	address, err := s.serve(ctx, s.authority.command("serve", s.authority.unit()))
	if err != nil {
		return err
	}
	authority := "https://" + address
	settlement, err := s.openSettlement(ctx, authority)
	if err != nil {
		return err
	}
	activation, funded := make(chan string, 1), make(chan struct{})
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.Go(func() error {
		err := s.openAccounts(ctx, activation)
		if err == nil {
			close(funded)
		}
		return err
	})
	tasks.Go(func() error { return s.openTerminal(ctx, authority, settlement) })
	tasks.Go(func() error {
		code, err := s.takeFinger(ctx, authority)
		if err != nil {
			return err
		}
		return s.openWallet(ctx, authority, settlement, code, activation, funded)
	})
	return tasks.Wait()
}

// enrol has a party certified, with a code of the authority's.
func (s *Shop) enrol(ctx context.Context, p *party, words, authority, code string, flags ...string) error {
	file, err := p.file("enrolment-code", code)
	if err != nil {
		return err
	}
	_, err = p.run(ctx, words, p.newUnit(), []string{"--authority", authority, "--code-file", file}, flags)
	return err
}

// code has the authority give out an enrolment code.
func (s *Shop) code(ctx context.Context, role, subject string, flags ...string) (string, error) {
	return s.authority.run(ctx, "code", s.authority.data(), []string{"--role", role, "--subject", subject}, flags)
}

func (s *Shop) openSettlement(ctx context.Context, authority string) (string, error) {
	const hosts = "127.0.0.1,localhost"
	code, err := s.code(ctx, "settlement", settlementID, "--name", "Countersign", "--host", hosts)
	if err != nil {
		return "", err
	}
	if err := s.enrol(ctx, s.settlement, "enrol", authority, code, "--host", hosts); err != nil {
		return "", err
	}
	return s.serve(ctx, s.settlement.command("serve", s.settlement.unit(),
		[]string{"--authority", authority, "--pin-limit", currency + "=" + s.options.PINMost}))
}

// openAccounts opens the shop's account and the owner's, with money in it.
func (s *Shop) openAccounts(ctx context.Context, activation chan<- string) error {
	_, err := s.settlement.run(ctx, "merchant add", s.settlement.data(),
		[]string{"--reference", merchant, "--terminal", terminalID, "--name", shopName, "--currency", currency})
	if err != nil {
		return err
	}
	code, err := s.settlement.run(ctx, "account add", s.settlement.data(),
		[]string{"--number", s.options.Account, "--kind", "prepaid", "--currency", currency})
	if err != nil {
		return err
	}
	activation <- code
	_, err = s.settlement.run(ctx, "account load", s.settlement.data(), []string{"--number", s.options.Account, "--amount", s.options.Balance})
	return err
}

func (s *Shop) openTerminal(ctx context.Context, authority, settlement string) error {
	code, err := s.code(ctx, "terminal", terminalID, "--name", shopName)
	if err != nil {
		return err
	}
	link, err := s.options.Link(settlement)
	if err != nil {
		return err
	}
	if s.options.Counter.Unattended {
		return s.installTerminal(ctx, authority, "https://"+link, code)
	}
	if err := s.enrol(ctx, s.terminal, "enrol", authority, code); err != nil {
		return err
	}
	flags := []string{"--settlement", "https://" + link, "--authority", authority, "--merchant", merchant, "--currency", currency,
		"--camera", s.options.TerminalCamera, "--sensor", s.options.TerminalSensor, "--size", "1280x800",
		"--no-finger", "pin", "--pin-most", s.options.PINMost, "--language", s.options.Language, "--announce"}
	if s.options.ReaderEnv != "" {
		flags = append(flags, "--reader", "any")
		s.terminal.env = append(s.terminal.env, s.options.ReaderEnv)
	}
	s.terminalFlags = append(flags, s.options.Counter.Flags...)
	flags = s.terminalFlags
	if err := s.addStaff(ctx); err != nil {
		return err
	}
	return s.window(s.terminal, terminalTimes(flags, s.options.Life, s.options.AskFor))
}

// terminalTimes are the terminal's flags with its times, where they are not its own.
func terminalTimes(flags []string, life, askFor time.Duration) []string {
	flags = slices.Clone(flags)
	if life > 0 {
		flags = append(flags, "--life", life.String())
	}
	if askFor > 0 {
		flags = append(flags, "--ask-for", askFor.String())
	}
	return flags
}

// takeFinger has the officer's desk take the owner's finger, and returns the
// wallet's enrolment code, which the desk prints.
func (s *Shop) takeFinger(ctx context.Context, authority string) (string, error) {
	code, err := s.code(ctx, "desk", deskID)
	if err != nil {
		return "", err
	}
	if err := s.enrol(ctx, s.desk, "join", authority, code); err != nil {
		return "", err
	}
	c := s.desk.command("capture", s.desk.unit(), []string{"--authority", authority, "--wallet", walletID, "--sensor", s.options.DeskSensor, "--consent"})
	c.Stderr = func(line []byte) {
		if strings.HasPrefix(string(line), "Capture ") { // "Capture 2 of 3: place the finger …"
			s.options.Press()
		}
	}
	return subprocess.Run(ctx, c)
}

func (s *Shop) openWallet(ctx context.Context, authority, settlement, code string, activation <-chan string, funded <-chan struct{}) error {
	if err := s.enrol(ctx, s.wallet, "enrol", authority, code); err != nil {
		return err
	}
	var activated string
	select {
	case activated = <-activation:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	file, err := s.wallet.file("activation-code", activated)
	if err != nil {
		return err
	}
	link, err := s.options.PhoneLink(settlement)
	if err != nil {
		return err
	}
	at := []string{"--settlement", "https://" + link}
	_, err = s.wallet.run(ctx, "account add", s.wallet.unit(), at, []string{"--number", s.options.Account, "--activation-file", file})
	if err != nil {
		return err
	}
	s.walletFlags = append(at, "--size", "512x920", "--camera", s.options.PhoneCamera, "--language", s.options.Language, "--announce")
	if s.options.PhoneSensor != "" {
		s.walletFlags = append(s.walletFlags, "--sensor", s.options.PhoneSensor)
	}
	if s.options.Radio != "" {
		select {
		case <-funded:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := s.openCard(ctx, at); err != nil {
			return err
		}
		s.walletFlags = append(s.walletFlags, "--radio", s.options.Radio)
	}
	if err := s.setPIN(ctx); err != nil {
		return err
	}
	return s.window(s.wallet, s.walletFlags)
}

// openCard is S1 of CN103942678A: the owner applies for a virtual card and tops it up.
func (s *Shop) openCard(ctx context.Context, at []string) error {
	if _, err := s.wallet.run(ctx, "card apply", s.wallet.unit(), at); err != nil {
		return err
	}
	_, err := s.wallet.run(ctx, "card load", s.wallet.unit(), at, []string{"--amount", s.options.Load})
	return err
}

// setPIN sets the owner's PIN. From then on the secure screen asks before money is moved
// to the card.
func (s *Shop) setPIN(ctx context.Context) error {
	pin, err := s.wallet.file("owner-pin", s.options.PIN)
	if err != nil {
		return err
	}
	_, err = s.wallet.run(ctx, "pin set", s.wallet.unit(), []string{"--new-file", pin})
	return err
}

// window opens a party's window, whose announcements go to the chronicle.
func (s *Shop) window(p *party, flags []string) error {
	opening := p.unit()
	if p == s.terminal && s.options.Counter.Unattended {
		opening = nil // it is in the file
	}
	c := p.command("run", opening, flags)
	c.Stdout = func(line []byte) { p.chronicle.Announced(p.name, line) }
	_, err := s.stay(c)
	return err
}
