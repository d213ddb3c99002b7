package ledger

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// queue asks for the records of some keys.
func (t *table) queue(batch *pgx.Batch, keys []any, found func(key, value []byte)) {
	batch.Queue(t.sql.get, array(t.key, keys)).Query(func(rows pgx.Rows) error {
		return t.read(rows, func(key, value []byte) error {
			found(key, value)
			return nil
		})
	})
}

// read hands over the rows of a query for key and columns.
func (t *table) read(rows pgx.Rows, visit func(key, value []byte) error) error {
	numbers, texts := make([]int64, len(t.columns)+1), make([][]byte, len(t.columns)+1)
	into := make([]any, len(t.columns)+1)
	columns := append([]column{t.key}, t.columns...)
	for n, c := range columns {
		if c.number {
			into[n] = &numbers[n]
		} else {
			into[n] = &texts[n]
		}
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		row := make([]any, len(columns))
		for n, c := range columns {
			if c.number {
				row[n] = numbers[n]
			} else {
				row[n] = texts[n]
			}
		}
		key := t.rawKey(row[0])
		value, err := t.value(key, row[1:])
		if err != nil {
			return fmt.Errorf("%w in %s: %w", errDamaged, t.name, err)
		}
		if err := visit(key, value); err != nil {
			return err
		}
	}
	return rows.Err()
}

var errDamaged = errors.New("ledger: damaged row")

// array is a column of many rows, as PostgreSQL takes it.
func array(c column, values []any) any {
	if c.number {
		list := make([]int64, len(values))
		for n, v := range values {
			list[n] = v.(int64)
		}
		return list
	}
	list := make([][]byte, len(values))
	for n, v := range values {
		list[n], _ = v.([]byte)
	}
	return list
}

// arrays turns writes into the arguments of a statement.
func (t *table) arrays(list []write) []any {
	columns := make([][]any, len(t.columns)+1)
	for _, w := range list {
		columns[0] = append(columns[0], t.keyOf(w.key))
		for n, v := range t.row(w) {
			columns[n+1] = append(columns[n+1], v)
		}
	}
	arguments := []any{array(t.key, columns[0])}
	for n, c := range t.columns {
		arguments = append(arguments, array(c, columns[n+1]))
	}
	return arguments
}

// store adds a table's writes to a batch; known says what is kept already.
func (t *table) store(batch *pgx.Batch, list []write, known map[string][]byte) {
	var removed []any
	byStatement := map[string][]write{}
	for _, w := range list {
		if w.value == nil {
			removed = append(removed, t.keyOf(w.key))
			continue
		}
		old, asked := known[w.bucket+"\x00"+string(w.key)]
		statement := t.sql.insert
		switch {
		case t.mutable && old != nil:
			statement = t.sql.replace
		case t.mutable && !asked:
			statement = t.sql.upsert
		}
		byStatement[statement] = append(byStatement[statement], w)
	}
	if len(removed) > 0 {
		batch.Queue(t.sql.remove, array(t.key, removed))
	}
	for _, statement := range sortedBuckets(byStatement) {
		batch.Queue(statement, t.arrays(byStatement[statement])...)
	}
}
