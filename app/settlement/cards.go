package main

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"time"

	"countersign/app/program"
	"countersign/app/settlement/admin"
	"countersign/app/settlement/settle"
)

// cardSettings are the terms of virtual cards.
type cardSettings struct {
	ceiling, confirmAbove string
	life                  time.Duration
}

func (c *cardSettings) register(flags *flag.FlagSet) {
	flags.StringVar(&c.ceiling, "card-ceiling", "", "the `amounts` that a virtual card holds at most, such as CNY=1000.00 (default 1000.00)")
	flags.StringVar(&c.confirmAbove, "card-confirm-above", "", "up to which `amounts` a virtual card pays without its owner's word, such as CNY=200.00 (default 200.00)")
	flags.DurationVar(&c.life, "card-life", 0, "how long a virtual card pays before its wallet renews it (default 8760h)")
}

// apply reads what the flags say.
func (c *cardSettings) apply(p *settle.Policy) (err error) {
	if p.CardCeiling, err = amounts("--card-ceiling", c.ceiling); err != nil {
		return err
	}
	if p.CardConfirmAbove, err = amounts("--card-confirm-above", c.confirmAbove); err != nil {
		return err
	}
	if c.life < 0 {
		return program.Usagef("--card-life is not to be negative")
	}
	p.CardLife = c.life
	return nil
}

// cardCommand is a command about one virtual card.
type cardCommand struct {
	name  string
	need  string // the flag that is needed beside --card; empty for none
	order func(admin.Client, context.Context, admin.CardOrder) (any, error)
}

func (c cardCommand) run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var m admin.CardOrder
	flags := program.NewFlags(c.name, stderr)
	flags.StringVar(&m.Mark, "card", "", "the card's `mark`, 32 hex digits: see card list")
	need := []string{"card"}
	switch c.need {
	case "reason":
		flags.StringVar(&m.Reason, "reason", "", "`why`: it is kept with the card")
		need = append(need, c.need)
	case "reference":
		flags.StringVar(&m.Reference, "reference", "", "your own `reference`: the same order again is the same release")
		need = append(need, c.need)
	}
	client, _, err := remote(flags, args, need...)
	if err != nil {
		return err
	}
	answer, err := c.order(client, ctx, m)
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(answer)
}

func listCards(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	client, _, err := remote(program.NewFlags("settlement card list", stderr), args)
	if err != nil {
		return err
	}
	all, err := client.Cards(ctx)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(stdout)
	for _, c := range all {
		if err := lines.Encode(c); err != nil {
			return err
		}
	}
	return nil
}

func showCard(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return cardCommand{"settlement card show", "", func(c admin.Client, ctx context.Context, m admin.CardOrder) (any, error) {
		return c.Card(ctx, m)
	}}.run(ctx, args, stdout, stderr)
}

func blockCard(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return cardCommand{"settlement card block", "reason", func(c admin.Client, ctx context.Context, m admin.CardOrder) (any, error) {
		return map[string]string{"blocked": m.Mark}, c.BlockCard(ctx, m)
	}}.run(ctx, args, stdout, stderr)
}

func unblockCard(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return cardCommand{"settlement card unblock", "reason", func(c admin.Client, ctx context.Context, m admin.CardOrder) (any, error) {
		return map[string]string{"unblocked": m.Mark}, c.UnblockCard(ctx, m)
	}}.run(ctx, args, stdout, stderr)
}

func releaseCard(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return cardCommand{"settlement card release", "reference", func(c admin.Client, ctx context.Context, m admin.CardOrder) (any, error) {
		given, err := c.ReleaseCard(ctx, m)
		return map[string]string{"released": given.Balance}, err
	}}.run(ctx, args, stdout, stderr)
}

func closeDeduction(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var m admin.CloseOrder
	flags := program.NewFlags("settlement card close", stderr)
	flags.StringVar(&m.Mark, "card", "", "the card's `mark`, 32 hex digits: see card list")
	flags.Uint64Var(&m.Counter, "counter", 0, "the deduction's `counter`: see card list")
	flags.StringVar(&m.To, "to", "", "`where` its money goes: shop, as if its terminal had handed it in, or card")
	flags.StringVar(&m.Reason, "reason", "", "`why`: it is kept with the deduction")
	flags.StringVar(&m.Merchant, "merchant", "", "the shop's `reference`, if its terminal has served more than one")
	flags.StringVar(&m.Hash, "hash", "", "the beginning of the deduction's `hash`, if more than one was reported under the counter: see card show")
	client, _, err := remote(flags, args, "card", "counter", "to", "reason")
	if err != nil {
		return err
	}
	answer, err := client.CloseCard(ctx, m)
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(answer)
}
