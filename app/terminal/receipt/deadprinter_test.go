package receipt

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/paper"
	"countersign/app/terminal/sale"
	"countersign/assets"
	"countersign/devices/printer"
	"countersign/devices/printer/escpos"
	"countersign/devices/printer/virtualprinter"
)

// Printing never holds up or undoes a sale: with a printer that answers nothing and then is gone, sales are journalled and end as
// they would without one, each receipt is given up in words or comes out when the printer is back, and what was printed is in
// the journal beside the sale.
func TestDeadPrinterNeitherHoldsUpNorUndoesASale(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	book, err := assets.Phrases("en")
	if err != nil {
		t.Fatal(err)
	}
	records, err := journal.Open(ctx, filepath.Join(t.TempDir(), "journal"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer records.Close()
	settings := sale.Defaults()
	settings.Currency = 156
	till, err := sale.Open(ctx, settings, sale.Ports{Journal: records, Log: slog.New(slog.DiscardHandler), Now: time.Now, Show: func(sale.View) {}})
	if err != nil {
		t.Fatal(err)
	}
	defer till.Close()

	device, err := virtualprinter.New(virtualprinter.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	device.SetSilent(true)
	address, err := device.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p, err := printer.Open(ctx, printer.Settings{Address: "tcp:" + address.String(), Answer: 2 * time.Second, Poll: 20 * time.Millisecond,
		Retry: 5 * time.Millisecond, KickKeep: 50 * time.Millisecond, Most: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	profile, err := escpos.ByName("80mm")
	if err != nil {
		t.Fatal(err)
	}

	var jobs []*printer.Job
	var refused int
	for range 12 { // two more than the queue holds
		begun := time.Now()
		e, err := till.SellForCash(sale.Bill{Amount: 7800}, 10_000)
		if err != nil {
			t.Fatalf("the sale itself: %v", err)
		}
		sold := time.Now()
		job, err := paper.ESCPOS(Document(Facts{Shop: corner(), Entry: e}, book, time.UTC), profile)
		if err != nil {
			t.Fatal(err)
		}
		set := time.Now()
		if j, err := p.Submit(job); errors.Is(err, printer.ErrFull) {
			refused++
		} else if err != nil {
			t.Fatal(err)
		} else {
			jobs = append(jobs, j)
		}
		if took := time.Since(set); took > 50*time.Millisecond {
			t.Errorf("sale %d: handing its receipt in took %v (selling %v)", e.Sale, took, sold.Sub(begun))
		}
		if err := till.Dismiss(); err != nil {
			t.Errorf("sale %d does not make room for the next: %v", e.Sale, err)
		}
	}
	if len(jobs) != 10 || refused != 2 {
		t.Errorf("%d jobs wait, %d were refused", len(jobs), refused)
	}
	for number := uint64(1); number <= 12; number++ {
		s, err := records.Sold(ctx, number, 0)
		if err != nil || !s.Paid() || s.Sale.Amount != 7800 {
			t.Errorf("sale %d is in the journal as %+v, %v", number, s.Sale, err)
		}
	}
	if s := p.State(); s.Waiting != 10 {
		t.Errorf("state %+v", s)
	}
	if _, err := p.SubmitKick(); err != nil { // a drawer opens however many receipts wait
		t.Errorf("a kick into a full queue: %v", err)
	}
	device.SetSilent(false) // it is back: nothing was lost, and all in their order
	for i, j := range jobs {
		if err := j.Wait(ctx); err != nil {
			t.Fatalf("receipt %d: %v (%s)", i+1, err, printer.Hint(err))
		}
		if err := till.Printed(uint64(i+1), false); err != nil {
			t.Error(err)
		}
	}
	if err := device.Err(); err != nil {
		t.Error(err)
	}
	if n := len(device.Paper().Sheets); n != 10 {
		t.Errorf("%d receipts came out", n)
	}
	p.Close()
	if _, err := till.SellForCash(sale.Bill{Amount: 100}, 100); err != nil {
		t.Errorf("a sale without any printer: %v", err)
	}
}
