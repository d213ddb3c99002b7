package settle

import (
	"bytes"
	"testing"
)

func FuzzReadNote(f *testing.F) {
	for _, n := range []int{0, 31, 32, 63, 64, 65} {
		f.Add(bytes.Repeat([]byte{7}, n))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		n, err := readNote(raw)
		if (err == nil) != (len(raw) == 32 || len(raw) == 64) {
			t.Errorf("%d bytes: %v", len(raw), err)
		}
		if err == nil && !bytes.Equal(n.bytes(), raw) {
			t.Errorf("%x is written again as %x", raw, n.bytes())
		}
	})
}
