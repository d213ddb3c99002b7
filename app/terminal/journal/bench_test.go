package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"countersign/app/terminal/sale"
)

// BenchmarkAppend is one entry: a write and a sync of the copy, then one bbolt
// transaction, which syncs twice (pages, then the meta page). Compare with
// BenchmarkRawSync on the same disk in the same run.
func BenchmarkAppend(b *testing.B) {
	j := open(b, filepath.Join(b.TempDir(), "journal.db"))
	for n := uint64(1); b.Loop(); n++ {
		add(b, j, n, sale.EventEnded)
	}
}

// BenchmarkAppendTogether is one entry of many that are appended at once and
// share their syncs.
func BenchmarkAppendTogether(b *testing.B) {
	j := open(b, filepath.Join(b.TempDir(), "journal.db"))
	var n atomic.Uint64
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			add(b, j, n.Add(1), sale.EventEnded)
		}
	})
}

// BenchmarkRawSync writes as many bytes as an entry and syncs: the floor.
func BenchmarkRawSync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "raw"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	entry := bytes.Repeat([]byte("x"), 300)
	for b.Loop() {
		if _, err := f.Write(entry); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen opens a journal of 200,000 records, verified from a checkpoint
// 500 records before its end, and whole.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "journal.db")
	j := openWith(b, path, Options{Verify: testVerify})
	j.store.db.NoSync = true
	fillTogether(b, j, 199_500)
	mark(b, j)
	fillTogether(b, j, 500)
	if err := errors.Join(j.store.db.Sync(), j.Close()); err != nil {
		b.Fatal(err)
	}
	for name, verify := range map[string]func([]byte) (uint64, Hash, error){"checkpoint": testVerify, "whole": nil} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				j, err := Open(b.Context(), path, Options{Verify: verify})
				if err != nil {
					b.Fatal(err)
				}
				if list := j.Findings(); len(list) > 0 {
					b.Fatal(list)
				}
				b.StopTimer()
				if err := j.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}

// BenchmarkSold looks for one sale among 200,000 records.
func BenchmarkSold(b *testing.B) {
	j := open(b, filepath.Join(b.TempDir(), "journal.db"))
	j.store.db.NoSync = true
	fillTogether(b, j, 200_000)
	for b.Loop() {
		if s, err := j.Sold(b.Context(), 150_000, 0); err != nil || s.Sale.Sale != 150_000 {
			b.Fatal(s, err)
		}
	}
}

// fillTogether writes records in large groups.
func fillTogether(b *testing.B, j *Journal, records int) {
	b.Helper()
	for records > 0 {
		var group []*pending
		for range min(records, 1000) {
			e := sale.Entry{Sale: j.NextNumber(), Event: sale.EventEnded, At: morning, Amount: 7800, Currency: 156, Outcome: make([]byte, 200)}
			group = append(group, &pending{entry: e, text: entryText(b, e)})
		}
		j.writing.Lock()
		j.writeGroup(group)
		j.writing.Unlock()
		if group[0].err != nil {
			b.Fatal(group[0].err)
		}
		records -= len(group)
	}
}

func entryText(t testing.TB, e sale.Entry) []byte {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
