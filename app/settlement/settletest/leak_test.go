package settletest

import (
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
)

func TestLeaks(t *testing.T) {
	h := NewHand(t, 1)
	one, other := h.Template(h.Finger()), h.Template(h.Finger())
	leaks := LeaksOf(one)
	for name, content := range map[string]string{
		"raw":       "before" + string(one) + "after",
		"a part":    "x" + string(one[31:31+12]),
		"hex":       hex.EncodeToString(one[7:40]),
		"base64":    base64.StdEncoding.EncodeToString(append([]byte("x"), one...)),
		"base64url": base64.URLEncoding.EncodeToString(append([]byte("xy"), one...)),
	} {
		if leaks.In([]byte(content)) == "" {
			t.Errorf("%s is not found", name)
		}
	}
	clean := string(other) + hex.EncodeToString(other) + base64.StdEncoding.EncodeToString(other) + string(make([]byte, 100)) + string(one[:11])
	if found := leaks.In([]byte(clean)); found != "" {
		t.Errorf("found %s", found)
	}
	place := t.TempDir()
	if err := os.WriteFile(filepath.Join(place, "log"), one, 0o600); err != nil {
		t.Fatal(err)
	}
	if found, read, err := leaks.Under(place); len(found) != 1 || read != int64(len(one)) || err != nil {
		t.Errorf("%q in %d bytes, %v", found, read, err)
	}
}
