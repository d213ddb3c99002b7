package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"countersign/app/program"
	"countersign/app/terminal/journal"
	"countersign/app/terminal/logbook"
	"countersign/app/terminal/paper"
	"countersign/app/terminal/receipt"
	"countersign/assets"
	"countersign/protocol"
)

// receiptCommand is "terminal receipt": the receipt of one sale as a file, to be sent to a
// customer or kept. It reads the journal's copy and changes nothing, so that the terminal
// may run meanwhile; what it writes is marked as a copy.
func receiptCommand(ctx context.Context, args []string, out, errOut io.Writer) (err error) {
	x := exporting{zone: "Local"}
	var number uint64
	var terminal string
	err = x.parse("receipt", args, errOut, func(flags *flag.FlagSet) {
		flags.StringVar(&x.Data, "data", "", "data `directory`")
		flags.Uint64Var(&number, "number", 0, "the sale's `number`")
		flags.StringVar(&x.format, "format", "pdf", "`kind`: pdf, roll (a PDF 80 mm wide) or text")
		flags.StringVar(&x.out, "out", "", "`file` to write, which appears when it is whole; standard output without it")
		flags.StringVar(&x.zone, "zone", "Local", "time `zone`, Asia/Shanghai")
		flags.StringVar(&x.language, "language", assets.English, "`tag` of the language")
		flags.StringVar(&terminal, "terminal", "", "the terminal's `name` on the receipt")
		flags.StringVar(&x.shopName, "shop-name", "", "the shop's `name`")
		flags.StringVar(&x.shopLines, "shop-lines", "", "`lines` below it, | between them")
		flags.StringVar(&x.taxNumber, "tax-number", "", "the shop's tax `number`")
		flags.StringVar(&x.footLines, "foot-lines", "", "`lines` at the end, | between them")
	})
	if err != nil {
		return err
	}
	if number == 0 || x.shopName == "" {
		return program.Usagef("receipt needs --number and --shop-name")
	}
	write, known := map[string]func(paper.Document, io.Writer) error{
		"pdf":  func(d paper.Document, w io.Writer) error { return paper.PDF(d, paper.A4(), time.Now(), w) },
		"roll": func(d paper.Document, w io.Writer) error { return paper.PDF(d, paper.Roll80(), time.Now(), w) },
		"text": func(d paper.Document, w io.Writer) error { _, err := io.WriteString(w, paper.Plain(d, 48)); return err },
	}[x.format]
	if !known {
		return program.Usagef("--format is pdf, roll or text")
	}
	if x.location, err = time.LoadLocation(x.zone); err != nil {
		return program.Usagef("--zone: %w", err)
	}
	book, err := assets.Phrases(x.language)
	if err != nil {
		return program.Usagef("--language: %w", err)
	}
	facts := receipt.Facts{Shop: receipt.Shop{Name: x.shopName, TaxNumber: x.taxNumber}, Terminal: protocol.ID(terminal), Reprint: true, Printed: time.Now(), Code: true}
	if facts.Shop.Address, err = lines(x.shopLines); err != nil {
		return program.Usagef("--shop-lines: %w", err)
	}
	if facts.Shop.Footer, err = lines(x.footLines); err != nil {
		return program.Usagef("--foot-lines: %w", err)
	}
	if err := x.find(ctx, number, &facts); err != nil {
		return err
	}
	return x.into(out, func(w io.Writer) error { return write(receipt.Document(facts, book, x.location), w) })
}

// find reads what is known of a sale and its refunds from the journal's copy.
func (x *exporting) find(ctx context.Context, number uint64, facts *receipt.Facts) (err error) {
	s, err := journal.OpenSnapshot(ctx, x.journalFile())
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("no journal: %w", err)
	}
	if err != nil {
		return unread{err}
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	log, err := logbook.OpenSnapshot(ctx, s, logbook.Options{Location: x.location})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	detail, err := log.Sale(ctx, number)
	if err != nil {
		return fmt.Errorf("sale %d: %w", number, err)
	}
	facts.Entry = detail.Entry
	for _, r := range detail.Refunds {
		refund, err := log.Sale(ctx, r.Sale)
		if err != nil {
			return fmt.Errorf("refund %d: %w", r.Sale, err)
		}
		facts.Refunds = append(facts.Refunds, refund.Entry)
	}
	return nil
}
