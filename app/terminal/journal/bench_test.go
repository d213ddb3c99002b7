package journal

import (
	"bytes"
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
