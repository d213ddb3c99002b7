package updatefile

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const (
	magic = "countersign update 1\n"
	// signedTitle keeps a signature of a manifest from being one of anything else.
	signedTitle = "countersign update manifest 1\n"
)

// File is an update file whose manifest was verified; its payloads were not yet.
type File struct {
	Manifest Manifest
	rest     io.Reader
}

// Read reads the beginning of a file and verifies its manifest with any of the keys.
// Errors: ErrForm, ErrSignature, or of reading.
func Read(r io.Reader, keys []ed25519.PublicKey) (*File, error) {
	head := make([]byte, len(magic)+4)
	if err := readFull(r, head); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(head[len(magic):])
	if string(head[:len(magic)]) != magic || length > MostManifest {
		return nil, fmt.Errorf("%w: it does not begin as one", ErrForm)
	}
	text := make([]byte, int(length)+ed25519.SignatureSize)
	if err := readFull(r, text); err != nil {
		return nil, err
	}
	text, signature := text[:length], text[length:]
	genuine := false
	for _, k := range keys {
		genuine = genuine || ed25519.Verify(k, signedBytes(text), signature)
	}
	if !genuine {
		return nil, ErrSignature
	}
	m, err := parseManifest(text)
	if err != nil {
		return nil, err
	}
	return &File{Manifest: m, rest: r}, nil
}

func signedBytes(manifest []byte) []byte { return append([]byte(signedTitle), manifest...) }

func readFull(r io.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it is cut short", ErrForm)
	}
	return err
}

// Extract writes the payloads into a directory, which it does not make, and brings them
// to the disk. It returns their paths in the manifest's order when every one of them is
// the manifest's and nothing follows them; otherwise ErrTampered or an error of reading
// and writing, and what is in the directory must not be used. It works once.
func (f *File) Extract(ctx context.Context, dir string) (paths []string, err error) {
	err = f.each(func(p Payload) error {
		path := filepath.Join(dir, p.Name)
		paths = append(paths, path)
		out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		if err = f.copy(ctx, p, out); err == nil {
			err = out.Sync()
		}
		return errors.Join(err, out.Close())
	})
	if err != nil {
		return nil, err
	}
	return paths, nil
}

// Verify is Extract without writing anything.
func (f *File) Verify(ctx context.Context) error {
	return f.each(func(p Payload) error { return f.copy(ctx, p, io.Discard) })
}

// each takes the payloads one after another, to the file's end.
func (f *File) each(take func(Payload) error) error {
	for _, p := range f.Manifest.Payloads {
		if err := take(p); err != nil {
			return fmt.Errorf("take %s out of the update file: %w", p.Name, err)
		}
	}
	if n, err := io.ReadFull(f.rest, make([]byte, 1)); n > 0 {
		return fmt.Errorf("%w: it goes on after its last payload", ErrTampered)
	} else if err != io.EOF {
		return fmt.Errorf("read the update file's end: %w", err)
	}
	return nil
}

// copy takes the next payload out.
func (f *File) copy(ctx context.Context, p Payload, out io.Writer) error {
	sum := sha256.New()
	n, err := io.CopyN(io.MultiWriter(out, sum), reader{ctx, f.rest}, p.Size)
	switch {
	case err == io.EOF:
		return fmt.Errorf("%w: cut short after %d of %d bytes", ErrTampered, n, p.Size)
	case err != nil:
		return err
	case hex.EncodeToString(sum.Sum(nil)) != p.SHA256:
		return fmt.Errorf("%w: its SHA-256 is another", ErrTampered)
	}
	return nil
}

// reader ends with its context.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}
