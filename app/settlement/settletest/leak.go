package settletest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"countersign/protocol"
)

// leakRun is how many bytes of a template in a row are taken for a leak: four
// minutiae.
const leakRun = 12

// Leaks finds what others must not read of prints.
type Leaks struct {
	// traces are runs of the templates' bytes, as they are and as text would have them,
	// by their first four bytes.
	traces map[[4]byte][]trace
}

type trace struct {
	bytes []byte
	as    string
}

// LeaksOf looks for these templates: each run of twelve bytes, raw, in hexadecimal
// of either case and in base64 of either alphabet at any alignment.
func LeaksOf(templates ...protocol.Template) *Leaks {
	l := &Leaks{traces: map[[4]byte][]trace{}}
	for _, template := range templates {
		minutiae := bytes.TrimRight(template, "\x00") // padding tells nothing
		for from := 0; from+leakRun <= len(minutiae); from++ {
			run := minutiae[from : from+leakRun]
			text := hex.EncodeToString(run)
			l.add(run, "raw")
			l.add([]byte(text), "hexadecimal")
			l.add([]byte(strings.ToUpper(text)), "hexadecimal")
			l.add([]byte(base64.RawStdEncoding.EncodeToString(run)), "base64")
			l.add([]byte(base64.RawURLEncoding.EncodeToString(run)), "base64")
		}
	}
	return l
}

func (l *Leaks) add(b []byte, as string) {
	first := [4]byte(b)
	l.traces[first] = append(l.traces[first], trace{bytes.Clone(b), as})
}

// In returns how the content leaks a print, empty if it does not.
func (l *Leaks) In(content []byte) string {
	for n := 0; n+4 <= len(content); n++ {
		for _, t := range l.traces[[4]byte(content[n:])] {
			if bytes.HasPrefix(content[n:], t.bytes) {
				return fmt.Sprintf("%s at %d", t.as, n)
			}
		}
	}
	return ""
}

// Under returns how the files under a directory leak a print, and how many bytes
// were read. Files that vanish meanwhile are none.
func (l *Leaks) Under(root string) (leaks []string, read int64, err error) {
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return gone(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return gone(err)
		}
		read += int64(len(content))
		if found := l.In(content); found != "" {
			leaks = append(leaks, path+": "+found)
		}
		return nil
	})
	return leaks, read, err
}

func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
