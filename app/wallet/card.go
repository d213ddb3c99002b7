package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"countersign/app/program"
	"countersign/app/wallet/trusted/commands"
	"countersign/protocol"
	"countersign/protocol/money"
)

// cardLine is the virtual card as scripts read it. It never has the whole number.
type cardLine struct {
	Card       bool   `json:"card"`
	Ending     string `json:"ending,omitempty"`
	Mark       string `json:"mark,omitempty"`
	Currency   string `json:"currency,omitempty"`
	Balance    string `json:"balance,omitempty"`
	Minor      int64  `json:"minor"`
	Waiting    int64  `json:"waiting,omitempty"`
	Unsettled  int    `json:"unsettled,omitempty"`
	Applying   bool   `json:"applying,omitempty"`
	Loading    bool   `json:"loading,omitempty"`
	Transfers  int    `json:"transfers,omitempty"`
	Blocked    bool   `json:"blocked,omitempty"`
	RolledBack bool   `json:"rolled_back,omitempty"`
}

func cardLineOf(v commands.CardView) cardLine {
	line := cardLine{
		Card: v.Card, Ending: v.Ending, Minor: int64(v.Balance), Waiting: int64(v.Waiting), Unsettled: v.Kept, Applying: v.Applying,
		Loading: v.Loading, Transfers: v.Transfers, Blocked: v.Blocked, RolledBack: v.RolledBack,
	}
	if v.Card {
		currency := money.Currency(v.Terms.Currency)
		line.Mark, line.Currency = v.Mark.String(), currency.String()
		line.Balance = money.Amount{Minor: int64(v.Balance), Currency: currency}.String()
	}
	return line
}

// withCard does something to the card and prints how it stands afterwards.
func (s *settings) withCard(ctx context.Context, out, errOut io.Writer, do func(*phone) error, more ...string) error {
	if s.Data == "" {
		return program.Usagef("a virtual card needs --data")
	}
	return s.withPhone(ctx, errOut, func(p *phone) error {
		if err := do(p); err != nil {
			return err
		}
		card, err := p.trusted.CardStatus(ctx)
		if err != nil {
			return err
		}
		return json.NewEncoder(out).Encode(cardLineOf(card))
	}, more...)
}

// withOwner is withCard where the owner is asked on the trusted screen. It has one where
// the owner has set a PIN: before, there is nobody to ask, and a phone can be set up
// without a display.
func (s *settings) withOwner(ctx context.Context, out, errOut io.Writer, do func(*phone) error) error {
	if err := s.checkLook(); err != nil {
		return err
	}
	if s.Data == "" {
		return program.Usagef("a virtual card needs --data")
	}
	var pin bool
	err := s.withPhone(ctx, errOut, func(p *phone) error {
		described, err := p.trusted.Describe(ctx)
		pin = described.PIN
		return err
	})
	if err != nil {
		return err
	}
	var screen []string
	if pin {
		screen = s.screenFlags()
	}
	return s.withCard(ctx, out, errOut, func(p *phone) error {
		if s.announce {
			p.announced = out
		}
		return do(p)
	}, screen...)
}

// applyCard applies for a virtual card (CN103942678A, step S1), renews it, or has another
// take the place of one that is of no more use.
func applyCard(ctx context.Context, args []string, out, errOut io.Writer) error {
	var s settings
	var account int
	err := s.parse("card apply", args, errOut, s.windowLook, func(flags *flag.FlagSet) {
		flags.IntVar(&account, "account", 0, "`index` of the account that loads come from, as accounts lists them, from 0")
	})
	if err != nil {
		return err
	}
	if s.settlement == "" {
		return program.Usagef("card apply needs --settlement")
	}
	return s.withOwner(ctx, out, errOut, func(p *phone) error { return p.trusted.ApplyCard(ctx, account) })
}

