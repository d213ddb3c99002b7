package main

import (
	"context"
	"time"

	"countersign/app/accuracy/rates"
	"countersign/protocol/minutiae"
)

// extracted is what an extractor made of a data base.
type extracted struct {
	found  [][]minutiae.Minutia // of each print; nil where it failed
	took   []time.Duration      // what was not in the cache
	failed int
}

// extract finds the minutiae of every print of b.
func (o *options) extract(ctx context.Context, e extractor, b *base) (extracted, error) {
	x := extracted{found: make([][]minutiae.Minutia, len(b.pictures))}
	took := make([]time.Duration, len(b.pictures))
	errs := make([]error, len(b.pictures))
	each(ctx, o.jobs, len(b.pictures), func(k int) {
		p := b.pictures[k]
		var cached bool
		if x.found[k], cached = o.recall(e, p); cached {
			return
		}
		start := o.now()
		x.found[k], errs[k] = e.Extract(ctx, p.Gray, p.DPI)
		took[k] = o.now().Sub(start)
		if errs[k] == nil {
			errs[k] = o.remember(e, p, x.found[k])
		}
	})
	if err := ctx.Err(); err != nil {
		return extracted{}, err
	}
	for k := range x.found {
		if took[k] > 0 {
			x.took = append(x.took, took[k])
		}
		if errs[k] != nil || len(x.found[k]) < minutiae.MinMinutiae {
			x.found[k], x.failed = nil, x.failed+1
		}
	}
	return x, nil
}

// kind is a kind of template that fingers are compared by.
type kind struct {
	name string
	size minutiae.Size // or 0: everything that the extractor found
}

func kinds() []kind {
	return []kind{{"native", 0}, {"compact 60", minutiae.Large}, {"compact 40", minutiae.Small}}
}

// recordBytes is what a minutia takes in the record format of ISO/IEC 19794-2, in
// which native minutiae would be kept.
const recordBytes = 6

// template returns the minutiae that a template of kind k keeps of those found, and
// its bytes.
func (k kind) template(found []minutiae.Minutia) (kept []minutiae.Minutia, bytes int, err error) {
	if k.size == 0 {
		return found, recordBytes * len(found), nil
	}
	t, err := minutiae.Encode(found, k.size)
	if err != nil {
		return nil, 0, err
	}
	kept, err = minutiae.Decode(t)
	return kept, len(t), err
}

// comparison is what comparing all prints of a data base by one kind of template gave.
type comparison struct {
	scores          rates.Scores
	took            []time.Duration
	bytes, minutiae int // sums over the templates
	templates       int
}

// compare compares every print of b with every other one, once.
func (o *options) compare(ctx context.Context, b *base, k kind, x extracted) (comparison, error) {
	var c comparison
	templates := make([][]minutiae.Minutia, len(x.found))
	for i, found := range x.found {
		if found == nil {
			continue
		}
		t, bytes, err := k.template(found)
		if err != nil {
			return comparison{}, err
		}
		templates[i] = t
		c.bytes, c.minutiae, c.templates = c.bytes+bytes, c.minutiae+len(t), c.templates+1
	}
	n := len(templates)
	scores, took := make([][]int, n), make([][]time.Duration, n)
	each(ctx, o.jobs, n, func(i int) {
		scores[i], took[i] = make([]int, i), make([]time.Duration, 0, i)
		for j := range i {
			if templates[i] == nil || templates[j] == nil {
				continue
			}
			start := o.now()
			scores[i][j] = int(minutiae.Compare(templates[i], templates[j]))
			took[i] = append(took[i], o.now().Sub(start))
		}
	})
	if err := ctx.Err(); err != nil {
		return comparison{}, err
	}
	for i := range n {
		c.took = append(c.took, took[i]...)
		for j, s := range scores[i] {
			if b.Prints[i].Finger == b.Prints[j].Finger {
				c.scores.Genuine = append(c.scores.Genuine, s)
			} else {
				c.scores.Impostor = append(c.scores.Impostor, s)
			}
		}
	}
	return c, nil
}

func (c comparison) append(d comparison) comparison {
	return comparison{
		c.scores.Append(d.scores), append(c.took, d.took...),
		c.bytes + d.bytes, c.minutiae + d.minutiae, c.templates + d.templates,
	}
}
