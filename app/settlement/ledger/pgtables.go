package ledger

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"countersign/protocol"
)

// table is how PostgreSQL keeps a bucket: a key, and columns of what is kept.
type table struct {
	bucket, name string
	key          column
	columns      []column
	// mutable says whether records are replaced; the others are only added.
	mutable bool
	// repeated says whether the same may be added again, which changes nothing.
	repeated bool
	// row returns the columns of a write.
	row func(w write) []any
	// value returns what was written, from key and columns.
	value func(key []byte, row []any) ([]byte, error)
	// decode returns what a value encodes, for row; nil where row asks for the value
	// alone.
	decode func(value []byte) (any, error)

	sql statements
}

// column is of numbers (int64) or of bytes (nil is NULL).
type column struct {
	name   string
	number bool
}

func text(name string) column { return column{name, false} }
func num(name string) column  { return column{name, true} }

// tables is how all buckets but meta are kept.
func tables() map[string]*table {
	list := []*table{
		recorded(bucketAccounts, "accounts", "id", func(a Account) []any {
			return []any{int64(a.Class), int64(a.Currency), int64(a.Kind), bytesOrNil(a.Wallet)}
		}, num("class"), num("currency"), num("kind"), text("wallet")),
		{bucket: bucketBalances, name: "balances", key: text("account"), columns: []column{num("amount")}, mutable: true,
			row:   func(w write) []any { return []any{int64(number(w.value))} },
			value: func(_ []byte, row []any) ([]byte, error) { return numberKey(uint64(row[0].(int64))), nil }},
		entriesTable(),
		{bucket: bucketMovements, name: "movements", key: text("key"),
			row:   func(write) []any { return nil },
			value: func([]byte, []any) ([]byte, error) { return []byte{}, nil }},
		recorded(bucketSales, "sales", "key", func(s Sale) []any {
			return []any{int64(s.Amount), int64(s.Currency), int64(s.Reference), int64(s.Refunded), bytesOrNil(s.Payer), bytesOrNil(s.Merchant), int64(s.Acknowledged)}
		}, num("amount"), num("currency"), num("reference"), num("refunded"), text("payer"), text("merchant"), num("acknowledged")),
		owned(bucketReferences, "sale_references", num("number"), "sale", saleKey, saleOf),
		owned(bucketRequests, "sale_requests", text("request"), "sale", saleKey, saleOf),
		{bucket: bucketPrints, name: "prints", key: text("mark"), columns: []column{text("sale"), num("attempt")}, decode: decodeAs[PrintUse],
			row: func(w write) []any {
				u := w.v.(PrintUse)
				return []any{saleKey(u.Sale), int64(u.Attempt)}
			},
			value: func(_ []byte, row []any) ([]byte, error) {
				k, err := saleOf(row[0].([]byte))
				if err != nil {
					return nil, err
				}
				return cbor.Marshal(PrintUse{Sale: k, Attempt: uint8(row[1].(int64))})
			}},
		recorded(bucketFailures, "failures", "wallet_key", func(f Failures) []any {
			return []any{int64(f.Count), int64(f.Last)}
		}, num("count"), num("last")),
		recorded(bucketRefunds, "refunds", "key", func(r Refund) []any {
			return []any{int64(r.Reference), int64(r.Amount), int64(r.Currency), int64(r.State), int64(r.Number)}
		}, num("reference"), num("amount"), num("currency"), num("state"), num("number")),
		owned(bucketRefundNumbers, "refund_numbers", num("number"), "refund", refundKey, refundOf),
		recorded(bucketAuthorisations, "authorisations", "key", func(a Authorisation) []any {
			return []any{[]byte(a.Card), []byte(a.Merchant), int64(a.Amount), int64(a.Currency), int64(a.Trace), int64(a.State)}
		}, text("card"), text("merchant"), num("amount"), num("currency"), num("trace"), num("state")),
		{bucket: bucketOpen, name: "open_authorisations", key: text("key"), repeated: true,
			row:   func(write) []any { return nil },
			value: func([]byte, []any) ([]byte, error) { return []byte{1}, nil }},
		constant(recorded(bucketAnchors, "anchors", "key", func(a Anchor) []any { return []any{int64(a.Sequence)} }, num("sequence"))),
		recorded(bucketHeads, "heads", "terminal", func(a Anchor) []any { return []any{int64(a.Sequence)} }, num("sequence")),
		constant(recorded(bucketLoads, "loads", "reference", func(l Load) []any {
			return []any{int64(l.Kind), []byte(l.Account), int64(l.Amount), int64(l.Entry)}
		}, num("kind"), text("account"), num("amount"), num("entry"))),
		constant(recorded(bucketChanges, "changes", "key", func(Change) []any { return nil })),
		recorded(bucketPurses, "purses", "number", func(p Purse) []any {
			return []any{[]byte(p.Wallet), int64(p.Currency), int64(p.Sequence), int64(p.Loaded), int64(p.Deducted), int64(p.Cleared), int64(p.Blocked)}
		}, text("wallet"), num("currency"), num("sequence"), num("loaded"), num("deducted"), num("cleared"), num("blocked")),
		constant(recorded(bucketMarks, "card_marks", "mark", func(protocol.CardNumber) []any { return nil })),
		recorded(bucketHolders, "card_holders", "holder", func(protocol.CardNumber) []any { return nil }),
		constant(recorded(bucketApplications, "applications", "key", func(Application) []any { return nil })),
		constant(recorded(bucketPurseLoads, "purse_loads", "key", func(l PurseLoad) []any {
			return []any{int64(l.Amount), int64(l.Total), int64(l.Entry)}
		}, num("amount"), num("total"), num("entry"))),
		constant(recorded(bucketRefusedLoads, "refused_loads", "key", func(RefusedLoad) []any { return nil })),
		recorded(bucketDeductions, "deductions", "key", func([]Deduction) []any { return nil }),
		recorded(bucketReports, "reports", "key", func(r Report) []any { return []any{int64(r.Closed)} }, num("closed")),
		recorded(bucketTaps, "taps", "key", func(t Tap) []any {
			return []any{int64(t.Amount), int64(t.Currency), int64(t.Reference), int64(t.Refunded), int64(t.Entry)}
		}, num("amount"), num("currency"), num("reference"), num("refunded"), num("entry")),
		{bucket: bucketPurseReferences, name: "purse_references", key: num("number"), columns: []column{text("record")},
			row:   func(w write) []any { return []any{w.value} },
			value: func(_ []byte, row []any) ([]byte, error) { return row[0].([]byte), nil }},
		constant(recorded(bucketPurseTransfers, "purse_transfers", "transfer", func(m PurseTransfer) []any {
			return []any{int64(m.Amount), int64(m.Result), int64(m.Reference), int64(m.Entry)}
		}, num("amount"), num("result"), num("reference"), num("entry"))),
		recorded(bucketBlocked, "blocked_cards", "mark", func(b BlockedCard) []any { return []any{int64(b.Why)} }, num("why")),
		recorded(bucketBlocklist, "blocklist", "one", func(n uint64) []any { return []any{int64(n)} }, num("sequence")),
		recorded(bucketProbes, "live_prints", "key", func(p Probe) []any { return []any{int64(p.Number)} }, num("number")),
		recorded(bucketProbeHeads, "live_print_counts", "wallet", func(p Probes) []any { return []any{int64(p.Number)} }, num("number")),
		constant(recorded(bucketFingerEvents, "finger_events", "key", func(e FingerEvent) []any {
			return []any{[]byte(e.Wallet), int64(e.At), int64(e.Outcome)}
		}, text("wallet"), num("at"), num("outcome"))),
		recorded(bucketTerminalStates, "terminal_states", "terminal", func(s TerminalState) []any { return []any{int64(s.Heard)} }, num("heard")),
		constant(recorded(bucketZMarks, "z_marks", "key", func(z ZMark) []any { return []any{int64(z.Received)} }, num("received"))),
		recorded(bucketStoreUsers, "store_users", "key", func(u StoreUser) []any {
			return []any{[]byte(u.Merchant), int64(u.Failures)}
		}, text("merchant"), num("failures")),
		opaque(bucketDeposits, "deposits", "digest"),
		recorded(bucketErasures, "erasures", "digest", func(e Erasure) []any {
			return []any{int64(e.Number), []byte(e.Wallet), int64(e.Overwritten)}
		}, num("number"), text("wallet"), num("overwritten")),
		opaque(bucketCertificates, "certificates", "signer"),
	}
	byBucket := make(map[string]*table, len(list))
	for _, t := range list {
		t.sql = t.statements()
		byBucket[t.bucket] = t
	}
	return byBucket
}

