package logbook

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"countersign/app/terminal/logbook/store"
)

// ErrFormat says that an export was asked for in a format that there is not.
var ErrFormat = errors.New("the formats of an export are csv, csv-bom and jsonl")

// Export writes the sales and refunds of a query, oldest first, as they are read: Before
// and Limit do not count. Times are written in a time zone; nil for the book's.
//
// As CSV it is RFC 4180: a line of names, then a line for each sale, lines ended by
// CRLF, UTF-8. Amounts are decimals with a point, their currency beside them; net is
// what the sale adds to a sum. What people or other programs chose, and would be taken
// for a formula by a spreadsheet, has an apostrophe before it. As JSON lines it is one
// object a line, with amounts as decimals in text.
//
// Errors: ErrFormat, the writer's, the context's.
func (b *Book) Export(ctx context.Context, w io.Writer, q Query, f Format, in *time.Location) error {
	if in == nil {
		in = b.options.Location
	}
	buffered := bufio.NewWriterSize(w, 1<<16)
	var lines lineWriter
	switch f {
	case CSV, CSVWithMark:
		lines = newCSV(buffered, f == CSVWithMark)
	case JSONLines:
		lines = newJSONLines(buffered)
	default:
		return fmt.Errorf("%w: not %q", ErrFormat, f)
	}
	if err := lines.begin(); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	err := b.each(ctx, q, func(r Row, net int64) error { return lines.row(r, net, in) })
	if err == nil {
		err = errors.Join(lines.end(), buffered.Flush())
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// lineWriter writes an export line by line.
type lineWriter interface {
	begin() error
	row(r Row, net int64, in *time.Location) error
	end() error
}

// each calls visit for every row that fits, oldest first, while nobody has to wait for
// it: a block is read, then visited.
func (b *Book) each(ctx context.Context, q Query, visit func(r Row, net int64) error) error {
	var chosen selection
	var rows []Row
	var nets []int64
	for next := uint64(0); ; {
		more := false
		err := b.view(ctx, func(x *index, v store.View) error {
			rows, nets, more = rows[:0], nets[:0], false
			n, _ := slices.BinarySearch(x.blocks, next)
			if n == len(x.blocks) {
				return nil
			}
			in := x.blocks[n]
			more, next = true, in+1
			f := x.compile(q)
			if s, known := x.known(in); known && f.judge(s) == nothing {
				return nil
			}
			block, err := x.rowsOf(v, in)
			if err != nil {
				return err
			}
			chosen.choose(&f, in, block)
			for _, n := range chosen.rows {
				rows, nets = append(rows, b.rowOf(x, in, block, int(n))), append(nets, x.worth(block, int(n)))
			}
			return nil
		})
		if err != nil || !more {
			return err
		}
		for n, r := range rows {
			if err := visit(r, nets[n]); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}
