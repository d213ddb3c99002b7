package main

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
)

// options are what the command line says.
type options struct {
	data, out, cache string
	dpi              resolutions
	madeUp           bases
	extractors       []extractor
	jobs             int
	now              func() time.Time
}

// choose takes the extractors that are named.
func (o *options) choose(text string) error {
	o.extractors = nil
	for name := range strings.SplitSeq(text, ",") {
		found := false
		for _, e := range extractors() {
			if e.name == name {
				o.extractors, found = append(o.extractors, e), true
			}
		}
		if !found {
			return fmt.Errorf("there is no extractor %q, but %s", name, strings.Join(names(extractors()), ", "))
		}
	}
	return nil
}

// bases names data bases, each by its whole name or by the end of its path.
type bases []string

func (b *bases) add(name string) error {
	*b = append(*b, strings.Trim(path.Clean(name), "/"))
	return nil
}

// have tells whether name is among b.
func (b bases) have(name string) bool {
	for _, n := range b {
		if n == "all" || n == name || strings.HasSuffix(name, "/"+n) {
			return true
		}
	}
	return false
}

// resolutions says what resolution pictures have that tell none themselves.
type resolutions struct {
	otherwise int
	of        []struct {
		base bases
		dpi  int
	}
}

func (r *resolutions) String() string { return "" }

// Set takes "N" or "BASE=N".
func (r *resolutions) Set(text string) error {
	name, number, of := strings.Cut(text, "=")
	if !of {
		number = name
	}
	dpi, err := strconv.Atoi(number)
	if err != nil || dpi < 100 || dpi > 2000 {
		return fmt.Errorf("%q is no resolution of 100 to 2000 dpi", number)
	}
	if !of {
		r.otherwise = dpi
		return nil
	}
	var b bases
	err = b.add(name)
	r.of = append(r.of, struct {
		base bases
		dpi  int
	}{b, dpi})
	return err
}

// in returns the resolution for a data base.
func (r *resolutions) in(base string) int {
	for _, v := range r.of {
		if v.base.have(base) {
			return v.dpi
		}
	}
	return r.otherwise
}
