package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"countersign/app/accuracy/prints"
	"countersign/app/program/wholefile"
	"countersign/protocol/minutiae"
)

// The cache keeps what an extractor found in a picture, four bytes a minutia, under
// the digest of the picture, its resolution and the extractor's name. It does not
// know when an extractor was changed: then its folder is to be deleted.

const cachedBytes = 4

// openCache makes the folder. The minutiae of real fingers have no place in the
// project: a folder inside of it is refused.
func (o *options) openCache() error {
	if o.cache == "" {
		return nil
	}
	whole, err := filepath.Abs(o.cache)
	if err != nil {
		return fmt.Errorf("open cache: %w", err)
	}
	for dir := whole; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return fmt.Errorf("the cache would hold minutiae of fingers: keep it outside of %s", dir)
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	o.cache = whole
	if err := os.MkdirAll(whole, 0o700); err != nil {
		return fmt.Errorf("open cache: %w", err)
	}
	return nil
}

func (o *options) cached(e extractor, p prints.Picture) string {
	digest := p.Digest()
	key := sha256.Sum256(fmt.Appendf(nil, "%s %d %x", e.name, p.DPI, digest))
	return filepath.Join(o.cache, fmt.Sprintf("%x", key[:16]))
}

// recall returns what the cache has.
func (o *options) recall(e extractor, p prints.Picture) ([]minutiae.Minutia, bool) {
	if o.cache == "" {
		return nil, false
	}
	data, err := os.ReadFile(o.cached(e, p))
	if err != nil || len(data)%cachedBytes != 0 {
		return nil, false
	}
	ms := make([]minutiae.Minutia, 0, len(data)/cachedBytes)
	for ; len(data) > 0; data = data[cachedBytes:] {
		ms = append(ms, minutiae.Minutia{X: data[0], Y: data[1], Kind: minutiae.Kind(data[2]), Angle: data[3]})
	}
	return ms, true
}

func (o *options) remember(e extractor, p prints.Picture, ms []minutiae.Minutia) error {
	if o.cache == "" {
		return nil
	}
	data := make([]byte, 0, cachedBytes*len(ms))
	for _, m := range ms {
		data = append(data, m.X, m.Y, byte(m.Kind), m.Angle)
	}
	if err := wholefile.Replace(o.cached(e, p), data); err != nil {
		return fmt.Errorf("fill cache: %w", err)
	}
	return nil
}
