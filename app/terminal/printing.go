package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"countersign/app/terminal/logbook"
	"countersign/app/terminal/office"
	"countersign/app/terminal/paper"
	"countersign/app/terminal/receipt"
	"countersign/app/terminal/sale"
	"countersign/assets"
	"countersign/devices/printer"
)

// This file is paper and the drawer. Nothing of it holds a sale up or undoes one: what
// cannot be printed is told in the row of marks and can be printed again.

// openPrinter opens the receipt printer, if there is to be one.
func (t *terminal) openPrinter(ctx context.Context) (err error) {
	if t.printerAddress == "" {
		return nil
	}
	t.paper, err = printer.Open(ctx, printer.Settings{
		Address: t.printerAddress, DrawerPin: t.profile.DrawerPin, DrawerOpenLow: t.profile.DrawerOpenLow, Log: t.log,
	})
	return err
}

// shop is the head of everything that is printed.
func (t *terminal) shop() receipt.Shop {
	return receipt.Shop{Name: *t.papers.Current().Claims.Device.Name, Address: t.shopAddress, TaxNumber: t.taxNumber, Footer: t.footer}
}

// kick opens the drawer, if there is one.
func (t *terminal) kick() {
	if t.paper == nil {
		return
	}
	if _, err := t.paper.SubmitKick(); err != nil {
		t.log.Error("drawer not opened", "error", err.Error())
	}
}

// paidOver says that a sale that goes through settlement was paid just now. before is the
// view that stood until now.
func paidOver(before, now sale.View) bool {
	same := before.Stage == now.Stage && before.Number == now.Number
	return !same && now.Stage == sale.Ended && now.Ending == sale.Paid && now.Cash == nil
}

// printPaid has the receipts printed of sales by scan and tap, as they are paid in front of
// the customer. Cash's are printed by whoever sells for it. It is to be added when the till
// is there.
func (t *terminal) printPaid() func(sale.View) {
	var before sale.View
	return func(now sale.View) {
		if paidOver(before, now) {
			t.printed(now.Number, false)
		}
		before = now
	}
}

// printed has a receipt printed where that is done without being asked, behind whatever
// goes on.
func (t *terminal) printed(number uint64, again bool) {
	if t.paper == nil || !t.autoPrint {
		return
	}
	t.seen.Add(number)
	t.behind.Go(func() {
		if err := t.print(t.life, number, again); err != nil {
			t.log.Error("receipt not printed", slog.Uint64("number", number), "error", err.Error())
		}
	})
}

// Print hands a sale's receipt to the printer; the screen asks again for one more.
func (t *terminal) Print(number uint64) error {
	if t.paper == nil {
		return office.ErrNoPrinter
	}
	again := t.seen.Add(number)
	t.behind.Go(func() {
		if err := t.print(t.life, number, again); err != nil {
			t.log.Error("receipt not printed", slog.Uint64("number", number), "error", err.Error())
		}
	})
	return nil
}

// finding is how long a receipt's sale may be looked for.
const finding = 10 * time.Second

// print prints a receipt: what happened, as the journal has it.
func (t *terminal) print(ctx context.Context, number uint64, again bool) error {
	if t.paper == nil {
		return office.ErrNoPrinter
	}
	ctx, stop := context.WithTimeout(ctx, finding)
	defer stop()
	facts, err := t.facts(ctx, number)
	if err != nil {
		return fmt.Errorf("print receipt of %d: %w", number, err)
	}
	again = again || facts.Reprint
	facts.Reprint = again
	if err := t.printDocument(receipt.Document(facts, t.phrases(), time.Local)); err != nil {
		return err
	}
	return t.till.Printed(number, again)
}

// facts are what the journal knows of a sale, and whether its receipt was printed before.
func (t *terminal) facts(ctx context.Context, number uint64) (receipt.Facts, error) {
	detail, err := t.logbook.Sale(ctx, number)
	if err != nil {
		return receipt.Facts{}, err
	}
	facts := receipt.Facts{Shop: t.shop(), Terminal: t.papers.Current().Claims.Subject, Entry: detail.Entry, Printed: time.Now(), Code: true, Reprint: printedBefore(detail.Steps)}
	for _, r := range detail.Refunds {
		refund, err := t.logbook.Sale(ctx, r.Sale)
		if err != nil {
			return facts, err
		}
		facts.Refunds = append(facts.Refunds, refund.Entry)
	}
	return facts, nil
}

// printedBefore says whether a receipt is among what has become of a sale: also one of
// before the last start, so that no customer gets two that are both the first.
func printedBefore(steps []logbook.Step) bool {
	return slices.ContainsFunc(steps, func(s logbook.Step) bool { return s.Event == sale.EventPrinted || s.Event == sale.EventReprinted })
}

func (t *terminal) printDocument(d paper.Document) error {
	if t.paper == nil {
		return office.ErrNoPrinter
	}
	job, err := paper.ESCPOS(d, t.profile)
	if err != nil {
		return err
	}
	_, err = t.paper.Submit(job)
	return err
}

// TestPrinter prints a page that shows what the printer can do, and waits for it.
func (b backoffice) TestPrinter(ctx context.Context) error {
	if err := b.may(office.ToTestPrinter); err != nil {
		return err
	}
	if b.paper == nil {
		return office.ErrNoPrinter
	}
	d := receipt.TestPage(b.shop(), b.profile, time.Now(), b.phrases(), time.Local)
	raw, err := paper.ESCPOS(d, b.profile)
	if err != nil {
		return err
	}
	job, err := b.paper.Submit(raw)
	if err != nil {
		return err
	}
	return job.Wait(ctx)
}

// receiptCode is the text of a sale's code for the phone, where settlement has signed one.
func (t *terminal) receiptCode(number uint64) string {
	ctx, stop := context.WithTimeout(context.Background(), looking)
	defer stop()
	detail, err := t.logbook.Sale(ctx, number)
	if err != nil {
		return ""
	}
	return receipt.Code(detail.Entry)
}

// phrases are those of the till's present language.
func (t *terminal) phrases() assets.Phrasebook {
	book, err := assets.Phrases(t.preferred.Load().Language)
	if err != nil { // cannot be: it was set from the list of languages
		book, _ = assets.Phrases(assets.English)
	}
	return book
}

// printedOnce are the sales whose receipts were handed to the printer since the start.
type printedOnce struct {
	mu      sync.Mutex
	numbers map[uint64]bool
}

// Add says whether a number was there already.
func (p *printedOnce) Add(number uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.numbers == nil {
		p.numbers = map[uint64]bool{}
	}
	again := p.numbers[number]
	p.numbers[number] = true
	return again
}
