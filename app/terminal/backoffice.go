package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"countersign/app/terminal/logbook"
	"countersign/app/terminal/office"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// backoffice is what the manager's pages can ask the terminal for. That a page is not
// offered keeps nobody out: each intent first asks the desk whether who is on duty may.
type backoffice struct{ *terminal }

// may says whether who is on duty may ask for an intent. At a counter without a staff
// whoever stands there runs the shop. Errors: staff.ErrNobody, staff.ErrNotAllowed.
func (b backoffice) may(i office.Intent) error {
	if b.desk.Empty() {
		return nil
	}
	if err := b.desk.Allow(i.Needs()...); err != nil {
		return fmt.Errorf("%s: %w", i, err)
	}
	return nil
}

// answerFor is how long a refund's page waits for settlement's answer; after that the
// refund goes on by itself, and its alert stands.
const answerFor = 20 * time.Second

func (b backoffice) PlanRefund(ctx context.Context, number uint64, amount protocol.Amount) (staff.Matter, error) {
	if err := b.may(office.ToPlanRefund); err != nil {
		return staff.Matter{}, err
	}
	return b.till.PlanRefund(ctx, number, 0, amount)
}

func (b backoffice) PlanVoid(ctx context.Context, number uint64) (staff.Matter, error) {
	if err := b.may(office.ToPlanVoid); err != nil {
		return staff.Matter{}, err
	}
	return b.till.PlanVoid(ctx, number)
}

func (b backoffice) GiveBack(ctx context.Context, ask office.Refund) (office.Refunded, error) {
	if err := b.may(office.ToGiveBack); err != nil {
		clear(ask.PIN)
		return office.Refunded{}, err
	}
	approval, err := b.desk.Approve(ctx, ask.Manager, ask.PIN, ask.Matter)
	clear(ask.PIN)
	if err != nil {
		return office.Refunded{}, err
	}
	number, err := b.till.RefundFor(ctx, ask.Matter, ask.Reason, approval)
	if err != nil {
		return office.Refunded{}, err
	}
	waiting, stop := context.WithTimeout(ctx, answerFor)
	defer stop()
	var r sale.RefundView
	_, err = b.views.until(waiting, func(v sale.View) bool {
		for _, r = range v.Refunds {
			if r.Number == number {
				return r.Stage == sale.Ended
			}
		}
		return false
	})
	if r.Number != number {
		return office.Refunded{Number: number}, nil
	}
	done := office.Refunded{Number: number, Cash: r.Rail == sale.RailCash, Ending: r.Ending, Reason: r.Reason}
	if err != nil { // no answer yet: the till goes on asking
		b.behind.Go(func() { b.late(number) })
		done.Ending, done.Reason = "", sale.ReasonNoAnswer
		return done, nil
	}
	if done.Cash && r.Ending == sale.Refunded {
		b.kick()
	}
	b.printed(number, false)
	return done, b.till.DismissRefund(number)
}

// late waits for the end of a refund whose page has gone, and prints its slip.
func (b backoffice) late(number uint64) {
	_, err := b.views.until(b.life, func(v sale.View) bool {
		for _, r := range v.Refunds {
			if r.Number == number {
				return r.Stage == sale.Ended
			}
		}
		return true // somebody else has taken it off
	})
	if err != nil {
		return // the program ends; the next start goes on with it
	}
	b.printed(number, false)
	if err := b.till.DismissRefund(number); err != nil {
		b.log.Info("late refund not taken off", "number", number, "error", err.Error())
	}
}

func (b backoffice) Reprint(ctx context.Context, number uint64) error {
	if err := b.may(office.ToReprint); err != nil {
		return err
	}
	return b.print(ctx, number, true)
}

func (b backoffice) MoveCash(_ context.Context, in bool, amount protocol.Amount, reason string) error {
	if err := b.may(office.ToMoveCash); err != nil {
		return err
	}
	if err := b.till.MoveCash(in, amount, reason); err != nil {
		return err
	}
	b.kick()
	return nil
}

func (b backoffice) OpenDrawer(_ context.Context, reason string) error {
	if err := b.may(office.ToOpenDrawer); err != nil {
		return err
	}
	if err := b.till.OpenDrawer(reason); err != nil {
		return err
	}
	b.kick()
	return nil
}

// Export writes into a new file of the folder.
func (b backoffice) Export(ctx context.Context, query logbook.Query, format logbook.Format, folder string) (office.Exported, error) {
	if err := b.may(office.ToExport); err != nil {
		return office.Exported{}, err
	}
	count, err := b.logbook.Find(ctx, query)
	if err != nil {
		return office.Exported{}, err
	}
	kind := "csv"
	if format == logbook.JSONLines {
		kind = "jsonl"
	}
	file, err := b.newFile(folder, "sales", kind, time.Now())
	if err != nil {
		return office.Exported{}, err
	}
	err = b.logbook.Export(ctx, file, query, format, time.Local)
	if err = closed(file, err); err != nil {
		return office.Exported{}, err
	}
	return office.Exported{File: file.Name(), Rows: count.Count}, nil
}

// newFile makes a file in one of the folders that there are, which a manager has chosen,
// under a name that says of when it is. A stick that was pulled out meanwhile is none: its
// path would be made anew on the terminal's own disk, for everybody with the next stick.
func (t *terminal) newFile(folder, what, kind string, at time.Time) (*os.File, error) {
	list := t.folders()
	n := slices.IndexFunc(list, func(f office.Folder) bool { return f.Path == folder })
	if n < 0 {
		return nil, fmt.Errorf("%w: %w", office.ErrFolder, os.ErrNotExist)
	}
	if !list[n].Removable {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, fmt.Errorf("%w: %w", office.ErrFolder, err)
		}
	}
	name := fmt.Sprintf("countersign-%s-%s.%s", what, at.Format("2006-01-02-150405"), kind)
	file, err := os.OpenFile(filepath.Join(folder, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", office.ErrFolder, err)
	}
	return file, nil
}

// closed closes a file that was written, for good; one that was not written whole is
// removed.
func closed(file *os.File, err error) error {
	if err == nil {
		if err = file.Sync(); err != nil {
			err = fmt.Errorf("%w: %w", office.ErrFolder, err)
		}
	}
	if late := file.Close(); err == nil && late != nil {
		err = fmt.Errorf("%w: %w", office.ErrFolder, late)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(file.Name()))
	}
	return err
}
