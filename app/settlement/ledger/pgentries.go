package ledger

import (
	"github.com/fxamacker/cbor/v2"

	"countersign/protocol"
)

// entriesTable keeps every field of an entry in a column of its own.
func entriesTable() *table {
	return &table{bucket: bucketEntries, name: "entries", key: num("number"), decode: decodeAs[Entry],
		columns: []column{num("kind"), text("debit"), text("credit"), num("amount"), num("currency"), num("at"), text("sale"), text("refund")},
		row: func(w write) []any {
			e := w.v.(Entry)
			var sale, refund []byte
			if e.Sale != nil {
				sale = saleKey(*e.Sale)
			}
			if e.Refund != nil {
				refund = refundKey(*e.Refund)
			}
			return []any{int64(e.Kind), []byte(e.Debit), []byte(e.Credit), int64(e.Amount), int64(e.Currency), int64(e.At), sale, refund}
		},
		value: func(key []byte, row []any) ([]byte, error) {
			e := Entry{Sequence: number(key), Kind: EntryKind(row[0].(int64)), Debit: AccountID(row[1].([]byte)), Credit: AccountID(row[2].([]byte)),
				Amount: amountOf(row[3]), Currency: protocol.Currency(row[4].(int64)), At: protocol.Time(row[5].(int64))}
			if raw, _ := row[6].([]byte); raw != nil {
				k, err := saleOf(raw)
				if err != nil {
					return nil, err
				}
				e.Sale = &k
			}
			if raw, _ := row[7].([]byte); raw != nil {
				k, err := refundOf(raw)
				if err != nil {
					return nil, err
				}
				e.Refund = &k
			}
			return cbor.Marshal(e)
		}}
}

func amountOf(column any) protocol.Amount { return protocol.Amount(column.(int64)) }

// saleOf is the inverse of saleKey.
func saleOf(key []byte) (SaleKey, error) {
	terminal, code, err := splitKey(key, len(protocol.Code{}))
	if err != nil {
		return SaleKey{}, err
	}
	return SaleKey{Terminal: terminal, Scramble: protocol.Code(code)}, nil
}

// refundOf is the inverse of refundKey.
func refundOf(key []byte) (RefundKey, error) {
	terminal, code, err := splitKey(key, len(protocol.Code{}))
	if err != nil {
		return RefundKey{}, err
	}
	return RefundKey{Terminal: terminal, Key: protocol.Code(code)}, nil
}
