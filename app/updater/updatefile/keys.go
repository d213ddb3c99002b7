package updatefile

import (
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
)

// Limits of key files.
const (
	mostKeys    = 4
	mostKeyFile = 4 << 10
)

// ReadKeys reads the public keys of a directory, its files *.pem ("PUBLIC KEY", RFC
// 8410): the present one, and the one that follows it. Any other file of that name, more
// than four and none at all are errors.
func ReadKeys(dir string) ([]ed25519.PublicKey, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.pem"))
	if err != nil {
		return nil, fmt.Errorf("read update keys: %w", err)
	}
	if len(names) == 0 || len(names) > mostKeys {
		return nil, fmt.Errorf("read update keys: %d keys in %s, one to %d are wanted", len(names), dir, mostKeys)
	}
	sort.Strings(names)
	var keys []ed25519.PublicKey
	for _, name := range names {
		der, err := readPEM(name, "PUBLIC KEY")
		if err != nil {
			return nil, fmt.Errorf("read update key: %w", err)
		}
		any, err := x509.ParsePKIXPublicKey(der)
		if err != nil {
			return nil, fmt.Errorf("read update key %s: %w", name, err)
		}
		key, ok := any.(ed25519.PublicKey)
		if !ok {
			return nil, fmt.Errorf("read update key %s: it is not an Ed25519 key", name)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// ReadSigner reads the key of whoever makes update files ("PRIVATE KEY", RFC 8410), as
// "openssl genpkey -algorithm ed25519" writes it.
func ReadSigner(name string) (crypto.Signer, error) {
	der, err := readPEM(name, "PRIVATE KEY")
	if err != nil {
		return nil, fmt.Errorf("read signing key: %w", err)
	}
	any, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("read signing key: it is not a private key in PKCS #8")
	}
	key, ok := any.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("read signing key: it is not an Ed25519 key")
	}
	return key, nil
}

// readPEM reads a file that has one block of a type and nothing else.
func readPEM(name, typ string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, mostKeyFile+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	block, rest := pem.Decode(text)
	if len(text) > mostKeyFile || block == nil || block.Type != typ || len(rest) > 0 {
		return nil, fmt.Errorf("%s is not one %s in PEM", name, typ)
	}
	return block.Bytes, nil
}
