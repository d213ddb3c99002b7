package logbook

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"countersign/app/terminal/logbook/store"
	"countersign/protocol/money"
)

func FuzzSummary(f *testing.F) {
	whole, err := summary{Used: 3, Currency: 156}.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:20])
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := decodeSummary(b)
		if err != nil {
			if !errors.Is(err, store.ErrDamaged) {
				t.Errorf("unnamed error %v", err)
			}
			return
		}
		if again, err := s.encode(); err != nil || len(again) != len(whole) {
			t.Errorf("%d bytes, %v", len(again), err)
		}
	})
}

// Whatever a person types is an amount that can be, or none.
func FuzzAmountOf(f *testing.F) {
	for _, text := range []string{"78.00", "¥1,234.50", "1.234,50", "78", "7,8", "1.234", "-5", "٣", "1e9", "eur", "99999999999"} {
		f.Add(text, uint16(156))
		f.Add(text, uint16(48))
		f.Add(text, uint16(392))
	}
	f.Fuzz(func(t *testing.T, text string, currency uint16) {
		if a, ok := amountOf(text, currency); ok && (a < 1 || a > money.MaxMinor) {
			t.Errorf("%q is %d", text, a)
		}
	})
}

func TestAmountOf(t *testing.T) {
	for _, test := range []struct {
		text     string
		currency uint16
		want     int64
	}{
		{"78", 156, 7800}, {"78.0", 156, 7800}, {"78,00", 156, 7800}, {"¥78.00", 156, 7800}, {"1,234.50", 156, 123450}, {"1.234,50", 978, 123450},
		{"1.234,50€", 978, 123450}, {"1,234", 156, 123400}, {"1'234.50", 156, 123450}, {"cny78", 156, 7800}, {"1.234", 48, 1234}, {"500", 392, 500}, {"1,500", 392, 1500},
		{"anna", 156, 0}, {"0", 156, 0}, {"000123", 156, 0},
	} {
		if have, ok := amountOf(test.text, test.currency); have != test.want && ok || ok != (test.want != 0) {
			t.Errorf("%q in %d is %d, %v, want %d", test.text, test.currency, have, ok, test.want)
		}
	}
}

// Whatever bytes a block has, questions about it are answered.
func FuzzBlock(f *testing.F) {
	f.Add([]byte{1}, "anna 78")
	f.Add([]byte{0xff, 0, 3, 9}, "")
	f.Add([]byte("every column has these bytes again and again"), "7 tap")
	f.Fuzz(func(t *testing.T, pattern []byte, text string) {
		if len(pattern) == 0 {
			return
		}
		from := &records{}
		from.add(t, oddities()...)
		b := openNew(t, from)
		everything(t, b)
		b.mu.Lock()
		copy(b.x.rows[0].bytes, bytes.Repeat(pattern, blockSize/len(pattern)+1))
		b.mu.Unlock()
		ask := func(what string, err error) {
			if err != nil && !errors.Is(err, ErrTooMany) {
				t.Errorf("%s: %v", what, err)
			}
		}
		_, err := b.Find(t.Context(), Query{Text: text})
		ask("find", err)
		_, err = b.Find(t.Context(), Query{Problems: true, From: time.Unix(1, 0)})
		ask("find", err)
		_, err = b.Problems(t.Context())
		ask("problems", err)
		_, err = b.Takings(t.Context(), time.Time{}, time.Time{}, ByDay)
		ask("takings", err)
		_, err = b.Refusals(t.Context(), time.Time{}, time.Time{})
		ask("refusals", err)
		_, err = b.RecordsOf(t.Context(), 1, 77)
		ask("records", err)
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
}

// What the disk loses while the log is open is made again by the question that finds
// it.
func TestDamagedWhileOpen(t *testing.T) {
	from := &records{}
	from.add(t, newStreet(12).sales(2_500)...)
	path := filepath.Join(t.TempDir(), "index")
	b := openAt(t, path, from)
	want := everything(t, b)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = openAt(t, path, from)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole { // every page but the first
		whole[n] ^= 0x40
	}
	page := os.Getpagesize()
	if _, err := f.WriteAt(whole[8*page:], int64(8*page)); err != nil {
		t.Fatal(err)
	}
	have, err := b.Find(context.Background(), Query{Limit: 1 << 20})
	if err != nil || !reflect.DeepEqual(have, want) {
		t.Errorf("%d rows, want %d, %v", have.Count, want.Count, err)
	}
}
