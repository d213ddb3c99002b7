package updatefile

import (
	"crypto"
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

// Write makes an update file of packages, which are read twice. Manifest.Payloads is
// filled in from them; key is an Ed25519 key, which may be in a token. The same input
// gives the same bytes.
func Write(w io.Writer, key crypto.Signer, m Manifest, packages []string) error {
	if _, ok := key.Public().(ed25519.PublicKey); !ok {
		return errors.New("write update file: the key is not an Ed25519 key")
	}
	m.Payloads = nil
	for _, path := range packages {
		p, err := measure(path)
		if err != nil {
			return fmt.Errorf("write update file: %w", err)
		}
		m.Payloads = append(m.Payloads, p)
	}
	text, err := m.encode()
	if err == nil {
		err = m.check()
	}
	if err == nil && len(text) > MostManifest {
		err = fmt.Errorf("%w: the manifest is too long", ErrForm)
	}
	if err != nil {
		return fmt.Errorf("write update file: %w", err)
	}
	signature, err := key.Sign(nil, signedBytes(text), crypto.Hash(0))
	if err != nil {
		return fmt.Errorf("sign update file: %w", err)
	}
	head := append(binary.BigEndian.AppendUint32([]byte(magic), uint32(len(text))), text...)
	if _, err := w.Write(append(head, signature...)); err != nil {
		return fmt.Errorf("write update file: %w", err)
	}
	for n, path := range packages {
		if err := add(w, path, m.Payloads[n]); err != nil {
			return fmt.Errorf("write update file: %w", err)
		}
	}
	return nil
}

func measure(path string) (Payload, error) {
	sum := sha256.New()
	n, err := copyFile(sum, path)
	return Payload{Name: filepath.Base(path), Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

func add(w io.Writer, path string, p Payload) error {
	sum := sha256.New()
	n, err := copyFile(io.MultiWriter(w, sum), path)
	if err == nil && (n != p.Size || hex.EncodeToString(sum.Sum(nil)) != p.SHA256) {
		err = fmt.Errorf("%s was changed meanwhile", path)
	}
	return err
}

func copyFile(w io.Writer, path string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(w, f)
	return n, errors.Join(err, f.Close())
}
