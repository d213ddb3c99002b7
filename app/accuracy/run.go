package main

import (
	"context"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"time"

	"countersign/app/accuracy/det"
	"countersign/app/accuracy/rates"
)

// measured is all that was measured of one extractor and one kind of template.
type measured struct {
	extractor   string
	kind        string
	each        []comparison // of each data base
	all         comparison
	real        rates.Scores // of the data bases that are not made up
	failed      int
	extractions []time.Duration
}

// run measures, reports on out, and writes the curve and the thresholds.
func (o *options) run(ctx context.Context, out io.Writer) error {
	if err := o.openCache(); err != nil {
		return err
	}
	c, err := o.collect(ctx)
	if err != nil {
		return err
	}
	r := &report{out: out}
	r.collection(c, o)
	var all []measured
	for _, e := range o.extractors {
		of, err := o.measure(ctx, e, c)
		if err != nil {
			return fmt.Errorf("measure %s: %w", e.name, err)
		}
		r.extractor(c, of)
		all = append(all, of...)
	}
	if err := o.write(c, all, r); err != nil {
		return err
	}
	return r.err
}

// measure measures one extractor by every kind of template.
func (o *options) measure(ctx context.Context, e extractor, c collection) ([]measured, error) {
	found := make([]extracted, len(c.bases))
	failed, took := 0, []time.Duration(nil)
	for i := range c.bases {
		var err error
		if found[i], err = o.extract(ctx, e, &c.bases[i]); err != nil {
			return nil, err
		}
		failed += found[i].failed
		took = append(took, found[i].took...)
	}
	var all []measured
	for _, k := range kinds() {
		m := measured{extractor: e.name, kind: k.name, failed: failed, extractions: took}
		for i := range c.bases {
			one, err := o.compare(ctx, &c.bases[i], k, found[i])
			if err != nil {
				return nil, err
			}
			m.each = append(m.each, one)
			m.all = m.all.append(one)
			if !c.bases[i].madeUp {
				m.real = m.real.Append(one.scores)
			}
		}
		all = append(all, m)
	}
	return all, nil
}

// write writes det.png, and thresholds.json unless every print was made up.
func (o *options) write(c collection, all []measured, r *report) error {
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	var lines []det.Line
	for _, m := range all {
		lines = append(lines, det.Line{Name: m.extractor + ", " + m.kind, Curve: m.all.scores.Curve()})
	}
	file := filepath.Join(o.out, "det.png")
	curve, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("write curve: %w", err)
	}
	err = png.Encode(curve, det.Draw("DET, "+c.name, lines))
	if closed := curve.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write curve: %w", err)
	}
	r.printf("DET curve: %s\n", file)
	return o.writeThresholds(c, all, r)
}