// loadCard tops the card up (step S1).
func loadCard(ctx context.Context, args []string, out, errOut io.Writer) error {
	var s settings
	var text string
	var waiting bool
	err := s.parse("card load", args, errOut, s.windowLook, func(flags *flag.FlagSet) {
		flags.StringVar(&text, "amount", "", "`amount` in the card's currency, such as 100.00")
		flags.BoolVar(&waiting, "waiting", false, "of what waits for the card at settlement, not from its account")
	})
	if err != nil {
		return err
	}
	if text == "" || s.settlement == "" {
		return program.Usagef("card load needs --amount and --settlement")
	}
	load := func(p *phone) error {
		amount, err := cardAmount(ctx, p, text)
		if err != nil {
			return err
		}
		return p.trusted.LoadCard(ctx, amount, waiting)
	}
	if waiting { // it is the card's already, and nobody is asked
		return s.withCard(ctx, out, errOut, load)
	}
	return s.withOwner(ctx, out, errOut, load)
}

// transferCard gives money to another card (step S1), which the owner confirms on the
// trusted screen.
func transferCard(ctx context.Context, args []string, out, errOut io.Writer) error {
	var s settings
	var text, to string
	err := s.parse("card transfer", args, errOut, s.windowLook, func(flags *flag.FlagSet) {
		flags.StringVar(&text, "amount", "", "`amount` in the card's currency, such as 100.00")
		flags.StringVar(&to, "to", "", "- for the `number` of the other card on standard input; given here every program on the machine can read it")
	})
	if err != nil {
		return err
	}
	if text == "" || to == "" || s.settlement == "" {
		return program.Usagef("card transfer needs --to, --amount and --settlement")
	}
	if to == onInput {
		if to, err = readNumber(os.Stdin); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(errOut, "warning: while this runs every program on the machine can read the number in --to; --to - takes it on standard input")
	}
	return s.withOwner(ctx, out, errOut, func(p *phone) error {
		amount, err := cardAmount(ctx, p, text)
		if err != nil {
			return err
		}
		return p.trusted.TransferCard(ctx, protocol.CardNumber(to), amount)
	})
}

// onInput says that a card's number comes on standard input.
const onInput = "-"

// mostInput bounds a number on standard input, with the spaces that people write.
const mostInput = 64

// readNumber reads a card's number, with or without spaces.
func readNumber(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, mostInput)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the number of the other card: %w", err)
	}
	number := strings.Join(strings.Fields(line), "")
	if err := protocol.CardNumber(number).Validate(); err != nil {
		return "", program.Usagef("standard input has no card's number") // what it has is nobody's business
	}
	return number, nil
}

// showNumber shows the owner the card's number on the trusted screen, and prints how
// the card stands: the number is printed nowhere.
func showNumber(ctx context.Context, args []string, out, errOut io.Writer) error {
	var s settings
	if err := s.parse("card number", args, errOut, s.windowLook); err != nil {
		return err
	}
	return s.withOwner(ctx, out, errOut, func(p *phone) error { return p.trusted.ShowCardNumber(ctx) })
}

// trustClock has the owner say on the trusted screen that the clock is right although it
// was ahead once.
func trustClock(ctx context.Context, args []string, out, errOut io.Writer) error {
	var s settings
	if err := s.parse("card clock", args, errOut, s.windowLook); err != nil {
		return err
	}
	return s.withOwner(ctx, out, errOut, func(p *phone) error { return p.trusted.TrustClock(ctx) })
}

// cardStatus prints how the card stands; with --settlement it is asked first.
func cardStatus(ctx context.Context, args []string, out, errOut io.Writer) error {
	var s settings
	if err := s.parse("card status", args, errOut); err != nil {
		return err
	}
	return s.withCard(ctx, out, errOut, func(p *phone) error {
		if s.settlement == "" {
			return nil
		}
		return p.trusted.RefreshCard(ctx)
	})
}

// cardAmount reads an amount in the card's currency.
func cardAmount(ctx context.Context, p *phone, text string) (protocol.Amount, error) {
	card, err := p.trusted.CardStatus(ctx)
	if err != nil {
		return 0, err
	}
	if !card.Card {
		return 0, program.Usagef("there is no virtual card yet: card apply")
	}
	amount, err := money.Parse(text, money.Currency(card.Terms.Currency))
	if err != nil || amount.Minor < 1 {
		return 0, program.Usagef("--amount %q is no amount", text)
	}
	return protocol.Amount(amount.Minor), nil
}
