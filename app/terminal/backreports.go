package main

import (
	"context"
	"fmt"
	"time"

	"countersign/app/terminal/logbook"
	"countersign/app/terminal/paper"
	"countersign/app/terminal/receipt"
	"countersign/app/terminal/report"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// This file is shifts and reports as the manager's pages ask for them.

func (b backoffice) OpenShift(ctx context.Context, float protocol.Amount) (staff.Shift, error) {
	return b.desk.OpenShift(ctx, float)
}

// CloseShift closes the shift with a count. That settlement could not be asked stands in
// the report.
func (b backoffice) CloseShift(ctx context.Context, counted protocol.Amount) (report.Report, error) {
	z, err := b.books.Z(ctx, counted)
	return z.Report, err
}

func (b backoffice) Report(ctx context.Context) (report.Report, error) { return b.books.X(ctx) }

// zPage is how many events are looked through at a time for Z reports.
const zPage = 100

// Zs reads them from the journal, through the log's index.
func (b backoffice) Zs(ctx context.Context, before uint64, limit int) ([]report.Report, error) {
	var list []report.Report
	shop := *b.papers.Current().Claims.Device.Name
	for from := uint64(0); len(list) < limit; {
		page, err := b.logbook.EventPage(ctx, logbook.Query{Text: string(sale.EventZ), Before: from, Limit: zPage})
		if err != nil {
			return nil, err
		}
		for _, e := range page.Events {
			from = e.Record
			if e.Entry.Event != sale.EventZ {
				continue
			}
			z, err := report.Read(e.Entry, shop)
			if err != nil {
				return nil, err
			}
			if (before == 0 || z.Number < before) && len(list) < limit {
				list = append(list, z.Report)
			}
		}
		if !page.More {
			break
		}
	}
	return list, nil
}

// document is a report on paper, in the till's language.
func (b backoffice) document(r report.Report) paper.Document {
	return receipt.Report(r, b.shop(), "", b.phrases(), time.Local)
}

func (b backoffice) PrintReport(_ context.Context, r report.Report) error {
	return b.printDocument(b.document(r))
}

func (b backoffice) SaveReport(_ context.Context, r report.Report, folder string) (string, error) {
	what := "x-report"
	if r.Kind == report.KindZ {
		what = fmt.Sprintf("z-report-%05d", r.Number)
	}
	file, err := newFile(folder, what, "pdf", time.Now())
	if err != nil {
		return "", err
	}
	err = paper.PDF(b.document(r), paper.A4(), r.To, file)
	return file.Name(), closed(file, err)
}
