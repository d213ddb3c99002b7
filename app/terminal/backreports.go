package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/app/terminal/anchor"
	"countersign/app/terminal/office"
	"countersign/app/terminal/paper"
	"countersign/app/terminal/receipt"
	"countersign/app/terminal/report"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// This file is shifts and reports as the manager's pages ask for them.

func (b backoffice) OpenShift(ctx context.Context, float protocol.Amount) (staff.Shift, error) {
	if err := b.may(office.ToOpenShift); err != nil {
		return staff.Shift{}, err
	}
	return b.desk.OpenShift(ctx, float)
}

// CloseShift closes the shift with a count. That settlement could not be asked stands in
// the report; that it holds another head does not, so that it is said.
func (b backoffice) CloseShift(ctx context.Context, counted protocol.Amount) (report.Report, error) {
	if err := b.may(office.ToCloseShift); err != nil {
		return report.Report{}, err
	}
	z, err := b.closeShift(ctx, b.books, counted)
	return z.Report, unsaid(err)
}

// unsaid is what is left of an error of closeShift to be said beside the report.
func unsaid(err error) error {
	if errors.Is(err, errUncompared) && !errors.Is(err, anchor.ErrContradicted) {
		return nil
	}
	return err
}

func (b backoffice) Report(ctx context.Context) (report.Report, error) {
	if err := b.may(office.ToReport); err != nil {
		return report.Report{}, err
	}
	return b.books.X(ctx)
}

func (b backoffice) Zs(ctx context.Context, before uint64, limit int) ([]report.Report, error) {
	if err := b.may(office.ToZs); err != nil {
		return nil, err
	}
	list, err := b.books.Zs(ctx, before, limit)
	reports := make([]report.Report, 0, len(list))
	for _, z := range list {
		reports = append(reports, z.Report)
	}
	return reports, err
}

// document is a report on paper, in the till's language.
func (b backoffice) document(r report.Report) paper.Document {
	return receipt.Report(r, b.shop(), "", b.phrases(), time.Local)
}

func (b backoffice) PrintReport(_ context.Context, r report.Report) error {
	if err := b.may(office.ToPrintReport); err != nil {
		return err
	}
	return b.printDocument(b.document(r))
}

func (b backoffice) SaveReport(_ context.Context, r report.Report, folder string) (string, error) {
	if err := b.may(office.ToSaveReport); err != nil {
		return "", err
	}
	what := "x-report"
	if r.Kind == report.KindZ {
		what = fmt.Sprintf("z-report-%05d", r.Number)
	}
	file, err := b.newFile(folder, what, "pdf", time.Now())
	if err != nil {
		return "", err
	}
	err = paper.PDF(b.document(r), paper.A4(), r.To, file)
	return file.Name(), closed(file, err)
}
