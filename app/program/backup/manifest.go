package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"time"
)

// Errors that a caller decides on. Each says by its method Hint what a person can do.
var (
	// ErrForeign says that a file never was a backup.
	ErrForeign error = &trouble{"this is no backup of Countersign", hintOther}
	// ErrNewer says that a later program has made it.
	ErrNewer error = &trouble{"this backup was made by a later version", "Install the version of this program that made it. Nothing was changed."}
	// ErrProgram says that it is another program's.
	ErrProgram error = &trouble{"this backup is of another program", hintOther}
	// ErrCut says that the end is missing.
	ErrCut error = &trouble{"this backup ends too early: it was not written or copied whole, or is damaged", hintBad}
	// ErrDamaged says that a checksum, or what it covers, is wrong.
	ErrDamaged error = &trouble{"this backup is damaged", hintBad}
	// ErrExists says that there is a file of that name.
	ErrExists error = &trouble{"there is such a file already", "Name another file: a backup is never written over."}
)

const (
	hintBad   = "Copy it again from where it was saved, or take the one before it. Nothing was changed."
	hintOther = "Name a file that the backup command of this program has made. Nothing was changed."
)

// trouble is an error with a hint.
type trouble struct{ what, hint string }

func (t *trouble) Error() string { return t.what }

// Hint says what a person can do about it.
func (t *trouble) Hint() string { return t.hint }

// About is what is known before the first record is written.
type About struct {
	// Program is whose store it is: "settlement".
	Program string `json:"program"`
	// Format is the layout of keys and values, and Schema the version of it: a
	// program reads what has its own schema or an earlier one.
	Format string `json:"format"`
	Schema int    `json:"schema"`
	// Store is what the records were read from: "file" or "postgresql".
	Store string `json:"store"`
	// Made is when the snapshot was taken.
	Made time.Time `json:"made"`
}

// Section is what one section holds.
type Section struct {
	Name    string `json:"name"`
	Records uint64 `json:"records"`
	// SHA256 is of its records' frames, in hex.
	SHA256 string `json:"sha256"`
}

// Manifest is the end of a backup.
type Manifest struct {
	About
	Sections []Section `json:"sections"`
	// Sums are the store's own: what it compares after a restoration.
	Sums json.RawMessage `json:"sums"`
}

// Tally makes the sections of a manifest out of records, as they are written and
// again as they are read back from the store into which they were restored. The zero
// value is ready; it is for one goroutine.
type Tally struct {
	done []Section
	open bool
	hash hash.Hash
}

// Section begins the next section.
func (t *Tally) Section(name string) {
	t.end()
	t.done, t.open = append(t.done, Section{Name: name}), true
	if t.hash == nil {
		t.hash = sha256.New()
	}
	t.hash.Reset()
}

// Record counts a record of the section that was begun last.
func (t *Tally) Record(key, value []byte) {
	var lengths [20]byte
	t.hash.Write(append(appendLength(lengths[:0], key), key...))     //nolint:errcheck // never fails
	t.hash.Write(append(appendLength(lengths[:0], value), value...)) //nolint:errcheck // never fails
	t.done[len(t.done)-1].Records++
}

func (t *Tally) end() {
	if t.open {
		t.done[len(t.done)-1].SHA256 = hex.EncodeToString(t.hash.Sum(nil))
		t.open = false
	}
}

// Sections ends the last section and returns all of them.
func (t *Tally) Sections() []Section {
	t.end()
	return t.done
}
