package protocol_test

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"testing"

	"countersign/protocol"
)

// keptRecord is a record as a program might keep one.
type keptRecord struct {
	Version uint8             `cbor:"1,keyasint"`
	At      protocol.Time     `cbor:"2,keyasint"`
	Message []byte            `cbor:"3,keyasint"`
	Names   []string          `cbor:"4,keyasint"`
	Pair    *keptPair         `cbor:"5,keyasint"`
	Sums    map[string]uint64 `cbor:"6,keyasint"`
}

type keptPair struct {
	_    struct{} `cbor:",toarray"`
	Code protocol.Code
	Done bool
}

func someRecord() keptRecord {
	return keptRecord{Version: 1, At: 1_790_000_000, Message: []byte("message"), Names: []string{"one", "two"},
		Pair: &keptPair{Code: protocol.Code{1, 2, 3}, Done: true}, Sums: map[string]uint64{"b": 2, "a": 1}}
}

func TestARecordIsReadBackAsItWasKept(t *testing.T) {
	for _, record := range []keptRecord{someRecord(), {Version: 1}} {
		raw := ok[[]byte](t)(protocol.EncodeRecord(record))
		for range 8 { // maps have no order of their own
			if again := ok[[]byte](t)(protocol.EncodeRecord(record)); !bytes.Equal(again, raw) {
				t.Fatalf("encoded %x and %x", raw, again)
			}
		}
		var read keptRecord
		if err := protocol.DecodeRecord(raw, &read); err != nil || !reflect.DeepEqual(read, record) {
			t.Errorf("%v was read back as %v, %v", record, read, err)
		}
	}
}

func TestARecordInAnotherEncodingIsRefused(t *testing.T) {
	raw := ok[[]byte](t)(protocol.EncodeRecord(someRecord()))
	all := pairs(t, raw)
	tests := []struct {
		name string
		raw  []byte
	}{
		{"nothing", nil},
		{"cut short", raw[:len(raw)-1]},
		{"byte behind", append(slices.Clone(raw), 0)},
		{"longer head", longForm(raw)},
		{"indefinite length", append(append([]byte{0xbf}, body(all)...), 0xff)},
		{"tagged", append([]byte{0xd9, 0xd9, 0xf7}, raw...)},
		{"unknown field", join(append(slices.Clone(all), pair{[]byte{7}, []byte{1}}))},
		{"missing field", join(all[:len(all)-1])},
		{"repeated field", join(append(slices.Clone(all), all[0]))},
		{"fields out of order", join(append(slices.Clone(all[1:]), all[0]))},
		{"number in a longer form", join(append([]pair{{all[0].key, longForm(all[0].value)}}, all[1:]...))},
		{"text that is none", bytes.Replace(raw, []byte("one"), []byte("o\xffe"), 1)},
		{"another type", ok[[]byte](t)(protocol.EncodeRecord([]string{"one"}))},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if bytes.Equal(test.raw, raw) {
				t.Fatal("the record was not changed")
			}
			var read keptRecord
			wantError(t, protocol.DecodeRecord(test.raw, &read), protocol.ErrMalformed)
		})
	}
}

// What could not be read again is not kept.
func TestARecordBeyondTheBoundsIsNotEncoded(t *testing.T) {
	many := map[uint64]bool{}
	for n := range uint64(64) {
		many[n] = true
	}
	within := []any{many, make([]uint8, 1<<20-5), make([]uint64, 16384)}
	for _, v := range within {
		raw := ok[[]byte](t)(protocol.EncodeRecord(v))
		read := reflect.New(reflect.TypeOf(v))
		if err := protocol.DecodeRecord(raw, read.Interface()); err != nil || !reflect.DeepEqual(read.Elem().Interface(), v) {
			t.Errorf("%T of %d bytes is not read back: %v", v, len(raw), err)
		}
	}
	many[64] = true
	deep := any(1)
	for range 9 {
		deep = []any{deep}
	}
	for _, v := range []any{many, make([]uint8, 1<<20-4), make([]uint64, 16385), deep} {
		if raw, err := protocol.EncodeRecord(v); !errors.Is(err, protocol.ErrRange) {
			t.Errorf("%T is encoded to %d bytes: %v", v, len(raw), err)
		}
	}
}

// FuzzDecodeRecord: whatever is read is written the same again.
func FuzzDecodeRecord(f *testing.F) {
	for _, record := range []any{someRecord(), keptRecord{}, keptPair{}} {
		f.Add(ok[[]byte](f)(protocol.EncodeRecord(record)))
	}
	f.Add([]byte{0xbf, 1, 1, 0xff})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var read keptRecord
		if err := protocol.DecodeRecord(raw, &read); err != nil {
			wantError(t, err, protocol.ErrMalformed)
			return
		}
		if again, err := protocol.EncodeRecord(read); err != nil || !bytes.Equal(again, raw) {
			t.Errorf("%x is written %x, %v", raw, again, err)
		}
	})
}