// recorded is a table with the record itself in its last column; facts are the
// columns before it.
func recorded[T any](bucket, name, key string, facts func(T) []any, columns ...column) *table {
	return &table{bucket: bucket, name: name, key: text(key), columns: append(columns, text("record")), mutable: true, decode: decodeAs[T],
		row: func(w write) []any { return append(facts(w.v.(T)), w.value) },
		value: func(_ []byte, row []any) ([]byte, error) {
			raw := row[len(row)-1].([]byte)
			var v T
			if err := cbor.Unmarshal(raw, &v); err != nil {
				return raw, nil // the reader says so
			}
			for n, fact := range facts(v) {
				if !sameFact(fact, row[n]) {
					return nil, fmt.Errorf("ledger: %s in %s is not what its record says", columns[n].name, name)
				}
			}
			return raw, nil
		}}
}

// opaque is a table of what is no CBOR of ours, under its own hash.
func opaque(bucket, name, key string) *table {
	return &table{bucket: bucket, name: name, key: text(key), columns: []column{text("record")}, repeated: true,
		row:   func(w write) []any { return []any{w.value} },
		value: func(_ []byte, row []any) ([]byte, error) { return row[0].([]byte), nil }}
}

// owned is a table that finds what a number or hash belongs to.
func owned[K any](bucket, name string, key column, owner string, encode func(K) []byte, decode func([]byte) (K, error)) *table {
	return &table{bucket: bucket, name: name, key: key, columns: []column{text(owner)}, decode: decodeAs[K],
		row: func(w write) []any { return []any{encode(w.v.(K))} },
		value: func(_ []byte, row []any) ([]byte, error) {
			k, err := decode(row[0].([]byte))
			if err != nil {
				return nil, err
			}
			return cbor.Marshal(k)
		}}
}

