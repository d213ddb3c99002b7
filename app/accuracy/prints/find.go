package prints

import (
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Print is one impression of one finger.
type Print struct {
	Finger, Impression string
	File               string
}

// Base is a data base: the prints of one folder, in order of finger and impression.
type Base struct {
	Name   string // the folder below the collection's, slash-separated, or the collection's own name
	Prints []Print
	// Marked says that the folder, or one above it in the collection, has a file
	// named [Marker]: its prints were made up.
	Marked bool
}

// Marker is the name of the file that marks a folder of prints, and those below it,
// as made up. What it says does not matter.
const Marker = "MADE-UP"

var named = regexp.MustCompile(`(?i)^(.+)_([0-9]+)\.(png|bmp|tiff?)$`)

// Find returns the data bases in a folder and all below it, sorted by name. Names that begin
// with a dot are passed over; of one impression in several formats one file is taken.
func Find(folder string) ([]Base, error) {
	found := map[string]*Base{}
	marked := map[string]bool{}
	err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(entry.Name(), ".") && file != folder {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		inside, err := filepath.Rel(folder, filepath.Dir(file))
		if err != nil || entry.IsDir() {
			return err
		}
		inside = filepath.ToSlash(inside)
		if entry.Name() == Marker {
			marked[inside] = true
		}
		if parts := named.FindStringSubmatch(entry.Name()); parts != nil {
			if found[inside] == nil {
				found[inside] = &Base{Name: inside}
			}
			found[inside].add(Print{Finger: parts[1], Impression: parts[2], File: file})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for prints: %w", err)
	}
	var bases []Base
	for _, b := range found {
		for dir := b.Name; ; dir = path.Dir(dir) {
			b.Marked = b.Marked || marked[dir]
			if dir == "." {
				break
			}
		}
		if b.Name == "." {
			whole, err := filepath.Abs(folder)
			if err != nil {
				return nil, fmt.Errorf("look for prints: %w", err)
			}
			b.Name = filepath.Base(whole)
		}
		slices.SortFunc(b.Prints, func(p, q Print) int {
			return slices.Compare([]string{p.Finger, p.Impression}, []string{q.Finger, q.Impression})
		})
		bases = append(bases, *b)
	}
	slices.SortFunc(bases, func(a, b Base) int { return strings.Compare(a.Name, b.Name) })
	return bases, nil
}

// add adds p, unless the impression is there already.
func (b *Base) add(p Print) {
	same := func(q Print) bool { return q.Finger == p.Finger && q.Impression == p.Impression }
	if !slices.ContainsFunc(b.Prints, same) {
		b.Prints = append(b.Prints, p)
	}
}
