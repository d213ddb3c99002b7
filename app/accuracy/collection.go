package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"countersign/app/accuracy/prints"
)

// collection is the prints that are measured on.
type collection struct {
	name  string
	bases []base
}

// base is a data base whose pictures were read.
type base struct {
	prints.Base
	madeUp   bool
	pictures []prints.Picture // of each print; DPI is filled in
	fingers  int
	told     int // how many pictures told their resolution
}

// knownToBeMadeUp lists, by [prints.Picture.Digest], prints that nobody's finger
// left: the first impressions of the made-up fingers that the project has, and of the synthetic data bases (DB4, by
// SFinGe) in sets B of the Fingerprint Verification Competitions of 2002 and 2004.
//
//go:embed madeup.sha256
var knownToBeMadeUp string

// madeUpDigests returns the digests of knownToBeMadeUp.
func madeUpDigests() map[[32]byte]bool {
	known := map[[32]byte]bool{}
	lines := bufio.NewScanner(strings.NewReader(knownToBeMadeUp))
	for lines.Scan() {
		var sum [32]byte
		if n, err := hex.Decode(sum[:], lines.Bytes()[:min(64, len(lines.Bytes()))]); err == nil && n == len(sum) {
			known[sum] = true
		}
	}
	return known
}

// collect reads every print. A picture that cannot be read is an error: to measure
// without it would flatter.
func (o *options) collect(ctx context.Context) (collection, error) {
	found, err := prints.Find(o.data)
	if err != nil {
		return collection{}, err
	}
	if len(found) == 0 {
		return collection{}, fmt.Errorf("no prints named FINGER_IMPRESSION.png, .bmp or .tif in %s or below", o.data)
	}
	known := madeUpDigests()
	c := collection{name: setName(o.data)}
	for _, f := range found {
		b := base{Base: f, madeUp: f.Marked || o.madeUp.have(f.Name), pictures: make([]prints.Picture, len(f.Prints))}
		errs := make([]error, len(f.Prints))
		each(ctx, o.jobs, len(f.Prints), func(k int) { b.pictures[k], errs[k] = prints.Read(f.Prints[k].File) })
		for _, err := range append(errs, ctx.Err()) {
			if err != nil {
				return collection{}, err
			}
		}
		var fingers []string
		for k := range b.pictures {
			p := &b.pictures[k]
			b.madeUp = b.madeUp || known[p.Digest()]
			fingers = append(fingers, f.Prints[k].Finger)
			if p.DPI != 0 {
				b.told++
			} else {
				p.DPI = o.dpi.in(f.Name)
			}
		}
		b.fingers = len(slices.Compact(fingers))
		c.bases = append(c.bases, b)
	}
	return c, nil
}

// each calls do for 0 to n-1, on so many goroutines, and waits for them all. When ctx
// ends, what has not begun is left out.
func each(ctx context.Context, jobs, n int, do func(k int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range max(1, jobs) {
		workers.Go(func() {
			for k := range next {
				do(k)
			}
		})
	}
	for k := range n {
		if ctx.Err() != nil {
			break
		}
		next <- k
	}
	close(next)
	workers.Wait()
}