// decodeAs is a table's decode.
func decodeAs[T any](value []byte) (any, error) {
	var v T
	err := cbor.Unmarshal(value, &v)
	return v, err
}

func constant(t *table) *table {
	t.mutable = false
	return t
}

func sameFact(a, b any) bool {
	x, isBytes := a.([]byte)
	if !isBytes {
		return a == b
	}
	y, _ := b.([]byte)
	return (x == nil) == (y == nil) && bytes.Equal(x, y)
}

func bytesOrNil[T ~string](s T) []byte {
	if s == "" {
		return nil
	}
	return []byte(s)
}

// column of a key: bbolt's numbers are big-endian.
func (t *table) keyOf(raw []byte) any {
	if !t.key.number {
		return raw
	}
	if len(raw) == 0 {
		return int64(math.MinInt64) // before all others
	}
	return int64(number(raw))
}

func (t *table) rawKey(key any) []byte {
	if n, ok := key.(int64); ok {
		return numberKey(uint64(n))
	}
	return key.([]byte)
}

// statements are what a table is read and written with. $1, $2, … are arrays, a
// column each, so that one statement serves many rows.
type statements struct {
	get, insert, replace, upsert, remove string
	// walk reads on in order of keys: from $1, after $1, and both up to $2; the
	// last argument is how many rows.
	from, after, fromUntil, afterUntil string
}

func (t *table) statements() statements {
	all := append([]column{t.key}, t.columns...)
	names, arrays, sets, excluded := make([]string, len(all)), make([]string, len(all)), []string{}, []string{}
	for n, c := range all {
		kind := "bytea"
		if c.number {
			kind = "bigint"
		}
		names[n], arrays[n] = c.name, fmt.Sprintf("$%d::%s[]", n+1, kind)
		if n > 0 {
			sets = append(sets, fmt.Sprintf("%s = v.%s", c.name, c.name))
			excluded = append(excluded, fmt.Sprintf("%s = excluded.%s", c.name, c.name))
		}
	}
	list, unnest, key := strings.Join(names, ", "), "unnest("+strings.Join(arrays, ", ")+")", t.key.name
	kind := strings.TrimPrefix(strings.TrimSuffix(arrays[0], "[]"), "$1")
	s := statements{
		get:    fmt.Sprintf("SELECT %s FROM %s WHERE %s = ANY($1%s[])", list, t.name, key, kind),
		insert: fmt.Sprintf("INSERT INTO %s (%s) SELECT * FROM %s", t.name, list, unnest),
		remove: fmt.Sprintf("DELETE FROM %s WHERE %s = ANY($1%s[])", t.name, key, kind),
	}
	walk := func(begin, end, limit string) string {
		return fmt.Sprintf("SELECT %s FROM %s WHERE %s %s $1%s%s ORDER BY %s LIMIT %s", list, t.name, key, begin, kind, end, key, limit)
	}
	until := fmt.Sprintf(" AND %s < $2%s", key, kind)
	s.from, s.after, s.fromUntil, s.afterUntil = walk(">=", "", "$2"), walk(">", "", "$2"), walk(">=", until, "$3"), walk(">", until, "$3")
	switch {
	case t.repeated:
		s.insert += " ON CONFLICT DO NOTHING"
	case t.mutable:
		s.upsert = s.insert + fmt.Sprintf(" ON CONFLICT (%s) DO UPDATE SET %s", key, strings.Join(excluded, ", "))
		s.replace = fmt.Sprintf("UPDATE %s AS t SET %s FROM %s AS v(%s) WHERE t.%s = v.%s", t.name, strings.Join(sets, ", "), unnest, list, key, key)
	}
	return s
}
